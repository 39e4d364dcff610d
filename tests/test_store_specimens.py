"""The letters of an issue that was made, and whose each is."""

from __future__ import annotations

from dataclasses import replace

from publisher.model.issue import IssueState, Variant
from publisher.store import audience, proposals, subscribers
from publisher.store.database import Store
from publisher.store.specimens import delivered_variant, variants_of
from tests.writers import LETTER, a_post, an_issue, freeze_for_all, put_posts, put_readers


def test_a_released_issue_tells_posts_and_readers_of_each_letter(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(number) for number in (1, 2)])
        put_readers(conn, 3)
        issue = freeze_for_all(conn, seqs=(2, 1))
        put_readers(conn, 1, start=3)  # came too late for it
    with store.read() as conn:
        (only,) = variants_of(conn, issue)
        readers = [reader.subscriptions[0].id for reader in subscribers.get_all(conn)]
        assert (only.key, only.seqs, only.readers, only.has_letter) == ("all", (2, 1), 3, True)
        assert [delivered_variant(conn, issue, reader) for reader in readers] == [only.id, only.id, only.id, None]
        assert variants_of(conn, issue + 1) == []


def test_of_a_proposal_nobody_got_anything_and_one_whose_template_broke_has_no_letter(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(number) for number in (1, 2)])
        put_readers(conn, 1)
        (wish,) = audience.wishes(conn, "morning", an_issue().cadence)
        both = [
            (Variant(key="all", wishes=(wish,), seqs=(2, 1)), LETTER),
            (Variant(key="some", wishes=(wish,), seqs=(1,)), None),
        ]
        issue = proposals.put(conn, replace(an_issue(), state=IssueState.DRAFT), both, findings=(), change=1)
    with store.read() as conn:
        found = variants_of(conn, issue)
        assert [(one.key, one.seqs, one.readers, one.has_letter) for one in found] == [
            ("all", (2, 1), 0, True),
            ("some", (1,), 0, False),
        ]
        (reader,) = subscribers.get_all(conn)
        assert delivered_variant(conn, issue, reader.subscriptions[0].id) is None
