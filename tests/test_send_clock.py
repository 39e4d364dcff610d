"""A clock that jumps while letters go out: nobody is lost, nobody has a letter twice, and no run hangs."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from publisher.model.delivery import DeliveryState
from publisher.model.limit import Limit
from publisher.send.jumps import Watched
from publisher.send.route import Route
from publisher.store import destinations
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.sending import send_by
from tests.test_send_deliver import CONTEXT, relay_of, states
from tests.writers import put_issue_on_its_way

LETTERS = 120


def running(start: datetime) -> Callable[[], datetime]:
    """A clock that goes four minutes a second, so that limits have room soon."""
    begun = time.monotonic()
    return lambda: start + timedelta(minutes=4 * (time.monotonic() - begun))


def jumping(server: smtp_servers.Relay, *, after: int, by: timedelta) -> Callable[[], datetime]:
    """With so many letters taken it jumps."""
    clock = running(NOW)
    return lambda: clock() + (by if len(server.letters) >= after else timedelta())


def shifted(clock: Callable[[], datetime], by: timedelta) -> datetime:
    return clock() + by


@pytest.mark.parametrize("hours", [-24, -1, 1, 20])
@pytest.mark.parametrize("limits", [(), (Limit(letters=30, seconds=60),)], ids=["no limit", "a limit"])
def test_a_clock_that_jumps_while_letters_go_out(sqlite_store: Store, hours: int, limits: tuple[Limit, ...]) -> None:
    issue = put_issue_on_its_way(sqlite_store, LETTERS)
    put_off: set[str] = set()
    said: list[str] = []

    def answer(verb: str, argument: str, taken: int) -> bytes | None:
        """Every tenth reader is put off once."""
        if verb == "RCPT" and re.search("3@", argument) and argument not in put_off:
            put_off.add(argument)
            return b"451 4.3.0 in a moment"
        return None

    with smtp_servers.Relay(answer=answer) as server:
        clock = jumping(server, after=50, by=timedelta(hours=hours))
        route = Route(relay=relay_of(server), limits=limits)
        for run in range(60):  # a run each quarter of an hour, by the clock as it is
            later = partial(shifted, clock, timedelta(minutes=15 * run))
            report = send_by(sqlite_store, route, context=CONTEXT, clock=later, say=said.append)
            assert report.problem == ""
            if states(sqlite_store, issue) == {DeliveryState.SENT: LETTERS}:
                break
    assert states(sqlite_store, issue) == {DeliveryState.SENT: LETTERS}
    assert max(Counter(server.recipients()).values()) == 1
    assert len(put_off) == LETTERS // 10
    assert sum("the clock was set back" in words for words in said) == (hours < 0)


def test_a_clock_that_jumps_is_said_once_and_one_that_drifts_is_not() -> None:
    said: list[str] = []
    now, seconds = [NOW], [1000.0]
    watched = Watched(lambda: now[0], seconds=lambda: seconds[0], say=said.append)
    for passed, by_clock in [(60, 60), (3600, 3570), (1, 1 - 86400), (5, 5), (1, 8 * 3600), (7200, 7200)]:
        seconds[0] += passed
        now[0] += timedelta(seconds=by_clock)
        assert watched() == now[0]
    first, second = said
    assert first.startswith("the clock was set back by 1 day, 0:00:30, to ")
    assert second.startswith("the clock went forward at once by 7:59:59, to ")


@pytest.mark.parametrize("limits", [(), (Limit(letters=30, seconds=60),)], ids=["no limit", "a limit"])
def test_what_a_clock_put_off_that_was_a_day_ahead_does_not_wait_for_that_day(
    sqlite_store: Store, limits: tuple[Limit, ...]
) -> None:
    issue = put_issue_on_its_way(sqlite_store, LETTERS)

    def busy(verb: str, argument: str, taken: int) -> bytes | None:
        return b"451 4.3.0 in a moment" if verb == "RCPT" and taken >= 20 else None

    with smtp_servers.Relay(answer=busy) as server:
        route = Route(relay=relay_of(server), limits=limits)
        send_by(sqlite_store, route, context=CONTEXT, clock=running(NOW + timedelta(hours=20)))
        before = len(server.letters)
    assert states(sqlite_store, issue)[DeliveryState.DEFERRED] >= 10
    with sqlite_store.read() as conn:
        assert destinations.paused(conn), "it put off so many that its domain is left alone, too"
    with smtp_servers.Relay() as server:
        route = Route(relay=relay_of(server), limits=limits)
        for minutes in (1, 61, 66, 71):
            send_by(sqlite_store, route, context=CONTEXT, clock=running(NOW + timedelta(minutes=minutes)))
        assert len(server.recipients()) == LETTERS - before
    assert states(sqlite_store, issue) == {DeliveryState.SENT: LETTERS}
