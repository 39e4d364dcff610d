"""Which sources a round visits, and by which clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from publisher.collect.collector import Desk, Source
from publisher.collect.rounds import Round, collect_all
from publisher.collect.visit import Call
from publisher.store import sources
from publisher.store.database import Store
from tests.test_collect_polite import HOUR, a_source, at, desk, feed, state_of, store
from tests.web_stand import Answer, Stand, web_stand

__all__ = ["desk", "store"]  # fixtures

MINUTE = timedelta(minutes=1)
HOSTS = tuple(f"h{number}.example" for number in range(5))


def five(stand: Stand) -> list[Source]:
    return [a_source(f"s{number}", at(stand, host, "/feed")) for number, host in enumerate(HOSTS)]


@pytest.fixture
def wide(desk: Desk) -> Desk:
    return replace(desk, limits=replace(desk.limits, private_hosts=frozenset(HOSTS)))


def test_rest_begins_when_it_is_asked_for_and_not_when_the_round_began(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(feed=Answer(status=429, headers={"Retry-After": "600"})) as stand:
        collect_all(store, [a_source("wire", stand.url("/feed"))], desk, Round(now=now, passed=lambda: 3 * MINUTE))
    assert state_of(store, "wire").wait_until == now + 13 * MINUTE


def test_a_visit_late_in_a_round_is_written_down_at_its_time(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(feed=Answer(feed(1))) as stand:
        collect_all(store, [a_source("wire", stand.url("/feed"))], desk, Round(now=now, passed=lambda: 3 * MINUTE))
    assert state_of(store, "wire").last_success == now + 3 * MINUTE


def test_of_many_sources_those_are_visited_whose_time_has_come(store: Store, wide: Desk, now: datetime) -> None:
    with web_stand(feed=Answer(feed(1))) as stand:
        given = five(stand)
        assert len(collect_all(store, given, wide, Round(now=now, call=Call.DUE))) == 5
        with store.write() as conn:
            for number, state in enumerate(sources.get_all(conn)):
                sources.put(conn, replace(state, next_visit=now + number * HOUR, stopped=number == 1))
        given[4] = a_source("s4", at(stand, HOSTS[4], "/feed?another"))  # config.toml has another address by now
        stand.answers["/feed?another"] = Answer(feed(1))
        reports = collect_all(store, [*given, a_source("s9", stand.url("/feed"))], wide, Round(now=now, call=Call.DUE))
        assert [one.source for one in reports] == ["s0", "s4", "s9"]
        later = collect_all(store, given, wide, Round(now=now + 3 * HOUR, call=Call.DUE))
        assert [one.source for one in later] == ["s0", "s2", "s3", "s4"]


def test_a_source_that_is_not_due_speaks_for_its_host(store: Store, desk: Desk, now: datetime) -> None:
    """Its server asked for rest: another source there, though due, waits too, unless that one has moved away."""
    with web_stand(a=Answer(status=429, headers={"Retry-After": "7200"}), b=Answer(feed(1))) as stand:
        resting = a_source("a", at(stand, "one.example", "/a"))
        due = a_source("b", at(stand, "one.example", "/b"))
        collect_all(store, [resting], desk, Round(now=now, call=Call.DUE))
        assert collect_all(store, [resting, due], desk, Round(now=now + HOUR, call=Call.DUE)) == []
        moved = a_source("a", at(stand, "two.example", "/b"))
        reports = collect_all(store, [moved, due], desk, Round(now=now + HOUR, call=Call.DUE))
    assert [one.source for one in reports] == ["a", "b"]


def test_a_host_that_takes_too_long_does_not_hold_up_the_next_round_and_all_have_their_turn(
    store: Store, desk: Desk, now: datetime
) -> None:
    """Each source of it takes three minutes: two a round, and the longest due go first."""
    with web_stand(feed=Answer(feed(1)), quick=Answer(feed(2))) as stand:
        given = [a_source(f"s{number}", at(stand, "one.example", "/feed"), every=5 * MINUTE) for number in range(5)]
        quick = a_source("quick", at(stand, "two.example", "/quick"))
        rounds = []
        for number in range(4):
            asked = len(stand.asked)
            slow = Round(
                now=now + number * 10 * MINUTE,
                passed=lambda: sum(("one." in asked["host"] for asked in stand.asked[asked:]), 0) * 3 * MINUTE,
                call=Call.DUE,
            )
            rounds.append({one.source for one in collect_all(store, [*given, quick], desk, slow)})
    assert rounds[0] == {"s0", "s1", "quick"}
    assert rounds[1] == {"s2", "s3"}
    assert "s4" in rounds[2]
    assert set().union(*rounds) == {"quick", *(source.name for source in given)}


def test_by_hand_all_are_visited_however_long_it_takes(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(feed=Answer(feed(1))) as stand:
        given = [a_source(f"s{number}", stand.url("/feed")) for number in range(3)]
        slow = Round(now=now, passed=lambda: len(stand.asked) * HOUR, call=Call.ALL)
        assert len(collect_all(store, given, desk, slow)) == 3
