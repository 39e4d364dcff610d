"""Marks: small values under a name, on both databases."""

from __future__ import annotations

from publisher.store import marks
from publisher.store.database import Store


def test_a_mark_is_empty_until_it_is_put_and_then_what_was_put_last(store: Store) -> None:
    with store.write() as conn:
        assert marks.get(conn, "through") == ""
        marks.put(conn, {"through": "7", "as": "x"})
        marks.put(conn, {"through": "8"})
        assert (marks.get(conn, "through"), marks.get(conn, "as")) == ("8", "x")


def test_marks_of_one_kind_are_found_and_taken_away_together(store: Store) -> None:
    with store.write() as conn:
        marks.put(conn, dict.fromkeys(["owed b", "owed a", "owed", "other", "owed-not"], ""))
        assert marks.starting(conn, "owed ") == ["owed a", "owed b"]
        marks.forget(conn, ["owed a", "owed b", "nothing"])
        assert marks.starting(conn, "owed ") == []
        assert marks.starting(conn, "o") == ["other", "owed", "owed-not"]
