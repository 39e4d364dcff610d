"""What happened in each hour, counted when it happens: what the desk's charts draw, whatever the ledger's size.

Each connection to PostgreSQL counts in rows of its own: no transaction waits for another one's counting, and
so no two wait for each other in a circle, in whatever order they count. SQLite has one writer at a time anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from publisher.store import schema
from publisher.store.prepared import Prepared

_hours = schema.hours
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


class Event(StrEnum):
    """What is counted."""

    SENT = "sent"  # a relay took a letter
    DEFERRED = "deferred"  # a relay put one off
    FAILED = "failed"  # a letter will not arrive
    BOUNCED = "bounced"  # one came back by mail
    COMPLAINED = "complained"  # its reader calls it spam
    JOINED = "joined"  # a subscription began, whoever's word it was
    LEFT = "left"  # it ended


def count(conn: Connection, numbers: Mapping[Event, int], *, now: datetime, newsletter: str = "") -> None:
    """Add to this hour."""
    sender = _number_of(conn)
    for what in sorted(numbers):
        if numbers[what]:
            row = {"hour": hour_of(now), "what": what.value, "newsletter": newsletter, "sender": sender}
            _ADD.execute(conn, row | {"number": numbers[what]})


def between(
    conn: Connection, since: datetime, until: datetime, *, events: Collection[Event], newsletter: str | None = None
) -> dict[tuple[datetime, Event], int]:
    """By hour (its beginning) and event; hours in which nothing happened are left out. `newsletter` None: of all."""
    wanted = (
        select(_hours.c.hour, _hours.c.what, func.sum(_hours.c.number))
        .where(_hours.c.hour >= hour_of(since), _hours.c.hour < hour_of(until + _HOUR), _hours.c.what.in_(events))
        .group_by(_hours.c.hour, _hours.c.what)
    )
    if newsletter is not None:
        wanted = wanted.where(_hours.c.newsletter == newsletter)
    return {(_EPOCH + hour * _HOUR, Event(what)): int(number) for hour, what, number in conn.execute(wanted)}


def _number_of(conn: Connection) -> int:
    if conn.dialect.name == "sqlite":
        return 0
    driver = cast(Any, conn.connection.dbapi_connection)  # psycopg's: it knows its number without asking
    return int(driver.info.backend_pid)


def hour_of(moment: datetime) -> int:
    """Its hour, counted from 1970."""
    return (moment - _EPOCH) // _HOUR


def _adding(dialect: str) -> Any:
    insert = sqlite.insert(_hours) if dialect == "sqlite" else postgresql.insert(_hours)
    keys = [column.name for column in _hours.primary_key]
    more = {"number": _hours.c.number + insert.excluded.number}
    return insert.on_conflict_do_update(index_elements=keys, set_=more)


_ADD = Prepared({dialect: _adding(dialect) for dialect in ("sqlite", "postgresql")})
