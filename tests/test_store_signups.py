"""Asking to join and confirming it: nothing about a reader changes by what a stranger types."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from publisher.model.asking import LONGEST_WAIT, Choice, Proof, asks_by_now, may_be_asked_from
from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds
from publisher.store import columns, erasing, moving, pauses, schema, signups, subscribers, suppressions, tags
from publisher.store.database import Store
from publisher.store.subscribers import Joiner
from tests.conftest import NOW
from tests.writers import a_post, put_posts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MORNING = Choice(newsletter="morning", cadence=Cadence.DAILY, columns=("harbour",))
WEEKEND = Choice(newsletter="weekend", cadence=Cadence.WEEKLY)
OFFERED = {"morning": ("harbour", "kitchen"), "weekend": ("harbour",)}
PROOF = Proof(ip="192.0.2.7", form="0123456789abcdef", at=NOW)
IVA = "iva@readers.example"


@pytest.fixture(autouse=True)
def newsletters(store: Store) -> None:
    with store.write() as conn:
        columns.put_newsletters(conn, [("morning", "Morning"), ("weekend", "Weekend")], now=NOW)


def ask(store: Store, *choices: Choice, email: str = IVA, after: timedelta = timedelta(0)) -> signups.Asked:
    with store.write() as conn:
        return signups.ask(conn, email, choices or [MORNING], replace(PROOF, at=NOW + after))


def confirm(store: Store, subscription: int, *, after: timedelta = HOUR, name: str | None = None) -> signups.Confirmed:
    with store.write() as conn:
        done = signups.confirm(conn, subscription, OFFERED, ip="198.51.100.3", now=NOW + after, name=name)
    assert done
    return done


def states(store: Store, email: str = IVA) -> tuple[SubscriberState, dict[str, SubscriptionState]]:
    with store.read() as conn:
        reader = subscribers.find(conn, email)
    assert reader
    return reader.state, {wish.newsletter: wish.state for wish in reader.subscriptions}


def test_who_asks_gets_nothing_before_it_is_confirmed(store: Store) -> None:
    asked = ask(store, MORNING, WEEKEND)
    assert asked.letter
    pending = SubscriptionState.PENDING
    assert states(store) == (SubscriberState.PENDING, {"morning": pending, "weekend": pending})
    with store.read() as conn:
        assert subscribers.count(conn) == 0
        found = signups.find_open(conn, asked.subscription, now=NOW + HOUR)
    assert found
    assert (found.reader.email, found.choices, found.moving) == (IVA, (MORNING, WEEKEND), None)


def test_confirming_joins_and_keeps_the_proof(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1)])
    asked = ask(store, MORNING)
    done = confirm(store, asked.subscription, name="Iva Tollan")
    assert (done.reader.name, done.joined) == ("Iva Tollan", (asked.subscription,))
    (wish,) = done.reader.subscriptions
    assert (wish.state, wish.cadence, wish.columns) == (SubscriptionState.ACTIVE, Cadence.DAILY, ("harbour",))
    with store.read() as conn:
        (row,) = conn.execute(select(schema.consents)).mappings()
    assert (row["asked"], row["asked_ip"], row["form"]) == (NOW, "192.0.2.7", PROOF.form)
    assert (row["confirmed"], row["confirmed_ip"]) == (NOW + HOUR, "198.51.100.3")


def test_a_link_that_was_used_does_nothing_more(store: Store) -> None:
    asked = ask(store)
    confirm(store, asked.subscription)
    with store.write() as conn:
        assert subscribers.leave(conn, asked.subscription, now=NOW + 2 * HOUR, how="page")
    with store.write() as conn:
        assert signups.find_open(conn, asked.subscription, now=NOW + 3 * HOUR) is None
        assert signups.confirm(conn, asked.subscription, OFFERED, ip="", now=NOW + 3 * HOUR) is None
    assert states(store) == (SubscriberState.CONFIRMED, {"morning": SubscriptionState.LEFT})


def test_what_is_older_than_a_week_is_confirmed_no_more(store: Store) -> None:
    asked = ask(store)
    with store.write() as conn:
        assert signups.confirm(conn, asked.subscription, OFFERED, ip="", now=NOW + 7 * DAY) is None
    assert states(store)[0] is SubscriberState.PENDING


def test_only_what_is_chosen_at_last_is_joined(store: Store) -> None:
    asked = ask(store, MORNING, WEEKEND)
    with store.write() as conn:
        assert signups.confirm(conn, asked.subscription, {"weekend": ("harbour",)}, ip="", now=NOW + HOUR)
    left, active = SubscriptionState.LEFT, SubscriptionState.ACTIVE
    assert states(store) == (SubscriberState.CONFIRMED, {"morning": left, "weekend": active})
    with store.read() as conn:
        assert signups.find_open(conn, asked.subscription, now=NOW + HOUR) is None


def test_a_reader_of_old_stays_as_he_is_until_it_is_confirmed(store: Store) -> None:
    joiner = Joiner(email=IVA, name="Iva", newsletter="morning", cadence=Cadence.WEEKLY, consent="a card")
    with store.write() as conn:
        subscribers.join(conn, joiner, now=NOW)
        before = subscribers.find(conn, IVA)
    asked = ask(store, MORNING, email="Iva@readers.example", after=DAY)
    with store.read() as conn:
        assert subscribers.find(conn, IVA) == before
    done = confirm(store, asked.subscription, after=DAY)
    assert (done.joined, done.reader.name, done.reader.consent) == ((), "Iva", "a card")
    (wish,) = done.reader.subscriptions
    assert (wish.cadence, wish.columns) == (Cadence.DAILY, ("harbour",))


def test_who_left_or_was_suppressed_comes_back_by_confirming_alone(store: Store) -> None:
    asked = ask(store)
    confirm(store, asked.subscription)
    with store.write() as conn:
        subscribers.leave(conn, asked.subscription, now=NOW + HOUR, how="page")
        suppressions.put(conn, IVA, why=Grounds.COMPLAINT, detail="", now=NOW + HOUR)
    again = ask(store, after=2 * DAY)
    assert again.letter
    assert states(store) == (SubscriberState.SUPPRESSED, {"morning": SubscriptionState.LEFT})
    done = confirm(store, again.subscription, after=2 * DAY)
    assert done.joined == (asked.subscription,)
    assert states(store) == (SubscriberState.CONFIRMED, {"morning": SubscriptionState.ACTIVE})
    with store.read() as conn:
        assert not suppressions.among(conn, [IVA])


def test_an_address_that_was_suppressed_without_a_reader_is_asked_as_one_that_is(store: Store) -> None:
    with store.write() as conn:
        suppressions.put(conn, IVA, why=Grounds.BY_HAND, detail="asked us", now=NOW)
    asked = ask(store)
    assert states(store)[0] is SubscriberState.SUPPRESSED
    confirm(store, asked.subscription)
    assert states(store)[0] is SubscriberState.CONFIRMED


def test_a_flood_for_one_address_is_one_letter_and_no_more_rows(store: Store) -> None:
    letters = [ask(store, MORNING, after=timedelta(seconds=number)).letter for number in range(100)]
    letters += [ask(store, WEEKEND, after=timedelta(minutes=10)).letter]
    assert letters.count(True) == 1
    assert letters[0]
    with store.read() as conn:
        counts = [
            conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (schema.subscribers, schema.subscriptions, schema.consents)
        ]
    assert counts == [1, 2, 2]


def test_letters_that_nobody_answers_come_ever_more_rarely(store: Store) -> None:
    asked = [hours for hours in range(24 * 6) if ask(store, after=hours * HOUR).letter]
    waits = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert waits == [1, 2, 4, 8, 16, 32, 64]


def test_who_declines_is_asked_no_more_for_a_month(store: Store) -> None:
    asked = ask(store)
    with store.write() as conn:
        assert signups.decline(conn, asked.subscription, now=NOW + HOUR)
        assert not signups.decline(conn, asked.subscription, now=NOW + HOUR)
        assert signups.find_open(conn, asked.subscription, now=NOW + HOUR) is None
    assert states(store) == (SubscriberState.PENDING, {"morning": SubscriptionState.LEFT})
    assert not ask(store, after=29 * DAY).letter
    assert ask(store, after=31 * DAY).letter


def test_the_one_click_of_a_letter_that_asks_declines(store: Store) -> None:
    asked = ask(store, MORNING, WEEKEND)
    with store.write() as conn:
        assert subscribers.leave(conn, asked.subscription, now=NOW + HOUR, how="one-click")
        assert subscribers.leave(conn, asked.subscription, now=NOW + HOUR, how="one-click") is False
    left = SubscriptionState.LEFT
    assert states(store) == (SubscriberState.PENDING, {"morning": left, "weekend": left})


def test_a_link_to_the_own_page_goes_to_who_has_one(store: Store) -> None:
    with store.write() as conn:
        assert signups.ask_link(conn, IVA, OFFERED, now=NOW) is None
    asked = ask(store)
    with store.write() as conn:
        assert signups.ask_link(conn, IVA, OFFERED, now=NOW + 2 * HOUR) is None
    confirm(store, asked.subscription)
    with store.write() as conn:  # within the hour of the letter that was answered
        link = signups.ask_link(conn, IVA.upper(), OFFERED, now=NOW + HOUR / 2)
        again = signups.ask_link(conn, IVA, OFFERED, now=NOW + HOUR)
        assert signups.ask_link(conn, IVA, ["weekend"], now=NOW + 9 * HOUR) is None
    assert (link, again) == (
        signups.Asked(subscription=asked.subscription, letter=True),
        signups.Asked(subscription=asked.subscription, letter=False),
    )


def test_texts_of_forms_are_kept_once(store: Store) -> None:
    with store.write() as conn:
        versions = [signups.keep_text(conn, text, now=NOW) for text in ("I want it.", "I want it!", "I want it.")]
    assert versions[0] == versions[2] != versions[1]


@given(
    asks=st.integers(0, 10_000),
    state=st.sampled_from([SubscriberState.PENDING, SubscriberState.CONFIRMED, SubscriberState.SUPPRESSED]),
)
def test_no_address_waits_less_than_an_hour_nor_longer_than_a_month(asks: int, state: SubscriberState) -> None:
    start = may_be_asked_from(NOW, asks, state)
    assert start
    assert HOUR <= start - NOW <= LONGEST_WAIT
    assert asks_by_now(NOW, asks, now=NOW + 2 * LONGEST_WAIT) == asks
    assert asks_by_now(NOW, asks, now=NOW + 3 * LONGEST_WAIT) == 0


# A change of address.

NEW = "iva@elsewhere.example"


def read_by(store: Store, email: str, *newsletters: str, name: str = "Iva") -> int:
    with store.write() as conn:
        for newsletter in newsletters:
            joiner = Joiner(
                email=email,
                name=name,
                newsletter=newsletter,
                cadence=Cadence.WEEKLY,
                columns=("harbour",),
                consent="card",
            )
            subscribers.join(conn, joiner, now=NOW)
        reader = subscribers.find(conn, email)
    assert reader
    return reader.id


def ask_to_move(store: Store, reader: int, email: str = NEW) -> signups.Asked | None:
    with store.write() as conn:
        return moving.ask_to_move(conn, reader, email, PROOF)


def test_a_new_address_counts_once_it_is_confirmed_and_old_links_go_on(store: Store) -> None:
    reader = read_by(store, IVA, "morning", "weekend")
    with store.read() as conn:
        before = subscribers.get(conn, reader)
    asked = ask_to_move(store, reader)
    assert asked
    assert before
    with store.read() as conn:
        assert subscribers.get(conn, reader) == before
        found = signups.find_open(conn, asked.subscription, now=NOW + HOUR)
    assert found
    assert (found.reader.email, found.choices, found.moving) == (NEW, (), before)
    with store.write() as conn:
        moved = moving.move(conn, asked.subscription, ip="198.51.100.3", now=NOW + HOUR)
        assert moving.move(conn, asked.subscription, ip="", now=NOW + HOUR) is None
    assert moved == replace(before, email=NEW)
    with store.read() as conn:
        assert subscribers.find(conn, IVA) is None  # nobody reads there any more
    with store.read() as conn:
        (row,) = conn.execute(select(schema.consents)).mappings()
    assert (row["subscriber"], row["confirmed"], row["confirmed_ip"]) == (reader, NOW + HOUR, "198.51.100.3")


def test_two_addresses_of_one_person_become_one(store: Store) -> None:
    old, new = read_by(store, IVA, "morning", "weekend"), read_by(store, NEW, "weekend", name="")
    with store.write() as conn:
        wishes = schema.subscriptions
        conn.execute(wishes.update().where(wishes.c.subscriber == old).values(seen_seq=5, ahead="7"))
        tags.put(conn, old, ["Patron", "founder"])
        tags.put(conn, new, ["patron"])
    asked = ask_to_move(store, old)
    assert asked
    with store.write() as conn:
        moved = moving.move(conn, asked.subscription, ip="", now=NOW + HOUR)
    assert moved
    assert (moved.id, moved.name) == (new, "Iva")
    with store.read() as conn:
        assert tags.of(conn, [new]) == {new: ("founder", "patron")}  # case does not count
    assert {wish.newsletter: (wish.seen_seq, wish.ahead) for wish in moved.subscriptions} == {
        "morning": (5, (7,)),
        "weekend": (0, ()),
    }
    left = SubscriptionState.LEFT
    assert states(store) == (SubscriberState.CONFIRMED, {"morning": left, "weekend": left})


def test_nobody_moves_to_the_address_that_is_theirs(store: Store) -> None:
    reader = read_by(store, IVA, "morning")
    assert ask_to_move(store, reader, "IVA@readers.example") is None


def test_a_move_that_is_declined_or_too_late_changes_nothing(store: Store) -> None:
    reader = read_by(store, IVA, "morning")
    asked = ask_to_move(store, reader)
    assert asked
    with store.write() as conn:
        assert moving.move(conn, asked.subscription, ip="", now=NOW + 8 * DAY) is None
        assert signups.decline(conn, asked.subscription, now=NOW + HOUR)
        assert moving.move(conn, asked.subscription, ip="", now=NOW + HOUR) is None
    assert states(store) == (SubscriberState.CONFIRMED, {"morning": SubscriptionState.ACTIVE})


def test_a_letter_that_went_to_the_new_address_confirms_nothing_for_the_old_one(store: Store) -> None:
    reader = read_by(store, IVA, "morning")
    carrier = ask(store, WEEKEND, email=NEW).subscription
    with store.write() as conn:
        moved = moving.ask_to_move(conn, reader, NEW, replace(PROOF, at=NOW + 2 * HOUR))
        assert moved
        assert moving.move(conn, moved.subscription, ip="", now=NOW + 2 * HOUR)
    ask(store, WEEKEND, after=3 * HOUR)  # somebody types the old address
    with store.write() as conn:
        for subscription in (carrier, moved.subscription):
            assert signups.find_open(conn, subscription, now=NOW + 3 * HOUR) is None
            assert signups.confirm(conn, subscription, OFFERED, ip="", now=NOW + 3 * HOUR) is None
    assert states(store, NEW) == (SubscriberState.CONFIRMED, {"morning": SubscriptionState.ACTIVE})
    assert states(store) == (SubscriberState.PENDING, {"weekend": SubscriptionState.PENDING})


def test_a_link_on_its_way_stands_for_who_asked_first_until_another_letter_goes(store: Store) -> None:
    first, second = read_by(store, IVA, "morning"), read_by(store, "jon@readers.example", "morning")
    asked = ask_to_move(store, first)
    assert asked
    for after, reader in ((timedelta(0), first), (HOUR, second)):
        with store.write() as conn:
            moving.ask_to_move(conn, second, NEW, replace(PROOF, at=NOW + after))
            found = signups.find_open(conn, asked.subscription, now=NOW + after)
        assert found
        assert found.moving
        assert found.moving.id == reader


def test_who_was_erased_meanwhile_is_brought_back_by_nothing(store: Store) -> None:
    reader, jon = read_by(store, IVA, "morning"), read_by(store, "jon@readers.example", "morning")
    with store.read() as conn:
        before = subscribers.get(conn, reader)
    assert before
    carrier = before.subscriptions[0].id
    with store.write() as conn:
        erasing.erase(conn, reader, now=NOW)
        erased = conn.execute(select(schema.subscribers).where(schema.subscribers.c.id == reader)).one()
    with store.write() as conn:  # as another window of theirs may try, which was open before
        assert signups.join_at_own_page(conn, carrier, [WEEKEND], OFFERED, PROOF) is None
        assert signups.confirm(conn, carrier, OFFERED, ip="", now=NOW) is None
        assert moving.ask_to_move(conn, reader, NEW, PROOF) is None
        pauses.pause(conn, reader, until=NOW + DAY)
        subscribers.describe(conn, reader, name="Iva", language="de")
        assert conn.execute(select(schema.subscribers).where(schema.subscribers.c.id == reader)).one() == erased
        assert subscribers.get(conn, jon)
