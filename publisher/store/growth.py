"""Who begins to get a newsletter, and who ceases to: counted by the hour, in the transaction in which it happens.

A subscription is read while it is active and its reader's address is confirmed. Over all hours, those
that began less those that ended are just the ones that are read; a test holds every way in and out to that.
Who leaves and comes back counts both times; who changes cadence or address counts as neither.

Known weakness: on PostgreSQL somebody who is added in the very moment in which they are suppressed may be
counted as joined though nothing is sent to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from publisher.model.subscriber import SubscriberState, SubscriptionState
from publisher.store import hours, schema
from publisher.store.hours import Event

_people, _wishes = schema.subscribers, schema.subscriptions


def read_by(conn: Connection, these: ColumnElement[bool], given: Mapping[str, Any] | None = None) -> Counter[str]:
    """How many subscriptions of some readers are read, by newsletter."""
    wanted = (
        select(_wishes.c.newsletter, func.count().label("readers"))
        .join(_people, _people.c.id == _wishes.c.subscriber)
        .where(these, _people.c.state == SubscriberState.CONFIRMED, _wishes.c.state == SubscriptionState.ACTIVE)
        .group_by(_wishes.c.newsletter)
    )
    return Counter({row.newsletter: row.readers for row in conn.execute(wanted, given or {})})


@contextmanager
def counted(conn: Connection, *subscribers: int, now: datetime) -> Iterator[None]:
    """Count what the block changes for some readers, whom the caller has locked."""
    before = read_by(conn, _people.c.id.in_(subscribers))
    yield
    after = read_by(conn, _people.c.id.in_(subscribers))
    began(conn, after - before, now=now)
    ended(conn, before - after, now=now)


def began(conn: Connection, newsletters: Mapping[str, int], *, now: datetime) -> None:
    """So many subscriptions to each newsletter are read from now on."""
    _count(conn, Event.JOINED, newsletters, now=now)


def ended(conn: Connection, newsletters: Mapping[str, int], *, now: datetime) -> None:
    """The same, of those that are read no more."""
    _count(conn, Event.LEFT, newsletters, now=now)


def _count(conn: Connection, event: Event, newsletters: Mapping[str, int], *, now: datetime) -> None:
    for slug in sorted(newsletters):
        hours.count(conn, {event: newsletters[slug]}, now=now, newsletter=slug)


def of_newsletters(places: Collection[tuple[str, str]]) -> Counter[str]:
    """How many of some places are at each newsletter."""
    return Counter(slug for slug, _ in places)
