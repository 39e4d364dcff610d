"""A reader is erased, and nothing tells of a person any more; a reader pauses, and comes back to what is new."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import LargeBinary, cast, select

from publisher.model.asking import Choice, Proof
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueEvent
from publisher.model.post import Post
from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds
from publisher.store import (
    audience,
    claims,
    erasing,
    issues,
    ledger,
    messages,
    moving,
    pauses,
    schema,
    signups,
    subscribers,
    suppressions,
)
from publisher.store.database import Store
from publisher.store.subscribers import Joined, Joiner
from tests.conftest import NOW
from tests.writers import SENDER, a_post, freeze_for_all, put_issue_on_its_way, put_posts, put_readers

DAY = timedelta(days=1)
ADDRESS, NAME = "reader0@readers.example", "Reader 0"


def all_text(store: Store) -> str:
    """Every value of every table that could hold words."""
    found = []
    with store.read() as conn:
        for table in schema.metadata.tables.values():
            columns = [cast(one, LargeBinary) if one.type.python_type is bytes else one for one in table.c]
            found += [str(tuple(row)) for row in conn.execute(select(*columns))]
    return "\n".join(found).lower()


@pytest.fixture
def known(store: Store) -> int:
    """A reader of whom much is known; her number."""
    put_issue_on_its_way(store, 2)
    with store.write() as conn:
        reader = subscribers.find(conn, ADDRESS)
        assert reader
        proof = Proof(ip="192.0.2.7", form="x", at=NOW)
        asked = signups.ask(conn, ADDRESS, [Choice(newsletter="morning", cadence=Cadence.WEEKLY)], proof, language="de")
        assert signups.confirm(conn, asked.subscription, {"morning": ("harbour",)}, ip="192.0.2.8", now=NOW)
        moving.ask_to_move(conn, reader.id, "elsewhere@readers.example", proof)
        conn.execute(schema.tags.insert().values(subscriber=reader.id, tag="patron"))
        replied = schema.deliveries.update().where(schema.deliveries.c.subscription == asked.subscription)
        conn.execute(replied.values(state=DeliveryState.FAILED, reply="her mail leads on to patron@mailbox.example"))
        conn.execute(
            schema.messages.insert().values(
                digest="d", came=NOW, came_by="pipe", came_to="b+x@courier.example", raw=b"Reader 0", kind="bounce",
                subscriber=reader.id, reason="unknown user", address=ADDRESS, detail=f"{ADDRESS} left", acted="",
            )
        )  # fmt: skip
    return reader.id


def test_nothing_of_an_erased_reader_is_left(store: Store, known: int) -> None:
    assert ADDRESS in all_text(store)
    with store.write() as conn:
        assert erasing.erase(conn, known, now=NOW)
        assert not erasing.erase(conn, known, now=NOW)
    text = all_text(store)
    for trace in (ADDRESS, NAME.lower(), "192.0.2.", "patron", "elsewhere@readers.example"):
        assert trace not in text
    with store.read() as conn:
        reader = subscribers.get(conn, known)
        counts = ledger.counts(conn, 1)
        assert len(messages.newest(conn, limit=9)) == 1
    assert reader
    assert (reader.email, reader.name, reader.state) == ("", "", SubscriberState.ERASED)
    assert [wish.state for wish in reader.subscriptions] == [SubscriptionState.LEFT]
    assert counts == {DeliveryState.FAILED: 1, DeliveryState.DUE: 1}


def test_an_address_that_somebody_else_asked_for_outlives_who_wanted_to_move_there(store: Store, known: int) -> None:
    with store.write() as conn:
        choice = Choice(newsletter="morning", cadence=Cadence.DAILY)
        asked = signups.ask(conn, "elsewhere@readers.example", [choice], Proof(ip="", form="", at=NOW))
        erasing.erase(conn, known, now=NOW)
        found = signups.find_open(conn, asked.subscription, now=NOW)
    assert found
    assert (found.reader.email, found.choices, found.moving) == ("elsewhere@readers.example", (choice,), None)


def test_an_erased_address_is_known_again_and_comes_back_by_confirming_alone(store: Store, known: int) -> None:
    with store.write() as conn:
        erasing.erase(conn, known, now=NOW)
        suppression = suppressions.find(conn, ADDRESS)
    assert suppression
    assert (suppression.email, suppression.why) == ("", Grounds.ERASED)
    joiner = Joiner(email=ADDRESS, newsletter="morning", cadence=Cadence.DAILY, consent="a list")
    with store.write() as conn:
        assert subscribers.join(conn, joiner, now=NOW) is Joined.SUPPRESSED
        choice = Choice(newsletter="morning", cadence=Cadence.DAILY)
        asked = signups.ask(conn, ADDRESS, [choice], Proof(ip="", form="", at=NOW + DAY))
        done = signups.confirm(conn, asked.subscription, {"morning": ("harbour",)}, ip="", now=NOW + DAY)
    assert done
    assert (done.reader.state, done.reader.name) == (SubscriberState.CONFIRMED, "")
    assert done.reader.id != known


def test_a_letter_that_was_claimed_does_not_go_to_who_is_erased_or_pauses_meanwhile(store: Store) -> None:
    put_issue_on_its_way(store, 3)
    with store.write() as conn:
        claimed = claims.claim(conn, SENDER, limit=9, now=NOW).claimed
        people = {one.email: subscribers.find(conn, one.email) for one in claimed}
        first, second = people[ADDRESS], people["reader1@readers.example"]
        assert first
        assert second
        erasing.erase(conn, first.id, now=NOW)
        pauses.pause(conn, second.id, until=NOW + DAY)
        marked = ledger.mark_sending(conn, SENDER, [one.id for one in claimed], now=NOW)
    assert [one.email for one in claimed if one.id in marked] == ["reader2@readers.example"]


def news_after(store: Store, paused: timedelta, *, back_early: bool = False) -> tuple[int, ...]:
    """A post comes each day while a weekly reader pauses: those that are news to her afterwards."""
    joiner = Joiner(email="ada@readers.example", newsletter="morning", cadence=Cadence.WEEKLY, consent="a test")
    with store.write() as conn:
        put_posts(conn, [a_post(0)])
        put_readers(conn, 1)
        subscribers.join(conn, joiner, now=NOW)
        ada = subscribers.find(conn, joiner.email)
        assert ada
        pauses.pause(conn, ada.id, until=NOW + paused)
        put_posts(conn, [coming(day) for day in range(1, paused.days + 1)])
        then: datetime = NOW + paused
        assert not pauses.anybody_over(conn, now=then - timedelta(seconds=1))
        if back_early:
            assert pauses.go_on(conn, ada.id, now=then)
            assert not pauses.go_on(conn, ada.id, now=then)
        else:
            assert pauses.anybody_over(conn, now=then)
            assert pauses.end_those_over(conn, now=then) == 1
        assert pauses.paused_until(conn, ada.id) is None
        (wish,) = audience.wishes(conn, "morning", Cadence.WEEKLY)
    return tuple(range(wish.seen_seq + 1, paused.days + 2))


def coming(day: int) -> Post:
    return replace(a_post(day), first_seen=NOW + day * DAY)


@pytest.mark.parametrize("back_early", [False, True])
def test_who_comes_back_gets_what_one_issue_covers(sqlite_store: Store, back_early: bool) -> None:
    # Post 0 has the number 1, and the posts of the days 1 to 21 the numbers 2 to 22.
    news = news_after(sqlite_store, 21 * DAY, back_early=back_early)
    assert news == tuple(range(15, 23))


def test_a_short_pause_drops_nothing(sqlite_store: Store) -> None:
    assert news_after(sqlite_store, 3 * DAY) == (1, 2, 3, 4)


def test_who_was_suppressed_for_long_and_joins_again_gets_no_more_than_that(sqlite_store: Store) -> None:
    joiner = Joiner(email="ada@readers.example", newsletter="morning", cadence=Cadence.WEEKLY, consent="a test")
    choice, back = Choice(newsletter="morning", cadence=Cadence.WEEKLY), NOW + 21 * DAY
    with sqlite_store.write() as conn:
        put_posts(conn, [a_post(0)])
        put_readers(conn, 1)
        subscribers.join(conn, joiner, now=NOW)
        suppressions.put(conn, joiner.email, why=Grounds.GONE, detail="", now=NOW)
        put_posts(conn, [coming(day) for day in range(1, 22)])
        asked = signups.ask(conn, joiner.email, [choice], Proof(ip="", form="", at=back))
        assert signups.confirm(conn, asked.subscription, {"morning": ("harbour",)}, ip="", now=back)
        (wish,) = audience.wishes(conn, "morning", Cadence.WEEKLY)
    assert wish.seen_seq == 14  # as after a pause


def test_nobody_who_pauses_has_a_letter_made(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1)])
        put_readers(conn, 2)
        reader = subscribers.find(conn, ADDRESS)
        assert reader
        pauses.pause(conn, reader.id, until=NOW + DAY)
        issue = freeze_for_all(conn)
        assert issues.move_if(conn, issue, IssueEvent.START, now=NOW)
        assert [one.email for one in claims.claim(conn, SENDER, limit=9, now=NOW).claimed] == [
            "reader1@readers.example"
        ]
