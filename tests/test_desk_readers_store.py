"""Readers as the store counts and finds them: the same as one by one, whatever is asked for, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from publisher.model.segment import Segment
from publisher.model.subscriber import Cadence, Subscriber, SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds
from publisher.store import census, columns, joining, pauses, readerlist, segments, subscribers, suppressions
from publisher.store.database import Store
from publisher.store.joiner import Joiner
from publisher.store.readerlist import Only
from tests.conftest import NOW

READERS = 2300  # more than the first look of a page walks by
RARE = 400  # each so manieth is a patron
AT_RARE = (3, 400, 2000, 2299)  # who have their mailboxes elsewhere


@pytest.fixture
def filled(store: Store) -> Store:
    with store.write() as conn:
        columns.put_newsletters(conn, [("morning", "Morning"), ("weekly", "Weekly")], now=NOW)
        people = [
            Joiner(
                email=f"{'Ada' if number % 3 else 'bo_'}{number}@{'Rare' if number in AT_RARE else 'r'}.example",
                newsletter="morning" if number % 10 else "weekly",
                cadence=Cadence.DAILY if number % 2 else Cadence.WEEKLY,
                consent="a test",
                tags=("Patron",) if number % RARE == 0 else (),
            )
            for number in range(READERS)
        ]
        joining.join_all(conn, people, now=NOW)
        for number in (1, 5, 9):
            suppressions.put(conn, people[number].email, why=Grounds.BY_HAND, detail="a test", now=NOW)
        found = subscribers.find(conn, people[7].email)
        assert found
        pauses.pause(conn, found.id, until=NOW + timedelta(days=3))
    return store


def _is_patron(reader: Subscriber) -> bool:
    return int("".join(filter(str.isdigit, reader.email))) % RARE == 0


def _reads(slug: str) -> Callable[[Subscriber], bool]:
    return lambda reader: any(wish.newsletter == slug for wish in reader.subscriptions)


def _at(end: str) -> Callable[[Subscriber], bool]:
    return lambda reader: reader.email.endswith(end)


def test_each_page_goes_on_where_the_last_one_ended(filled: Store) -> None:
    with filled.read() as conn:
        everybody = list(subscribers.get_all(conn))
        patrons = segments.belongs(conn, Segment(name="patrons", tags=("patron",)), now=NOW)
        asked: list[tuple[Only, Callable[[Subscriber], bool]]] = [
            (Only(tag="patron"), _is_patron),
            (Only(among=patrons), _is_patron),
            (Only(among=patrons, start="ada"), lambda one: _is_patron(one) and one.email.startswith("Ada")),
            (Only(newsletters=["weekly"]), _reads("weekly")),
            (Only(newsletters=["weekly"], start="bo_1"), lambda one: one.email[:4] == "bo_1" and _reads("weekly")(one)),
            (Only(state=SubscriberState.SUPPRESSED), lambda one: one.state is SubscriberState.SUPPRESSED),
            (Only(is_paused=True), lambda one: one.email == "Ada7@r.example"),
            (Only(start="bo%"), lambda _: False),
            (Only(rests=True), lambda _: False),
            (Only(domain="rare.example"), _at("@Rare.example")),
            (Only(domain="are.example"), lambda _: False),
            (Only(domain="%.example"), lambda _: False),
            (Only(domain="r.example"), _at("@r.example")),
            (Only(domain="rare.example", tag="patron"), lambda one: _at("@Rare.example")(one) and _is_patron(one)),
            (
                Only(domain="rare.example", among=patrons, state=SubscriberState.CONFIRMED),
                lambda one: _at("@Rare.example")(one) and _is_patron(one),
            ),
            (Only(), lambda _: True),
        ]
        for only, belongs in asked:
            seen: list[str] = []
            after, pages = "", 0
            while True:
                page = readerlist.page(conn, only, after=after, size=400)
                seen += [one.reader.email for one in page.rows]
                pages, after = pages + 1, page.next
                assert len(page.rows) <= 400
                if not after:
                    break
            assert pages < 12
            wanted = [one.email for one in reversed(everybody) if belongs(one)]
            if only.start or only.domain:
                wanted.sort(key=str.lower)
            assert seen == wanted, only


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "0", "²", "'; DROP"])
def test_a_place_that_is_none_is_the_beginning_or_the_end(filled: Store, after: str) -> None:
    with filled.read() as conn:
        page = readerlist.page(conn, Only(), after=after, size=5)
        assert len(page.rows) == (0 if after == "0" else 5)
        assert readerlist.page(conn, Only(start="ada"), after=after, size=5).rows


def test_the_census_is_what_counting_one_by_one_gives(filled: Store) -> None:
    with filled.read() as conn:
        found, everybody = census.take(conn), list(subscribers.get_all(conn))
    active = [
        (wish.newsletter, wish.cadence, reader.state)
        for reader in everybody
        for wish in reader.subscriptions
        if wish.state is SubscriptionState.ACTIVE
    ]
    for slug in ("morning", "weekly"):
        for cadence in (Cadence.DAILY, Cadence.WEEKLY):
            number = active.count((slug, cadence, SubscriberState.CONFIRMED))
            assert found.reading.get((slug, cadence), 0) == number
    assert found.barred == {"morning": 3}
    assert found.people == {SubscriberState.CONFIRMED: READERS - 3, SubscriberState.SUPPRESSED: 3}
    assert (found.paused, found.resting) == (1, 0)
