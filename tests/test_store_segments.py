"""Segments: the database finds the readers that the model says belong to them, and issues go to those alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select

from publisher.model.segment import Reading, Segment, holds, key_of
from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.store import columns, schema, segments, subscribers, tags
from publisher.store.database import Store
from tests.assembling import Desk, brief_templates
from tests.conftest import NOW

COLUMNS = {"morning": ("harbour", "kitchen"), "weekend": ("harbour", "har"), "night": ("kitchen",)}
HOLDERS = tuple(
    (column, tuple(slug for slug, held in COLUMNS.items() if column in held))
    for column in ("harbour", "kitchen", "har")
)
DAY = timedelta(days=1)
WORDS = ("patron", "Patron", "PATRON", "ÉLAN", "élan", "a_b", "a%b", "50 % off")


@dataclass(frozen=True)
class Person:
    """A reader, as far as segments ask."""

    joined: datetime
    language: str
    tags: tuple[str, ...]
    readings: tuple[tuple[Reading, SubscriptionState], ...]

    def belongs(self, segment: Segment) -> bool:
        return holds(
            segment,
            joined=self.joined,
            language=self.language,
            tags=[key_of(tag) for tag in self.tags],
            readings=[reading for reading, state in self.readings if state is SubscriptionState.ACTIVE],
            now=NOW,
        )


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


moments = st.integers(-4, 1).map(lambda days: NOW + days * DAY)
durations = st.none() | st.integers(0, 4).map(lambda days: days * DAY)


@st.composite
def readings(draw: st.DrawFn) -> tuple[Reading, SubscriptionState]:
    newsletter = draw(st.sampled_from(sorted(COLUMNS)))
    chosen = draw(some(COLUMNS[newsletter]))
    cadence = draw(st.sampled_from(Cadence))
    reading = Reading(newsletter=newsletter, cadence=cadence, columns=tuple(sorted(chosen)))
    return reading, draw(st.sampled_from(SubscriptionState))


people = st.builds(
    Person,
    joined=moments,
    language=st.sampled_from(["", "de", "DE-at", "den", "fr"]),
    tags=st.lists(st.sampled_from(WORDS), max_size=3, unique_by=key_of).map(tuple),
    readings=st.lists(readings(), max_size=2, unique_by=lambda one: one[0].newsletter).map(tuple),
)
some_segments = st.builds(
    Segment,
    name=st.just("some"),
    newsletters=some(tuple(COLUMNS)),
    columns=some(tuple(column for column, _ in HOLDERS)),
    cadences=st.lists(st.sampled_from(Cadence), max_size=2, unique=True).map(tuple),
    languages=some(("de", "fr", "de-at")),
    tags=some(WORDS).map(lambda words: tuple(map(key_of, words))),
    without_tags=some(WORDS).map(lambda words: tuple(map(key_of, words))),
    joined_after=st.none() | moments,
    joined_before=st.none() | moments,
    newer_than=durations,
    older_than=durations,
    site_language=st.sampled_from(["de", "de-at", "en"]),
    holders=st.just(HOLDERS),
)


def write(conn: Connection, number: int, person: Person) -> None:
    row = {
        "id": number, "email": f"p{number}@x.example", "address_key": f"p{number}@x.example", "name": "",
        "language": person.language, "state": SubscriberState.CONFIRMED, "consent": "", "joined": person.joined,
    }  # fmt: skip
    conn.execute(insert(schema.subscribers).values(row))
    for reading, state in person.readings:
        wish = {
            "subscriber": number, "newsletter": reading.newsletter, "cadence": reading.cadence, "state": state,
            "columns": " ".join(reading.columns), "seen_seq": 0, "joined": NOW, "left_how": "",
        }  # fmt: skip
        conn.execute(insert(schema.subscriptions).values(wish))
    tags.put(conn, number, person.tags)


@pytest.fixture
def settled(store: Store) -> Store:
    with store.write() as conn:
        columns.put_newsletters(conn, [(slug, slug.title()) for slug in COLUMNS], now=NOW)
    return store


@given(persons=st.lists(people, max_size=4), segment=some_segments)
@example(
    persons=[Person(joined=NOW, language="", tags=("Patron",), readings=())],
    segment=Segment(name="some", tags=("patron",), languages=("de",), site_language="de-at"),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_finds_those_who_belong_to_a_segment(
    settled: Store, persons: list[Person], segment: Segment
) -> None:
    with settled.write() as conn:
        for table in (schema.tags, schema.subscriptions, schema.subscribers):
            conn.execute(delete(table))
        for number, person in enumerate(persons, 1):
            write(conn, number, person)
        wanted = select(schema.subscribers.c.id).where(segments.belongs(conn, segment, now=NOW))
        found = set(conn.execute(wanted).scalars())
        assert found == {number for number, person in enumerate(persons, 1) if person.belongs(segment)}
        assert segments.count(conn, segment, now=NOW) == len(found)
        for number in range(1, len(persons) + 1):
            assert segments.has(conn, segment, number, now=NOW) is (number in found)


def test_tags_keep_their_case_and_are_one_whatever_it_is(store: Store) -> None:
    with store.write() as conn:
        write(conn, 1, Person(joined=NOW, language="", tags=(), readings=()))
        assert tags.put(conn, 1, ["Patron", " patron ", "", "Founding  member"]) == ("Patron", "Founding member")
        assert tags.put(conn, 1, ["PATRON"]) == ()
        assert tags.of(conn, [1, 2]) == {1: ("Founding member", "Patron")}
        assert tags.take(conn, 1, ["pATRON", "stranger"]) == 1
        assert tags.counts(conn) == {"Founding member": 1}


# Issues of a newsletter that is for a segment alone.


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    desk = Desk(sqlite_store, brief_templates(tmp_path / "templates"))
    audience = Segment(name="patrons", tags=("patron",))
    desk.change(newsletter=replace(desk.assembly.newsletter, audience=audience))
    return desk


def make_patron(desk: Desk, name: str) -> None:
    with desk.store.write() as conn:
        person = subscribers.find(conn, f"{name}@readers.example")
        assert person
        tags.put(conn, person.id, ["Patron"])


def got(desk: Desk) -> list[tuple[str, int]]:
    """Who got how many posts, of the newest issue."""
    ledger, wishes, persons, held = (
        schema.deliveries, schema.subscriptions, schema.subscribers, schema.variant_posts,
    )  # fmt: skip
    with desk.store.read() as conn:
        newest = max(conn.execute(select(ledger.c.issue)).scalars(), default=0)
        wanted = (
            select(persons.c.email, ledger.c.variant)
            .join(wishes, wishes.c.id == ledger.c.subscription)
            .join(persons, persons.c.id == wishes.c.subscriber)
            .where(ledger.c.issue == newest)
            .order_by(persons.c.id)
        )
        return [
            (email.partition("@")[0], len(conn.execute(select(held).where(held.c.variant == variant)).all()))
            for email, variant in conn.execute(wanted).all()
        ]


@pytest.mark.parametrize("by_draft", [False, True])
def test_an_issue_goes_to_its_audience_alone_and_passes_by_the_others(desk: Desk, by_draft: bool) -> None:
    for name in ("ada", "bo", "cyd"):
        desk.join(name, *(["harbour"] if name == "cyd" else []))
    make_patron(desk, "ada")
    desk.publish("harbour", "council")
    if by_draft:
        assert desk.draft().issue
        desk.now += timedelta(hours=3)
        assert desk.release(1).deliveries == 1
    else:
        assert desk.assemble().deliveries == 1
    assert got(desk) == [("ada", 2)]
    make_patron(desk, "bo")
    make_patron(desk, "cyd")
    desk.publish("harbour")
    desk.now += DAY
    assert desk.assemble().deliveries == 3
    assert got(desk) == [("ada", 1), ("bo", 1), ("cyd", 1)]  # who belongs later does not get what was before


def test_what_does_not_fit_still_comes_next_time_to_those_who_belong(desk: Desk) -> None:
    for name in ("ada", "bo"):
        desk.join(name)
    make_patron(desk, "ada")
    desk.change(maximum=2)
    desk.publish("harbour", "harbour", "harbour")
    assert desk.assemble().deliveries == 1
    desk.now += DAY
    assert desk.assemble().deliveries == 1
    assert got(desk) == [("ada", 1)]


def test_nobody_belongs_and_nothing_goes(desk: Desk) -> None:
    desk.join("ada")
    desk.publish("harbour")
    assert str(desk.assemble().result) == "no readers"
