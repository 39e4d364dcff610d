"""Who never confirmed is forgotten in time; nobody else is, and no number of a row is given twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from publisher.house.keepingup import forget as forget_in_passing
from publisher.house.opened import open_house
from publisher.model.asking import Choice, Proof
from publisher.model.limit import Limit
from publisher.model.subscriber import Cadence, SubscriberState
from publisher.model.suppression import Grounds
from publisher.store import columns, schema, signups, subscribers, suppressions, tries, uses
from publisher.store.database import Store
from publisher.store.forgetting import anybody_unconfirmed, forget_unconfirmed
from tests.conftest import NOW
from tests.test_assemble_service import Counter
from tests.writers import put_readers

DAY = timedelta(days=1)
CHOICE = Choice(newsletter="morning", cadence=Cadence.DAILY)


def ask(store: Store, email: str, *, at: datetime = NOW) -> int:
    with store.write() as conn:
        columns.put_newsletters(conn, [("morning", "The Morning Courier")], now=NOW)
        return signups.ask(conn, email, [CHOICE], Proof(ip="192.0.2.1", form="", at=at)).subscription


def forget(store: Store, *, after: timedelta) -> int:
    with store.read() as conn:
        is_anybody = anybody_unconfirmed(conn, now=NOW + after)
    consents = count(store, "consents")
    with store.write() as conn:
        forgotten = forget_unconfirmed(conn, now=NOW + after)
    assert is_anybody is (forgotten > 0 or count(store, "consents") < consents)
    return forgotten


def known(store: Store) -> set[str]:
    with store.read() as conn:
        return {person.email for person in subscribers.get_all(conn)}


def count(store: Store, table: str) -> int:
    with store.read() as conn:
        number: int = conn.execute(select(func.count()).select_from(getattr(schema, table))).scalar_one()
    return number


def settle(store: Store) -> None:
    with store.write() as conn:
        conn.execute(update(schema.deliveries).values(state="sent"))


def test_after_thirty_days_nothing_is_left_of_who_never_confirmed(store: Store) -> None:
    counter = Counter(store)
    for name in ("ada", "bo", "cy"):
        counter.ask(f"{name}@readers.example")
    settle(store)
    assert forget(store, after=29 * DAY) == 0
    assert forget(store, after=31 * DAY) == 2
    assert known(store) == {"cy@readers.example"}  # its numbers are the highest
    assert [count(store, table) for table in ("subscriptions", "consents", "deliveries")] == [1, 0, 1]
    after = NOW + 40 * DAY
    assert ask(store, "dan@readers.example", at=after) == 4
    counter.ask("eve@readers.example", after=40 * DAY)
    settle(store)
    assert forget(store, after=41 * DAY) == 1
    assert known(store) == {"dan@readers.example", "eve@readers.example"}


def test_a_letter_that_is_on_its_way_keeps_its_reader(store: Store) -> None:
    counter = Counter(store)
    counter.ask("ada@readers.example")
    counter.ask("bo@readers.example")
    assert forget(store, after=100 * DAY) == 0
    settle(store)
    assert forget(store, after=100 * DAY) == 1


def test_who_was_asked_several_times_is_kept_longer_so_that_letters_stay_rare(store: Store) -> None:
    ask(store, "flooded@readers.example")
    ask(store, "flooded@readers.example", at=NOW + DAY)
    ask(store, "last@readers.example")
    assert forget(store, after=32 * DAY) == 0
    assert forget(store, after=62 * DAY) == 1
    assert known(store) == {"last@readers.example"}


def test_who_asked_a_moment_ago_is_kept_whenever_that_began(store: Store) -> None:
    ask(store, "ada@readers.example")
    ask(store, "last@readers.example")
    ask(store, "ada@readers.example", at=NOW + timedelta(minutes=5))
    with store.write() as conn:  # no letter went out, but somebody asked
        conn.execute(update(schema.consents).values(asked=NOW + 100 * DAY))
    assert forget(store, after=101 * DAY) == 0


@pytest.mark.parametrize("state", [SubscriberState.CONFIRMED, SubscriberState.ERASED])
def test_nobody_else_is_forgotten(store: Store, state: SubscriberState) -> None:
    ask(store, "ada@readers.example")
    ask(store, "last@readers.example")
    people = schema.subscribers
    with store.write() as conn:
        conn.execute(update(people).where(people.c.email == "ada@readers.example").values(state=state))
    assert forget(store, after=400 * DAY) == 0
    assert count(store, "consents") == 0  # what was asked for goes, and with it the address of who asked


def test_an_erased_address_that_a_stranger_typed_is_forgotten_again_and_stays_suppressed(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 1)
        suppressions.put(conn, "reader0@readers.example", why=Grounds.BY_HAND, detail="", now=NOW)
        suppressions.put(conn, "ada@readers.example", why=Grounds.ERASED, detail="", now=NOW)
        suppressions.forget(conn, "ada@readers.example")
    ask(store, "ada@readers.example")
    ask(store, "last@readers.example")
    assert forget(store, after=29 * DAY) == 0
    assert forget(store, after=32 * DAY) == 1
    assert known(store) == {"reader0@readers.example", "last@readers.example"}
    with store.read() as conn:
        assert suppressions.among(conn, ["ada@readers.example"])


def test_whom_an_admin_vouches_for_and_who_once_confirmed_are_kept(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 3)
        conn.execute(update(schema.subscribers).values(state=SubscriberState.PENDING))  # a suppression was lifted
    carrier = ask(store, "ada@readers.example")
    ask(store, "last@readers.example")
    with store.write() as conn:
        assert signups.confirm(conn, carrier, {"morning": ("harbour",)}, ip="192.0.2.2", now=NOW)
    assert forget(store, after=400 * DAY) == 0
    assert count(store, "consents") == 1  # the proof
    assert count(store, "subscribers") == 5


def test_tries_that_count_no_more_are_dropped_and_letters_of_relays_stay(store: Store) -> None:
    hour, long = Limit(letters=3, seconds=3600), Limit(letters=1, seconds=21600)
    with store.write() as conn:
        tries.count(conn, [("signup:client:1", hour), ("signup:ticket:1", long)], now=NOW)
        uses.count(conn, "relay:main", [hour], 7, now=NOW)
        assert tries.forget_old(conn, now=NOW + timedelta(minutes=59)) == 0
        assert tries.forget_old(conn, now=NOW + timedelta(hours=2)) == 1
        assert tries.free_from(conn, "signup:ticket:1", long, now=NOW + timedelta(hours=2))
        assert tries.forget_old(conn, now=NOW + timedelta(hours=8)) == 1
        assert tries.forget_old(conn, now=NOW - timedelta(days=2)) == 0
        assert sum(uses.used(conn, "relay:main", [hour], now=NOW)[3600].values()) == 7
        tries.count(conn, [("signup:client:2", hour)], now=NOW + DAY)
        assert tries.forget_old(conn, now=NOW) == 1  # a clock that was wrong counted it


def test_a_limit_says_when_there_is_room_again(store: Store) -> None:
    limit = Limit(letters=2, seconds=3600)
    with store.write() as conn:
        assert tries.free_from(conn, "signup:x:1", limit, now=NOW) is None
        tries.count(conn, [("signup:x:1", limit)], now=NOW)
        later = NOW + timedelta(minutes=20)
        tries.count(conn, [("signup:x:1", limit)], now=later)
        wait = tries.free_from(conn, "signup:x:1", limit, now=later)
        assert wait
        assert timedelta(minutes=60) <= wait - NOW <= timedelta(minutes=62)
        assert tries.free_from(conn, "signup:x:1", limit, now=wait - timedelta(minutes=2))
        assert tries.free_from(conn, "signup:x:1", limit, now=wait) is None
        assert tries.free_from(conn, "signup:x:1", replace(limit, letters=1), now=wait)


def test_serve_forgets_them_in_passing(courier: Path) -> None:
    with open_house(courier / "config.toml") as house:
        for name in ("una", "last"):
            with house.store.write() as conn:
                proof = Proof(ip="192.0.2.1", form="", at=NOW - 400 * DAY)
                signups.ask(conn, f"{name}@readers.example", [CHOICE], proof)
        forget_in_passing(house)
        assert "una@readers.example" not in known(house.store)
        assert "last@readers.example" in known(house.store)
