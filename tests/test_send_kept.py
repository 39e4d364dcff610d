"""Limits as a run of the sender keeps them: over days of a warm-up, and beyond the death of a sender."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from publisher.model.delivery import DeliveryState
from publisher.send.limits import DAY_SECONDS, Limit
from publisher.send.route import Destination, Route
from publisher.send.warmup import WarmUp
from publisher.store import relays, schema, senders
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.sending import send_by
from tests.test_send_deliver import CONTEXT, relay_of, states
from tests.writers import put_issue_on_its_way

TEN_AN_HOUR = (Limit(letters=10, seconds=3600),)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def from_then_on(moment: datetime) -> Callable[[], datetime]:
    """A clock that goes a minute a second: a run waits for a limit that has room soon."""
    begun = time.monotonic()
    return lambda: moment + timedelta(minutes=time.monotonic() - begun)


def leave_on_the_wire(store: Store, letters: int) -> None:
    """A sender of this relay has died: so many letters say `sending`."""
    with store.write() as conn:
        (relay,) = relays.ids_of(conn, ["test"]).values()
        sender = senders.enter(conn, host="a machine that is no more", pid=1, now=NOW)
        conn.execute(update(schema.senders).values(seen=NOW - DAY))
        ids = conn.execute(select(schema.deliveries.c.id).limit(letters)).scalars().all()
        lost = update(schema.deliveries).where(schema.deliveries.c.id.in_(ids))
        conn.execute(lost.values(state=DeliveryState.SENDING, sender=sender, relay=relay, attempts=1))


@pytest.mark.parametrize("limited", ["relay", "destination"])
def test_what_a_dead_sender_had_on_the_wire_counts_as_given(store: Store, limited: str) -> None:
    issue = put_issue_on_its_way(store, 30)
    leave_on_the_wire(store, 4)
    readers = Destination(name="readers.example", domains=frozenset({"readers.example"}), limits=TEN_AN_HOUR)
    with smtp_servers.Relay() as server:

        def run(after: timedelta) -> int:
            route = Route(relay=relay_of(server), limits=TEN_AN_HOUR if limited == "relay" else ())
            places = (readers,) if limited == "destination" else ()
            return send_by(store, route, context=CONTEXT, destinations=places, clock=from_then_on(NOW + after)).sent

        assert run(timedelta()) == 6
        assert states(store, issue)[DeliveryState.IN_DOUBT] == 4
        assert run(HOUR / 2) == 0
        assert 0 < run(2 * HOUR) <= 10
    assert max(Counter(server.recipients()).values()) == 1


def test_a_relay_is_warmed_up_over_days_and_then_carries_what_it_can(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 400)
    with sqlite_store.write() as conn:
        conn.execute(update(schema.issues).values(expires=NOW + 30 * DAY))
    warm_up = WarmUp(since=NOW.date() + DAY, first_day=10, growth=2, days=4)
    by_day: Counter[date] = Counter()
    taken = []
    with smtp_servers.Relay() as server:
        route = Route(relay=relay_of(server), limits=(Limit(letters=120, seconds=DAY_SECONDS),), warm_up=warm_up)
        for hour in range(0, 9 * 24, 3):
            now = NOW + hour * HOUR
            before = len(server.letters)
            send_by(sqlite_store, route, context=CONTEXT, clock=from_then_on(now))
            by_day[now.date()] += len(server.letters) - before
            taken += [now] * (len(server.letters) - before)
    most = [10, 10, 20, 40, 80, 120, 120, 120, 120]  # the first is the day before it begins
    carried = [by_day[NOW.date() + day * DAY] for day in range(9)]
    assert all(letters <= limit for letters, limit in zip(carried, most, strict=True)), carried
    assert carried[0] == 10, "as on its first day"
    assert all(letters > limit / 2 for letters, limit in zip(carried[:6], most[:6], strict=True)), carried
    for moment in taken:
        allowed = most[(moment.date() - NOW.date()).days]
        assert sum(moment - DAY < other <= moment for other in taken) <= allowed, "in any 24 hours"
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 400}
    assert len(set(server.recipients())) == len(server.letters) == 400
