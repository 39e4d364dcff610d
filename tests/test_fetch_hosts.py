"""Being a good guest, by a clock that is handed in."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from publisher.fetch.hosts import Hosts


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


def test_the_distance_counts_from_the_end_of_a_request_and_for_each_host() -> None:
    clock = Clock()
    hosts = Hosts(apart=timedelta(seconds=1), clock=clock.now, sleep=clock.sleep)
    with hosts.turn("gazette.example"):
        clock.seconds += 5
    with hosts.turn("herald.example"):
        clock.seconds += 0.25
    with hosts.turn("Gazette.example"):
        assert clock.slept == [0.75]
    clock.seconds += 1
    with hosts.turn("gazette.example"):
        assert clock.slept == [0.75]


def test_hosts_that_nobody_asks_any_more_are_forgotten_and_those_that_rest_are_not() -> None:
    """A server that redirects to another host each time costs no memory in the long run."""
    clock = Clock()
    hosts = Hosts(apart=timedelta(seconds=1), clock=clock.now, sleep=clock.sleep)
    for number in range(10_000):
        with hosts.turn(f"h{number}.example"):
            clock.seconds += 0.25
    assert len(hosts._doors) <= 2000
    with hosts.turn("h9999.example"):
        assert clock.slept == [1.0]


def test_a_request_that_fails_leaves_the_door_open_for_the_next() -> None:
    clock = Clock()
    hosts = Hosts(apart=timedelta(seconds=1), clock=clock.now, sleep=clock.sleep)
    for _ in range(2):
        with suppress(ZeroDivisionError), hosts.turn("gazette.example"):
            clock.seconds /= 0
    assert clock.slept == [1.0]
