"""The state of a source: first, last, how often it failed, and in which words."""

from __future__ import annotations

from datetime import timedelta

from publisher.model.source import SourceState
from publisher.store import sources
from publisher.store.database import Store
from tests.conftest import NOW

LATER = NOW + timedelta(minutes=15)
LATEST = NOW + timedelta(minutes=30)


def test_a_source_that_was_never_visited_has_no_past(store: Store) -> None:
    with store.read() as conn:
        assert sources.get_state(conn, "paper") == SourceState(name="paper")
        assert sources.get_all(conn) == []


def test_sources_do_not_touch_each_other(store: Store) -> None:
    with store.write() as conn:
        sources.put(conn, SourceState(name="paper", first_fetched=NOW, last_success=NOW, last_attempt=NOW))
        sources.put(conn, SourceState(name="blog", last_attempt=LATER, failures=1, problem="404"))
        assert [(state.name, state.failures) for state in sources.get_all(conn)] == [("blog", 1), ("paper", 0)]


def test_a_problem_is_written_down_whatever_a_files_name_holds(store: Store) -> None:
    name = b"t\xefde\0.md".decode("utf-8", "surrogateescape")
    with store.write() as conn:
        sources.put(conn, SourceState(name="paper", failures=1, problem=f"{name}: not UTF-8 🐟"))
        assert sources.get_state(conn, "paper").problem == r"t\udcefde\x00.md: not UTF-8 🐟"


def test_what_was_decided_about_a_source_is_kept_to_the_letter(store: Store) -> None:
    state = SourceState(
        name="paper",
        first_fetched=NOW,
        last_success=NOW,
        last_attempt=LATER,
        failures=2,
        problem="no answer",
        next_visit=LATEST,
        why="it failed 2 times in a row",
        wait_until=LATEST,
        stopped=True,
        url="https://paper.example/feed",
        address="https://new.paper.example/feed",
        moved_to="https://newer.paper.example/feed",
        moved_count=2,
        etag='W/"é"',
        last_modified="Sun, 22 Nov 2026 07:00:00 GMT",
        validated=NOW,
        pace_seconds=3600,
        asked_seconds=60,
        skip_hours="0 1 2",
    )
    with store.write() as conn:
        sources.put(conn, SourceState(name="paper"))
        sources.put(conn, state)
        assert sources.get_state(conn, "paper") == state


def test_of_many_sources_only_those_that_may_be_due_need_be_read(store: Store) -> None:
    url = "https://paper.example/feed"
    states = [
        SourceState(name="due", url=url, next_visit=NOW),
        SourceState(name="folder"),
        SourceState(name="gone", url=url, stopped=True),
        SourceState(name="later", url=url, next_visit=LATER, wait_until=LATER),
    ]
    with store.write() as conn:
        for state in states:
            sources.put(conn, state)
    with store.read() as conn:
        assert sources.resting(conn, after=NOW) == {"gone": url, "later": url}
        assert sources.resting(conn, after=LATER) == {"gone": url}
        assert sources.waiting(conn, until=NOW) == [states[3]]
        assert sources.waiting(conn, until=LATER) == []
        some = sources.get_some(conn, ["due", "new", *(f"n{number}" for number in range(600))])
    assert len(some) == 602
    assert (some["due"], some["new"]) == (states[0], SourceState(name="new"))


def test_the_memory_of_a_folder_is_the_one_that_was_kept_last(store: Store) -> None:
    with store.write() as conn:
        assert sources.recall(conn, "paper") == ""
        sources.remember(conn, "paper", "one")
        sources.remember(conn, "paper", "two")
        assert (sources.recall(conn, "paper"), sources.recall(conn, "blog")) == ("two", "")
