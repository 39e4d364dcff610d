"""Relays that are parked and destinations that are paused, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

from publisher.store import destinations, relays
from publisher.store.database import Store
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def state(store: Store, name: str) -> relays.RelayState:
    with store.read() as conn:
        return relays.states(conn)[name]


def park(store: Store, name: str, why: str, *, now: datetime) -> int:
    with store.write() as conn:
        return relays.park(conn, name, why=why, until=now + HOUR, now=now)


def test_a_relay_has_one_number_for_ever(store: Store) -> None:
    with store.write() as conn:
        first = relays.ids_of(conn, ["mill", "harbour"])
        assert set(first) == {"mill", "harbour"}
        assert len(set(first.values())) == 2
    with store.write() as conn:
        later = relays.ids_of(conn, ["harbour", "field", "mill", "field"])
        assert relays.ids_of(conn, []) == {}
    assert {name: later[name] for name in first} == first
    assert set(later) == {"mill", "harbour", "field"}
    assert not state(store, "mill").is_parked(NOW)
    assert state(store, "mill").id == first["mill"]


def test_a_relay_that_goes_on_refusing_is_parked_again_and_again(store: Store) -> None:
    assert park(store, "mill", "535 who are you\udcff?\0", now=NOW) == 1
    parked = state(store, "mill")
    assert (parked.parked_since, parked.parked_until) == (NOW, NOW + HOUR)
    assert parked.why == "535 who are you\\udcff?\\x00"
    assert parked.is_parked(NOW)
    assert not parked.is_parked(NOW + HOUR), "it may be tried again"
    assert park(store, "mill", "535 still", now=NOW + HOUR) == 2
    again = state(store, "mill")
    assert (again.parked_since, again.parked_until, again.why) == (NOW, NOW + 2 * HOUR, "535 still")


def test_two_senders_that_see_the_same_refusal_park_a_relay_once(store: Store) -> None:
    assert park(store, "mill", "535", now=NOW) == 1
    assert park(store, "mill", "535", now=NOW + timedelta(seconds=1)) == 1


def test_what_a_parked_relay_took_before_does_not_call_it_back_what_it_takes_after_does(store: Store) -> None:
    park(store, "mill", "535", now=NOW)
    with store.write() as conn:
        relays.took(conn, ["mill", "unheard-of"], now=NOW + HOUR / 2)
    assert state(store, "mill").is_parked(NOW + HOUR / 2)
    with store.write() as conn:
        relays.took(conn, ["mill"], now=NOW + HOUR)
    free = state(store, "mill")
    assert (free.parked_since, free.parked_until, free.parks, free.why) == (None, None, 0, "")


def test_somebody_may_say_that_a_relay_is_to_be_used_again(store: Store) -> None:
    park(store, "mill", "535", now=NOW)
    with store.write() as conn:
        assert relays.unpark(conn, "mill")
        assert not relays.unpark(conn, "mill")
        assert not relays.unpark(conn, "unheard-of")
    assert not state(store, "mill").is_parked(NOW)
    assert park(store, "mill", "535", now=NOW) == 1


def pause(store: Store, domain: str, *, now: datetime) -> int:
    with store.write() as conn:
        return destinations.pause(conn, domain, why="451 not now", until=now + HOUR, now=now)


def paused(store: Store) -> dict[str, destinations.PausedDestination]:
    with store.read() as conn:
        return destinations.paused(conn)


def test_a_domain_that_puts_all_off_again_is_paused_again(store: Store) -> None:
    assert pause(store, "readers.example", now=NOW) == 1
    assert pause(store, "others.example", now=NOW) == 1
    assert paused(store)["readers.example"].is_paused(NOW)
    assert not paused(store)["readers.example"].is_paused(NOW + HOUR)
    assert pause(store, "readers.example", now=NOW + HOUR / 2) == 1, "another sender, for the same answers"
    assert pause(store, "readers.example", now=NOW + 2 * HOUR) == 2
    kept = paused(store)["readers.example"]
    assert (kept.paused_since, kept.paused_until, kept.why) == (NOW, NOW + 3 * HOUR, "451 not now")
    assert paused(store)["others.example"].pauses == 1


def test_one_letter_that_is_taken_ends_pauses(store: Store) -> None:
    pause(store, "readers.example", now=NOW)
    with store.write() as conn:
        assert destinations.end_pause(conn, "readers.example")
        assert not destinations.end_pause(conn, "readers.example")
    assert paused(store) == {}
    assert pause(store, "readers.example", now=NOW + HOUR) == 1


def test_what_somebody_parks_stays_parked_whatever_it_answers_until_somebody_resumes_it(store: Store) -> None:
    with store.write() as conn:
        relays.park(conn, "mill", why="by hand", until=None, now=NOW)
        relays.park(conn, "mill", why="535 no", until=NOW + HOUR, now=NOW)
        relays.took(conn, ["mill"], now=NOW + HOUR)
    parked = state(store, "mill")
    assert parked.is_parked(NOW + 1000 * HOUR)
    assert (parked.parked_until, parked.parks, parked.why) == (None, 1, "by hand")
    with store.write() as conn:
        assert relays.unpark(conn, "mill")
    assert not state(store, "mill").is_parked(NOW)
