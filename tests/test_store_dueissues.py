"""What a calendar asks of the store, on both databases: issues by when they were due, and readers by cadence."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.subscriber import Cadence
from publisher.store import dueissues, readership, schema, subscribers
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import a_post, freeze_for_all, put_posts, put_readers

HOUR = timedelta(hours=1)


def test_issues_are_found_by_when_they_were_due_with_what_did_not_arrive(store: Store) -> None:
    ledger = schema.deliveries
    with store.write() as conn:
        put_posts(conn, [a_post(1)])
        put_readers(conn, 4)
        issue = freeze_for_all(conn)
        conn.execute(update(ledger).values(state=DeliveryState.SENT))
        first = ledger.c.id == 1
        conn.execute(update(ledger).where(first).values(state=DeliveryState.FAILED, reason="mailbox"))
    with store.read() as conn:
        (found,) = dueissues.between(conn, ["morning"], NOW, NOW + HOUR)
        assert dueissues.between(conn, ["morning"], NOW - HOUR, NOW) == []
        assert dueissues.between(conn, ["other"], NOW, NOW + HOUR) == []
        assert dueissues.between(conn, [], NOW, NOW + HOUR) == []
        slots = ["2026-11-22", "2026-11-23"]
        assert dueissues.slots_made(conn, "morning", Cadence.DAILY, slots) == {"2026-11-22"}
        assert dueissues.slots_made(conn, "morning", Cadence.WEEKLY, slots) == set()
    assert (found.id, found.slot, found.addressed, found.state) == (issue, "2026-11-22", 4, IssueState.QUEUED)
    assert found.troubled == {DeliveryState.FAILED: 1}


def test_readers_are_counted_by_cadence_and_who_left_is_none(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 3)
        subscribers.leave(conn, 1, now=NOW, how="by hand")
    with store.read() as conn:
        assert readership.by_cadence(conn, ["morning", "other"]) == {"morning": {Cadence.DAILY: 2}, "other": {}}
