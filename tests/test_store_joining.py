"""Many readers joined at once are joined as one by one; and taken back as they were."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from publisher.model.asking import Choice, Proof
from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds, Suppression
from publisher.store import columns, joining, schema, signups, subscribers, suppressions, tags
from publisher.store.database import Rehearsal, Store
from publisher.store.joining import Joined, Joiner
from publisher.store.roll import roll
from publisher.store.scratch import Scratch
from tests.conftest import NOW
from tests.writers import a_post, put_posts

READER = "di@r.example"  # whom nobody knows as a reader
JOINER = Joiner(email="", newsletter="morning", cadence=Cadence.DAILY, consent="a list")


@pytest.fixture(autouse=True)
def newsletters(store: Store) -> None:
    with store.write() as conn:
        columns.put_newsletters(conn, [("morning", "Morning"), ("weekend", "Weekend")], now=NOW)


def a_few_who_are_there(store: Store) -> None:
    with store.write() as conn:
        for name in ("ada", "bo", "cy"):
            subscribers.join(conn, JOINER._replace(email=f"{name}@r.example"), now=NOW)
        subscribers.leave_all(conn, "bo@r.example", now=NOW, how="one-click")
        suppressions.put(conn, "cy@r.example", why=Grounds.COMPLAINT, detail="spam", now=NOW)
        suppressions.put(conn, "di@r.example", why=Grounds.BY_HAND, detail="asked by telephone", now=NOW)


def test_what_becomes_of_many_is_what_becomes_of_each_alone(store: Store) -> None:
    a_few_who_are_there(store)
    chance = random.Random(7)
    names = ["ada", "Ada", "BO", "cy", "di", "ed", "ED", "flo", "gus"]
    many = [
        JOINER._replace(email=f"{chance.choice(names)}@r.example", newsletter=chance.choice(["morning", "weekend"]))
        for _ in range(60)
    ]
    with store.read() as conn:
        foreseen = joining.foresee_all(conn, many)
    with store.write() as conn:
        assert joining.join_all(conn, many, now=NOW) == foreseen
        at_once = list(roll(conn))
    assert set(foreseen) == set(Joined)
    for joiner in many:  # again, one by one: nothing is left to be done
        with store.write() as conn:
            assert subscribers.join(conn, joiner, now=NOW) is not Joined.ADDED
    with store.read() as conn:
        assert list(roll(conn)) == at_once
        states = {row[0]: row[3] for row in roll(conn)}
    assert (states["cy@r.example"], states["di@r.example"]) == ("suppressed", "suppressed")


def test_two_who_join_the_same_people_at_once_join_each_of_them_once(store: Store) -> None:
    people = [JOINER._replace(email=f"reader{number}@r.example") for number in range(300)]
    found: Counter[Joined] = Counter()

    def join(part: list[Joiner]) -> None:
        with store.write() as conn:
            found.update(joining.join_all(conn, part, now=NOW))

    threads = [threading.Thread(target=join, args=[part]) for part in (people, people[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {Joined.ADDED: 300, Joined.ALREADY: 300}
    with store.read() as conn:
        assert subscribers.count(conn) == 300


def test_who_a_list_says_left_or_must_not_get_mail_is_kept_so_and_changes_nobody(store: Store) -> None:
    a_few_who_are_there(store)
    left = JOINER._replace(
        email="hal@r.example", wish_state=SubscriptionState.LEFT, left_at=NOW, left_how="page",
        joined=NOW - timedelta(days=9), wish_joined=NOW - timedelta(days=8),
    )  # fmt: skip
    barred = JOINER._replace(email="ida@r.example", newsletter="", state=SubscriberState.SUPPRESSED)
    with store.write() as conn:
        joining.keep_all(conn, [left, barred, left._replace(email="ada@r.example")], now=NOW)
        again = [JOINER._replace(email=f"{name}@r.example") for name in ("hal", "ida", "ada")]
        assert joining.join_all(conn, again, now=NOW) == [Joined.LEFT, Joined.SUPPRESSED, Joined.ALREADY]
        (hal,) = [row for row in roll(conn) if row[0] == "hal@r.example"]
    assert (hal[5], hal[9:13]) == (NOW - timedelta(days=9), ("left", NOW - timedelta(days=8), NOW, "page"))


def test_who_a_list_brings_as_suppressed_is_on_the_one_list_as_it_was_there(store: Store) -> None:
    a_few_who_are_there(store)
    since = NOW - timedelta(days=400)
    told = Suppression(email="Jo@r.example", since=since, why=Grounds.COMPLAINT, detail="abuse")
    alone = JOINER._replace(email=told.email, newsletter="", state=SubscriberState.SUPPRESSED, suppression=told)
    reader = JOINER._replace(email="kim@r.example", state=SubscriberState.SUPPRESSED, joined=since)  # an older export
    known = [alone._replace(email=name, suppression=replace(told, email=name)) for name in ("ada@r.example", READER)]
    with store.write() as conn:
        joining.keep_all(conn, [alone, reader, *known], now=NOW)
        assert subscribers.find(conn, "jo@r.example") is None
        jo, kim, di = (suppressions.find(conn, f"{name}@r.example") for name in ("JO", "kim", "di"))
        assert jo == replace(told, id=jo.id if jo else 0)
        assert kim == Suppression(
            id=kim.id if kim else 0, email=reader.email, since=since, why=Grounds.BY_HAND, detail="a list"
        )
        assert di
        assert (di.since, di.why) == (NOW, Grounds.BY_HAND)  # the first reason stays
        ada = subscribers.find(conn, "ada@r.example")  # a reader here stays one
        assert ada
        assert ada.state is SubscriberState.CONFIRMED
        assert suppressions.in_force(conn, ["ada@r.example"]) == {}
        many = [JOINER._replace(email=email) for email in ("jo@r.example", "KIM@r.example")]
        assert joining.join_all(conn, many, now=NOW) == [Joined.SUPPRESSED, Joined.SUPPRESSED]
        states = {row[0]: (row[3], *row[-3:]) for row in roll(conn)}
    assert states["Jo@r.example"] == ("suppressed", since, "complaint", "abuse")
    assert states["kim@r.example"] == ("suppressed", since, "by hand", "a list")
    assert states["bo@r.example"] == ("confirmed", None, None, None)


def test_who_left_a_newsletter_and_is_suppressed_here_is_kept_as_suppressed(store: Store) -> None:
    a_few_who_are_there(store)
    left = JOINER._replace(email=READER, wish_state=SubscriptionState.LEFT, left_at=NOW, left_how="page")
    with store.write() as conn:
        joining.keep_all(conn, [left], now=NOW)
        di = subscribers.find(conn, READER)
        assert di
        assert (di.state, di.consent) == (SubscriberState.SUPPRESSED, "a list")
        assert [row[-3:] for row in roll(conn) if row[0] == READER] == [(NOW, "by hand", "asked by telephone")]


def test_who_asked_to_come_back_is_not_brought_back_by_somebody_elses_word(store: Store) -> None:
    a_few_who_are_there(store)
    with store.write() as conn:
        people = schema.subscribers.insert().values(
            email=READER, address_key=READER, name="", language="", consent="", joined=NOW, state="pending"
        )
        conn.execute(people)
        assert joining.join_all(conn, [JOINER._replace(email=READER)], now=NOW) == [Joined.SUPPRESSED]
        di = subscribers.find(conn, READER)
        assert di
        assert di.state is SubscriberState.PENDING
        assert [row[3] for row in roll(conn) if row[0] == READER] == ["pending", "suppressed"]


def test_nobody_joins_an_address_that_is_just_being_suppressed(store: Store) -> None:
    """Whoever is first: no reader gets mail at an address that is on the list."""
    start = threading.Barrier(2)
    people = [JOINER._replace(email=f"reader{number}@r.example") for number in range(40)]

    def join() -> None:
        start.wait()
        for person in people:
            with store.write() as conn:
                joining.join_all(conn, [person], now=NOW)

    def suppress() -> None:
        start.wait()
        for person in people:
            with store.write() as conn:
                suppressions.put(conn, person.email, why=Grounds.GONE, detail="550", now=NOW)

    threads = [threading.Thread(target=one) for one in (join, suppress)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as conn:
        assert subscribers.count(conn) == 0
        assert suppressions.count(conn) == len(people)


def test_what_was_seen_is_known_however_much_it_is() -> None:
    with Scratch() as scratch:
        assert scratch.among(["a"]) == set()
        scratch.add([f"text {number}" for number in range(3000)])
        scratch.add(["text 1", "é"])
        assert scratch.among(["text 7", "text 3000", "é"]) == {"text 7", "é"}


PEOPLE = [f"{person}-{wish}" for person in (*SubscriberState, "barred") for wish in (*SubscriptionState, "none")]
"""Readers in each state, each with a subscription to `morning` in each; and such whose address alone is suppressed."""


def people_in_each_state(store: Store) -> None:
    with store.write() as conn:
        for name in PEOPLE:
            person, wish = name.split("-")
            facts = {"address_key": f"{name}@r.example", "name": "", "language": "", "consent": "", "joined": NOW}
            state = "pending" if person == "barred" else person  # and asked to come back since
            if person in ("suppressed", "barred"):
                suppressions.put(conn, f"{name}@r.example", why=Grounds.COMPLAINT, detail="", now=NOW)
            put = insert(schema.subscribers).values(email=f"{name}@r.example", state=state, **facts)
            (reader,) = conn.execute(put.returning(schema.subscribers.c.id)).one()
            if wish != "none":
                told = {"newsletter": "morning", "cadence": "weekly", "columns": "", "seen_seq": 0, "left_how": ""}
                conn.execute(insert(schema.subscriptions).values(subscriber=reader, state=wish, joined=NOW, **told))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=st.lists(
        st.tuples(
            st.sampled_from([*PEOPLE, "new", "newer"]), st.booleans(), st.sampled_from(["morning", "weekend"]),
            st.sampled_from([Cadence.DAILY, Cadence.WEEKLY]), st.sampled_from([(), ("patron",), ("Patron", "old")]),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_whoever_they_are_many_at_once_become_what_each_becomes_alone(
    each_state: Rehearsal, wanted: list[tuple[str, bool, str, Cadence, tuple[str, ...]]]
) -> None:
    many = [
        JOINER._replace(
            email=f"{name.capitalize() if capital else name}@r.example",
            newsletter=slug, cadence=cadence, tags=words, name=f"Number {at}",
        )
        for at, (name, capital, slug, cadence, words) in enumerate(wanted)
    ]  # fmt: skip
    with each_state.write() as conn:
        at_once = joining.join_all(conn, many, now=NOW), sorted(map(repr, roll(conn)))
    with each_state.write() as conn:
        alone = [subscribers.join(conn, one, now=NOW) for one in many], sorted(map(repr, roll(conn)))
    assert at_once == alone


@pytest.fixture
def each_state(store: Store) -> Rehearsal:
    people_in_each_state(store)
    return Rehearsal(store)


CHOICE = Choice(newsletter="morning", cadence=Cadence.WEEKLY, columns=("harbour",))
PROOF = Proof(ip="192.0.2.7", form="", at=NOW - timedelta(days=1))


def test_who_asked_and_has_not_confirmed_yet_is_added_as_the_list_says(store: Store) -> None:
    listed = JOINER._replace(email="Lou@r.example", name="Lou Vane", columns=("night",))
    with store.write() as conn:
        signups.ask(conn, "lou@r.example", [CHOICE, replace(CHOICE, newsletter="weekend")], PROOF, language="de")
        put_posts(conn, [replace(a_post(number), first_seen=NOW - timedelta(days=9)) for number in range(3)])
    with store.read() as conn:
        assert joining.foresee_all(conn, [listed, listed]) == [Joined.ADDED, Joined.ALREADY]
    with store.write() as conn:
        assert joining.join_all(conn, [listed, listed._replace(name="Second")], now=NOW) == [
            Joined.ADDED,
            Joined.ALREADY,
        ]
        assert joining.join_all(conn, [listed], now=NOW) == [Joined.ALREADY]
        lou = subscribers.find(conn, "lou@r.example")
    assert lou
    morning, weekend = lou.subscriptions
    assert (lou.state, lou.name, lou.language, lou.consent) == ("confirmed", "Lou Vane", "de", "a list")
    assert (morning.state, morning.cadence, morning.columns, morning.seen_seq) == ("active", "daily", ("night",), 3)
    assert weekend.state is SubscriptionState.PENDING, "that was not said of the other newsletter"


def test_tags_of_many_are_kept_once_whatever_their_case(store: Store) -> None:
    tagged = JOINER._replace(tags=("Patron", "press"))
    people = [tagged._replace(email=f"reader{number}@r.example") for number in range(1500)]
    weekend = [one._replace(newsletter="weekend", tags=("PATRON", "old")) for one in people[:2]]
    with store.write() as conn:
        joining.join_all(conn, [*people, *weekend], now=NOW)
        left = tagged._replace(email="hal@r.example", wish_state=SubscriptionState.LEFT, left_at=NOW)
        joining.keep_all(conn, [left, left._replace(email="reader7@r.example", tags=("gone",))], now=NOW)
        assert tags.counts(conn) == {"Patron": 1501, "press": 1501, "old": 2}


def test_who_declined_is_not_joined_by_a_list(store: Store) -> None:
    with store.write() as conn:
        asked = signups.ask(conn, "lou@r.example", [CHOICE], PROOF)
        assert signups.decline(conn, asked.subscription, now=NOW)
        assert joining.join_all(conn, [JOINER._replace(email="lou@r.example")], now=NOW) == [Joined.LEFT]
        lou = subscribers.find(conn, "lou@r.example")
    assert lou
    assert lou.state is SubscriberState.PENDING


def test_who_is_suppressed_and_asked_to_come_back_is_not_joined_by_a_list(store: Store) -> None:
    a_few_who_are_there(store)
    with store.write() as conn:
        for name in ("cy", "di"):
            signups.ask(conn, f"{name}@r.example", [replace(CHOICE, newsletter="weekend")], PROOF)
        those = [JOINER._replace(email=f"{name}@r.example", newsletter="weekend") for name in ("cy", "di")]
        assert joining.join_all(conn, those, now=NOW) == [Joined.SUPPRESSED, Joined.SUPPRESSED]


def test_a_list_of_thousands_of_whom_each_may_be_there_already_is_joined_as_the_law_says(store: Store) -> None:
    people = [JOINER._replace(email=f"reader{number}@r.example") for number in range(2000)]
    with store.write() as conn:
        joining.join_all(conn, people[::3], now=NOW)
        joining.join_all(conn, [one._replace(newsletter="weekend") for one in people[::4]], now=NOW)
    both = [*people, *(one._replace(newsletter="weekend") for one in people)]
    with store.write() as conn:
        counted = Counter(joining.join_all(conn, both, now=NOW))
        assert counted == {Joined.ALREADY: 667 + 500, Joined.ADDED: 4000 - 667 - 500}
        assert subscribers.count(conn) == 2000
        assert sum(len(one.subscriptions) for one in subscribers.get_all(conn)) == 4000
