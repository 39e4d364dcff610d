"""When a run goes on: letters behind those that must wait, relays that close connections; and what it leaves behind."""

from __future__ import annotations

import asyncio
import gc
import random
import threading
import time
import weakref
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, update

from publisher.model.limit import Limit
from publisher.send.presence import present
from publisher.send.relay import read_relay
from publisher.send.report import SendReport
from publisher.send.route import Route
from publisher.store import destinations, relays, schema
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.sending import senders_of
from tests.test_send_relays import relay_at, send
from tests.writers import put_issue_on_its_way


def test_behind_letters_that_all_must_wait_the_others_go(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 520)
    people = schema.subscribers.c
    with sqlite_store.write() as conn:
        first = func.replace(people.email, "@readers.example", "@slow.example")
        conn.execute(update(schema.subscribers).where(people.id <= 510).values(email=first))
        destinations.pause(conn, "slow.example", why="later", until=NOW + timedelta(minutes=5), now=NOW)
    with smtp_servers.Relay() as server:
        report = send(sqlite_store, relay_at(server, "one"))
    assert (report.sent, report.next_try) == (10, NOW + timedelta(minutes=5))


def test_a_limit_is_waited_for_where_the_relay_closes_its_connections_meanwhile(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 14)
    begun = time.monotonic()

    def seconds() -> float:
        return time.monotonic() - begun

    def clock() -> datetime:
        return NOW + 20 * timedelta(seconds=seconds())

    limits = (Limit(letters=10, seconds=60),)
    with smtp_servers.Relay(patience_seconds=0.8) as server:
        route = Route(relay=relay_at(server, "one", connections=2), limits=limits)
        report = send(sqlite_store, route, clock=clock, stop=lambda: seconds() > 9)
    assert (report.sent, report.stopped) == (14, False)


def test_a_parked_relay_is_not_even_called_while_another_sends(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 12)

    def slow(verb: str, argument: str, taken: int) -> None:
        if verb == "END":
            time.sleep(0.15)

    with smtp_servers.Relay() as barred, smtp_servers.Relay(answer=slow) as other:
        routes = [Route(relay=relay_at(barred, "barred")), Route(relay=relay_at(other, "other", connections=2))]
        send(sqlite_store, *routes, stop=lambda: True)
        with sqlite_store.write() as conn:
            relays.park(conn, "barred", why="by hand", until=None, now=NOW)
        assert send(sqlite_store, *routes).sent == 12
    assert (barred.connections, len(other.letters)) == (0, 12)


@pytest.fixture
def usual_threshold() -> Iterator[tuple[int, int, int]]:
    """Python's own; tests have another."""
    ours = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield 700, 10, 10
    gc.set_threshold(*ours)


class Ring:
    def __init__(self) -> None:
        self.own = self


@pytest.mark.usefixtures("usual_threshold")
def test_garbage_does_not_grow_old_by_a_run(sqlite_store: Store) -> None:
    garbage = weakref.ref(Ring())
    with smtp_servers.Relay() as server:
        send(sqlite_store, relay_at(server, "one"))
    gc.collect(1)  # all but what is old
    assert garbage() is None


def test_runs_in_two_threads_leave_the_threshold_as_it_was(
    sqlite_store: Store, usual_threshold: tuple[int, int, int]
) -> None:
    put_issue_on_its_way(sqlite_store, 1)
    landed, second_is_in, first_is_over = threading.Event(), threading.Event(), threading.Event()

    def hold(verb: str, argument: str, taken: int) -> None:
        if verb == "END":
            landed.set()
            assert second_is_in.wait(10)

    def clock() -> datetime:
        second_is_in.set()
        return NOW

    with smtp_servers.Relay(answer=hold) as server:
        relay = relay_at(server, "one")
        first = threading.Thread(target=lambda: send(sqlite_store, relay))
        second = threading.Thread(target=lambda: send(sqlite_store, relay, clock=clock, stop=first_is_over.is_set))
        first.start()
        assert landed.wait(10)
        second.start()
        first.join()
        first_is_over.set()
        second.join()
    assert gc.get_threshold() == usual_threshold


