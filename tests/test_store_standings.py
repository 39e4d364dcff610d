"""Who rests, who is suppressed, and what came back: as the database keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text

from publisher.model.delivery import DeliveryState
from publisher.model.keptmessage import RAW_KEPT_FOR, Acted
from publisher.model.reason import Reason
from publisher.model.standing import Standing, State
from publisher.model.subscriber import Cadence, SubscriberState
from publisher.model.suppression import Grounds
from publisher.store import audience, claims, entries, ledger, messages, schema, standings, subscribers, suppressions
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import SENDER, a_post, freeze_for_all, put_issue_on_its_way, put_posts, put_readers

RESTING = Standing(
    state=State.RESTING,
    since=NOW,
    until=NOW + timedelta(days=3),
    why=Reason.USER_UNKNOWN,
    points=0.5,
    counted_at=NOW,
    first_at=NOW - timedelta(days=20),
    last_bounced=NOW,
    last_arrived=NOW - timedelta(days=9),
)
READER = "reader0@readers.example"


def reader_of(store: Store, email: str = READER) -> int:
    with store.read() as conn:
        person = subscribers.find(conn, email)
    assert person
    return person.id


def test_a_standing_is_kept_whole(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 1)
    reader = reader_of(store)
    with store.write() as conn:
        assert standings.lock(conn, reader) == Standing()
        standings.put(conn, reader, replace(RESTING, points=2.0))
        standings.put(conn, reader, RESTING)
    with store.read() as conn:
        assert standings.find(conn, reader) == RESTING
        assert standings.whose_time_is_over(conn, now=NOW, limit=9) == []
        assert standings.whose_time_is_over(conn, now=NOW + timedelta(days=3), limit=9) == [reader]


def test_who_rests_is_in_no_issue_until_the_rest_is_over(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 2)
        put_posts(conn, [a_post(1), a_post(2)])
    reader = reader_of(store)
    with store.write() as conn:
        standings.put(conn, reader, RESTING)
        assert list(audience.wishes(conn, "morning", Cadence.DAILY).values()) == [1]
        first = freeze_for_all(conn)
        assert ledger.counts(conn, first) == {DeliveryState.DUE: 1}
        assert standings.wake(conn, now=NOW + timedelta(days=2)) == 0
        assert standings.rests_until(conn, reader) == NOW + timedelta(days=3)
        assert standings.wake(conn, now=NOW + timedelta(days=3)) == 1
        assert standings.rests_until(conn, reader) is None
        second = freeze_for_all(conn, slot="2026-11-25", seqs=(1, 2))
        assert ledger.counts(conn, second) == {DeliveryState.DUE: 2}


def test_a_letter_that_was_claimed_before_its_reader_rested_is_skipped_when_marked(store: Store) -> None:
    issue = put_issue_on_its_way(store, 2)
    with store.write() as conn:
        claimed = claims.claim(conn, SENDER, limit=2, now=NOW).claimed
    reader = reader_of(store)
    with store.write() as conn:
        standings.put(conn, reader, RESTING)
        marked = ledger.mark_sending(conn, SENDER, [one.id for one in claimed], now=NOW)
        assert marked == {one.id for one in claimed if one.email != READER}
        assert ledger.counts(conn, issue) == {DeliveryState.SENDING: 1, DeliveryState.SKIPPED: 1}
        (skipped,) = entries.of(conn, issue, [DeliveryState.SKIPPED], limit=5)
        assert (skipped.email, skipped.reply) == (READER, "left, suppressed, put to rest or paused before it was sent")


def test_a_suppressed_address_is_known_after_its_reader_was_erased(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 1)
        assert suppressions.put(conn, "Reader0@readers.example", why=Grounds.GONE, detail="550", now=NOW, message=7)
        assert not suppressions.put(conn, READER, why=Grounds.COMPLAINT, detail="later", now=NOW)
    with store.write() as conn:
        person = subscribers.find(conn, READER)
        assert person
        assert person.state is SubscriberState.SUPPRESSED
        conn.execute(delete(schema.subscriptions))
        conn.execute(delete(schema.subscribers))
        conn.execute(schema.suppressions.update().values(email=""))
        assert suppressions.among(conn, [READER, "other@readers.example"]) == {READER}
        found = suppressions.find(conn, "READER0@readers.example")
        assert found
        assert (found.why, found.detail, found.message) == (Grounds.GONE, "550", 7)
        assert READER not in str(conn.execute(select(schema.suppressions)).all())


def test_what_is_lifted_may_be_joined_again_and_suppressed_again(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 1)
    reader = reader_of(store)
    with store.write() as conn:
        standings.put(conn, reader, replace(RESTING, state=State.DEAD, until=None))
        suppressions.put(conn, READER, why=Grounds.GONE, detail="550", now=NOW)
        assert suppressions.lift(conn, READER, why="a mistake", now=NOW)
        assert not suppressions.lift(conn, READER, why="a mistake", now=NOW)
        assert (suppressions.count(conn), suppressions.newest(conn, limit=0)) == (0, [])
        assert standings.find(conn, reader) is None
        person = subscribers.find(conn, READER)
        assert person
        assert person.state is SubscriberState.PENDING  # nobody comes back by that alone
        put_readers(conn, 1)
        assert subscribers.count(conn) == 1
        assert suppressions.put(conn, READER, why=Grounds.COMPLAINT, detail="spam", now=NOW)
        assert subscribers.count(conn) == 0


def test_a_message_is_kept_once_and_its_words_ninety_days(store: Store) -> None:
    octets = b"Subject: no\r\n\r\n\x00\xff no such user"
    with store.write() as conn:
        number = messages.keep(conn, "d1", octets, came_by="pipe", came_to=("b+1@x.example", "\udcff @y"), now=NOW)
        assert messages.keep(conn, "d1", octets, came_by="imap", came_to=(), now=NOW) == number
        other = messages.keep(conn, "d2", b"x", came_by="imap", came_to=(), now=NOW)
        assert messages.unread(conn, after=0, limit=9) == [number, other]
        kept = messages.lock_unread(conn, number)
        assert kept
        assert (kept.raw, kept.came_by, kept.came_to[0]) == (octets, "pipe", "b+1@x.example")
        messages.settle(conn, number, {"kind": "bounce", "acted": Acted.COUNTED, "address": "a@x.example"})
        assert messages.lock_unread(conn, number) is None
        assert messages.forget_old(conn, now=NOW + RAW_KEPT_FOR) == 0
        assert messages.forget_old(conn, now=NOW + RAW_KEPT_FOR + timedelta(seconds=1)) == 1  # not what nobody read
        (bounce,) = messages.newest(conn, limit=5, kind="bounce", acted="counted")
        assert (bounce.id, bounce.address, bounce.raw, bounce.came) == (number, "", None, NOW)
        assert messages.find(conn, number) == bounce
        assert messages.find(conn, 99) is None


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("UPDATE subscribers SET rests_until = NULL WHERE rests_until <= 5", "ix_subscribers_rests_until"),
        ("SELECT id FROM messages WHERE came < 5 AND raw IS NOT NULL", "ix_messages_came"),
        ("SELECT subscriber FROM standings WHERE look <= 5 ORDER BY look, subscriber", "ix_standings_look"),
        ("SELECT id FROM messages WHERE acted = ''", "ix_messages_acted"),
        (f"SELECT id FROM deliveries WHERE {schema.UNCOUNTED} ORDER BY changed, id", "ix_deliveries_uncounted"),
    ],
)
def test_what_is_asked_often_costs_what_is_new_and_not_what_is_stored(
    sqlite_store: Store, question: str, index: str
) -> None:
    with sqlite_store.read() as conn:
        plan = "; ".join(row[3] for row in conn.execute(text(f"EXPLAIN QUERY PLAN {question}")))
    assert index in plan
