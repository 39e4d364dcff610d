"""Many readers joined at once are joined as one by one; and taken back as they were."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.store import columns, joining, subscribers, suppressing
from publisher.store.database import Store
from publisher.store.joining import Joined, Joiner
from publisher.store.roll import roll
from publisher.store.scratch import Scratch
from tests.conftest import NOW

JOINER = Joiner(email="", newsletter="morning", cadence=Cadence.DAILY, consent="a list")


@pytest.fixture(autouse=True)
def newsletters(store: Store) -> None:
    with store.write() as conn:
        columns.put_newsletters(conn, [("morning", "Morning"), ("weekend", "Weekend")], now=NOW)


def a_few_who_are_there(store: Store) -> None:
    with store.write() as conn:
        for name in ("ada", "bo", "cy"):
            subscribers.join(conn, replace(JOINER, email=f"{name}@r.example"), now=NOW)
        subscribers.leave_all(conn, "bo@r.example", now=NOW, how="one-click")
        suppressing.suppress(conn, "cy@r.example", why="a complaint", now=NOW)
        suppressing.suppress(conn, "di@r.example", why="asked by telephone", now=NOW)


def test_what_becomes_of_many_is_what_becomes_of_each_alone(store: Store) -> None:
    a_few_who_are_there(store)
    chance = random.Random(7)
    names = ["ada", "Ada", "BO", "cy", "di", "ed", "ED", "flo", "gus"]
    many = [
        replace(JOINER, email=f"{chance.choice(names)}@r.example", newsletter=chance.choice(["morning", "weekend"]))
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
    people = [replace(JOINER, email=f"reader{number}@r.example") for number in range(300)]
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
    left = replace(
        JOINER, email="hal@r.example", wish_state=SubscriptionState.LEFT, left_at=NOW, left_how="page",
        joined=NOW - timedelta(days=9), wish_joined=NOW - timedelta(days=8),
    )  # fmt: skip
    barred = replace(JOINER, email="ida@r.example", newsletter="", state=SubscriberState.SUPPRESSED)
    with store.write() as conn:
        joining.keep_all(conn, [left, barred, replace(left, email="ada@r.example")], now=NOW)
        again = [replace(JOINER, email=f"{name}@r.example") for name in ("hal", "ida", "ada")]
        assert joining.join_all(conn, again, now=NOW) == [Joined.LEFT, Joined.SUPPRESSED, Joined.ALREADY]
        (hal,) = [row for row in roll(conn) if row[0] == "hal@r.example"]
    assert (hal[5], hal[9:]) == (NOW - timedelta(days=9), ("left", NOW - timedelta(days=8), NOW, "page"))


def test_why_somebody_is_suppressed_stands_behind_the_consent(store: Store) -> None:
    a_few_who_are_there(store)
    with store.write() as conn:
        assert not suppressing.suppress(conn, "CY@r.example", why="again", now=NOW)
        cy, di = (subscribers.find(conn, f"{name}@r.example") for name in ("cy", "di"))
    assert cy
    assert di
    assert (cy.consent, di.consent) == ("a list; a complaint", "asked by telephone")


def test_what_was_seen_is_known_however_much_it_is() -> None:
    with Scratch() as scratch:
        assert scratch.among(["a"]) == set()
        scratch.add([f"text {number}" for number in range(3000)])
        scratch.add(["text 1", "é"])
        assert scratch.among(["text 7", "text 3000", "é"]) == {"text 7", "é"}