def test_beside_a_parked_relay_letters_go_at_the_pace_of_the_other(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 12)
    begun = time.monotonic()

    def clock() -> datetime:
        return NOW + 10 * timedelta(seconds=time.monotonic() - begun)

    with smtp_servers.Relay() as barred, smtp_servers.Relay() as other:
        routes = [
            Route(relay=relay_at(barred, "barred")),
            Route(relay=relay_at(other, "other"), limits=(Limit(letters=5, seconds=1),)),
        ]
        send(sqlite_store, *routes, stop=lambda: True)
        with sqlite_store.write() as conn:
            relays.park(conn, "barred", why="its login is refused", until=NOW + timedelta(minutes=30), now=NOW)
        report = send(sqlite_store, *routes, clock=clock)
    assert (report.sent, len(other.letters)) == (12, 12)


def test_a_relay_that_somebody_resumes_is_tried_in_the_same_run(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 40)
    begun = time.monotonic()
    mended = threading.Event()

    def clock() -> datetime:
        return NOW + 2 * timedelta(seconds=time.monotonic() - begun)

    def refuse(verb: str, argument: str, taken: int) -> bytes | None:
        return b"535 5.7.8 bad credentials" if verb == "AUTH" and not mended.is_set() else None

    def resume() -> None:
        parked = False
        while not parked:
            time.sleep(0.05)
            with sqlite_store.read() as conn:
                parked = "strict" in (states := relays.states(conn)) and states["strict"].parks > 0
        mended.set()
        with sqlite_store.write() as conn:
            relays.unpark(conn, "strict")

    with smtp_servers.Relay(answer=refuse, offer=("AUTH PLAIN",)) as strict, smtp_servers.Relay() as other:
        relay = read_relay(strict.url(user="desk"), name="strict", password="wrong")
        limited = Route(relay=relay_at(other, "other"), limits=(Limit(letters=2, seconds=1),))
        somebody = threading.Thread(target=resume)
        somebody.start()
        report = send(sqlite_store, Route(relay=relay), limited, clock=clock)
        somebody.join()
    assert (report.sent, report.troubles) == (40, ())
    assert len(strict.letters) > len(other.letters)


def test_who_gets_no_connection_because_others_have_them_all_says_so(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 3)
    with smtp_servers.Relay() as server, present(sqlite_store, senders_of(sqlite_store), clock=lambda: NOW):
        report = send(sqlite_store, relay_at(server, "one", connections=1))
    assert report.sent == 0
    assert "other senders use all of its connections" in report.problem
    assert report.next_try is not None


def test_a_run_that_waits_for_answers_never_looks_as_if_it_was_cancelled(sqlite_store: Store) -> None:
    """Else it would lose its patience with the database for good, though nobody stopped it."""
    put_issue_on_its_way(sqlite_store, 14)
    dice, seen = random.Random(3), list[int]()
    own: list[asyncio.Task[object]] = []

    def stop() -> bool:  # the run asks this, and patience between two of its steps
        if not own:  # others may well be cancelled: of two attempts to connect, the one that lost
            own.append(asyncio.current_task())
        seen.append(own[0].cancelling())
        return False

    def stand_still(_: SendReport) -> None:
        """So that timers which are over one after the other find that out together."""
        asyncio.get_running_loop().call_later(dice.uniform(0, 0.1), time.sleep, dice.uniform(0, 0.1))

    def answer(verb: str, argument: str, taken: int) -> None:
        if verb == "END":
            time.sleep(dice.uniform(0.05, 0.25))

    with smtp_servers.Relay(answer=answer) as server:
        report = send(sqlite_store, relay_at(server, "one", connections=1), stop=stop, progress=stand_still)
    assert report.sent == 14
    assert len(seen) > 10
    assert not any(seen)
