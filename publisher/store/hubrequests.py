"""What was asked of our hub and is not confirmed yet, and whom it still has to tell that it lost a feed.

A request changes nothing before its callback confirmed it (WebSub §5.1): it stands beside
the subscription, and of two for one callback the newer counts. A request is named by its
number and its moment, since SQLite gives the number of a deleted row away again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, union_all, update

from publisher.store import schema

SUBSCRIBE, DENIED = "subscribe", "denied"

_requests = schema.hub_requests
_subscriptions = schema.hub_subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRequest:
    """One of them."""

    id: int
    topic: str
    callback: str
    host: str  # of the callback, in lower case
    mode: str  # `subscribe`, `unsubscribe`, `denied`
    secret: str = field(repr=False)
    lease_seconds: int
    asked: datetime
    attempts: int
    next_try: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many subscriptions there are, with those that are asked for."""

    all: int
    at_host: int
    asked: int  # requests that are to be confirmed, of either kind


def put(conn: Connection, wish: Mapping[str, object], *, now: datetime) -> None:
    """Keep what is asked: topic, callback, host, mode, secret, lease_seconds. An older request is forgotten."""
    same = (_requests.c.topic == wish["topic"], _requests.c.callback == wish["callback"])
    conn.execute(delete(_requests).where(*same))
    conn.execute(_requests.insert().values(**wish, asked=now, attempts=0, next_try=now))


def room(conn: Connection, topic: str, callback: str, host: str) -> Room:
    """What counts against our bounds; not counting who asks, who may be there already."""
    pairs = union_all(
        select(_subscriptions.c.topic, _subscriptions.c.callback, _subscriptions.c.host),
        select(_requests.c.topic, _requests.c.callback, _requests.c.host).where(_requests.c.mode == SUBSCRIBE),
    ).subquery()
    others = select(func.count(), func.count().filter(pairs.c.host == host)).select_from(pairs)
    others = others.where((pairs.c.topic != topic) | (pairs.c.callback != callback))
    counted = conn.execute(others).one()
    asked = conn.execute(select(func.count()).where(_requests.c.mode != DENIED)).scalar_one()
    return Room(all=counted[0], at_host=counted[1], asked=asked)


def ripe(conn: Connection, *, now: datetime, after: int, most: int) -> list[HubRequest]:
    """Those to be asked or told about now, by number."""
    wanted = select(_requests).where(_requests.c.next_try <= now, _requests.c.id > after)
    rows = conn.execute(wanted.order_by(_requests.c.id).limit(most)).mappings()
    return [HubRequest(**row) for row in rows]


def drop(conn: Connection, request: HubRequest) -> bool:
    """It is settled; False where a newer one has taken its place."""
    return bool(conn.execute(delete(_requests).where(_is(request))).rowcount)


def put_off(conn: Connection, request: HubRequest, *, until: datetime) -> bool:
    """Nobody answered; try again."""
    later = update(_requests).where(_is(request)).values(attempts=request.attempts + 1, next_try=until)
    return bool(conn.execute(later).rowcount)


def deny(conn: Connection, topic: str, *, now: datetime) -> int:
    """A feed is no more: end its subscriptions, and let each callback be told (WebSub §5.2)."""
    conn.execute(delete(_requests).where(_requests.c.topic == topic))
    lost = select(_subscriptions.c.callback, _subscriptions.c.host).where(_subscriptions.c.topic == topic)
    told = {"topic": topic, "mode": DENIED, "secret": "", "lease_seconds": 0}
    rows = [
        {**told, "callback": row.callback, "host": row.host, "asked": now, "attempts": 0, "next_try": now}
        for row in conn.execute(lost)
    ]
    if rows:
        conn.execute(_requests.insert(), rows)
        conn.execute(delete(_subscriptions).where(_subscriptions.c.topic == topic))
    return len(rows)


def _is(request: HubRequest) -> ColumnElement[bool]:
    return and_(_requests.c.id == request.id, _requests.c.asked == request.asked)
