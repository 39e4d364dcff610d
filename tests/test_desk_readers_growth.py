"""Growth: over all hours, who joined less who left is who reads, whatever way each came and went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from publisher.model.asking import Choice, Proof
from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds
from publisher.store import columns, erasing, hours, joining, moving, schema, signups, subscribers, suppressions
from publisher.store.database import Store
from publisher.store.hours import Event
from publisher.store.joiner import Joiner
from tests.conftest import NOW

PEOPLE = ("ada", "bo", "cy", "di")
NEWSLETTERS = {"morning": ("harbour", "council"), "weekly": ("harbour",)}
PROOF = Proof(ip="192.0.2.7", form="", at=NOW)


def _joiner(name: str, newsletter: str) -> Joiner:
    return Joiner(email=f"{name}@r.example", newsletter=newsletter, cadence=Cadence.DAILY, consent="a test")


def _wish(conn: Connection, name: str, newsletter: str) -> int | None:
    person = subscribers.find(conn, f"{name}@r.example")
    wishes = person.subscriptions if person else ()
    return next((wish.id for wish in wishes if wish.newsletter == newsletter), None)


def _any_wish(conn: Connection, name: str) -> int | None:
    return _wish(conn, name, "morning") or _wish(conn, name, "weekly")


def join(conn: Connection, name: str, newsletter: str) -> None:
    joining.join_all(conn, [_joiner(name, newsletter), _joiner(name, "weekly")], now=NOW)


def keep(conn: Connection, name: str, newsletter: str) -> None:
    """As our own list of another day has them: suppressed here, and reading there."""
    joining.keep_all(conn, [_joiner(name, newsletter)._replace(state=SubscriberState.SUPPRESSED)], now=NOW)


def leave(conn: Connection, name: str, newsletter: str) -> None:
    wish = _wish(conn, name, newsletter)
    if wish is not None:
        subscribers.leave(conn, wish, now=NOW, how="a test")


def leave_all(conn: Connection, name: str, _newsletter: str) -> None:
    subscribers.leave_all(conn, f"{name}@r.example", now=NOW, how="a test")


def ask(conn: Connection, name: str, newsletter: str) -> None:
    signups.ask(conn, f"{name}@r.example", [Choice(newsletter=newsletter, cadence=Cadence.WEEKLY)], PROOF)


def confirm(conn: Connection, name: str, _newsletter: str) -> None:
    wish = _any_wish(conn, name)
    if wish is not None:
        signups.confirm(conn, wish, NEWSLETTERS, ip="192.0.2.7", now=NOW)


def decline(conn: Connection, name: str, _newsletter: str) -> None:
    wish = _any_wish(conn, name)
    if wish is not None:
        signups.decline(conn, wish, now=NOW)


def suppress(conn: Connection, name: str, _newsletter: str) -> None:
    suppressions.put(conn, f"{name}@r.example", why=Grounds.BY_HAND, detail="a test", now=NOW)


def lift(conn: Connection, name: str, _newsletter: str) -> None:
    suppressions.lift(conn, f"{name}@r.example", why="a test", now=NOW)


def erase(conn: Connection, name: str, _newsletter: str) -> None:
    person = subscribers.find(conn, f"{name}@r.example")
    if person:
        erasing.erase(conn, person.id, now=NOW)


def move(conn: Connection, name: str, _newsletter: str) -> None:
    """To the address of the next one, who may read with it or not."""
    person = subscribers.find(conn, f"{name}@r.example")
    new = f"{PEOPLE[(PEOPLE.index(name) + 1) % len(PEOPLE)]}@r.example"
    asked = moving.ask_to_move(conn, person.id, new, PROOF) if person else None
    if asked:
        moving.move(conn, asked.subscription, ip="192.0.2.7", now=NOW)


Act = Callable[[Connection, str, str], None]
ACTS: tuple[Act, ...] = (join, keep, leave, leave_all, ask, confirm, decline, suppress, lift, erase, move)


def _read_now(conn: Connection) -> Counter[str]:
    people, wishes = schema.subscribers, schema.subscriptions
    wanted = (
        select(wishes.c.newsletter, func.count())
        .join(people, people.c.id == wishes.c.subscriber)
        .where(people.c.state == SubscriberState.CONFIRMED, wishes.c.state == SubscriptionState.ACTIVE)
        .group_by(wishes.c.newsletter)
    )
    return Counter(dict(conn.execute(wanted).all()))


def _counted(conn: Connection) -> Counter[str]:
    found: Counter[str] = Counter()
    for slug in NEWSLETTERS:
        told = hours.between(conn, NOW, NOW, events=[Event.JOINED, Event.LEFT], newsletter=slug)
        for (_, event), number in told.items():
            found[slug] += number if event is Event.JOINED else -number
    return found


@pytest.fixture(autouse=True)
def newsletters(store: Store) -> None:
    with store.write() as conn:
        columns.put_newsletters(conn, [(slug, slug.title()) for slug in NEWSLETTERS], now=NOW)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(ACTS), st.sampled_from(PEOPLE), st.sampled_from(tuple(NEWSLETTERS))),
        min_size=5, max_size=25,
    )
)  # fmt: skip
def test_whoever_joined_less_whoever_left_is_who_reads(store: Store, acts: list[tuple[Act, str, str]]) -> None:
    with store.write() as conn:
        for act, name, newsletter in acts:
            act(conn, name, newsletter)
            assert +_counted(conn) == _read_now(conn), f"after {act.__name__} of {name}, {newsletter}"


def test_joining_and_leaving_are_counted_in_their_hour_and_newsletter(store: Store) -> None:
    later = NOW + timedelta(hours=2)
    with store.write() as conn:
        joining.join_all(conn, [_joiner(name, "morning") for name in PEOPLE], now=NOW)
        subscribers.leave_all(conn, "ada@r.example", now=later, how="a test")
        subscribers.leave_all(conn, "ada@r.example", now=later, how="twice is once")
    with store.read() as conn:
        told = hours.between(conn, NOW, later, events=list(Event), newsletter="morning")
    assert {(at.hour, event): number for (at, event), number in told.items()} == {
        (NOW.hour, Event.JOINED): 4,
        (later.hour, Event.LEFT): 1,
    }


def test_a_list_that_says_suppressed_subscribes_no_reader_who_is_well_here(store: Store) -> None:
    with store.write() as conn:
        joining.join_all(conn, [_joiner("ada", "morning")], now=NOW)
        keep(conn, "ada", "weekly")
        assert _read_now(conn) == Counter({"morning": 1})
