"""Who sends: one row for each process, as long as it does.

A row says no more than that a process began; whether it still lives is seen by its lock
(`send/presence.py`) or, from another host, by how long ago it was seen. On PostgreSQL that is
measured by the server's clock, so that the clocks of hosts may differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, literal, select, update

from publisher.store import counters, schema
from publisher.store.columntypes import UtcTime
from publisher.store.upsert import insert_or_ignore, upsert

SENDERS = "senders"  # the counter of their numbers

_senders = schema.senders


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A process that sends, or died sending."""

    id: int
    host: str  # where its lock is
    pid: int
    started: datetime
    seen: datetime
    silent: timedelta  # how long ago it was seen


def enter(conn: Connection, *, host: str, pid: int, now: datetime) -> int:
    """Enter a process; its number, which no other ever gets. Until this transaction ends, others wait to enter."""
    insert_or_ignore(conn, schema.counters, {"name": SENDERS, "value": 0})
    number = counters.reserve(conn, SENDERS)
    enter_as(conn, number, host=host, pid=pid, now=now)
    return number


def enter_as(conn: Connection, sender: int, *, host: str, pid: int, now: datetime) -> None:
    """Enter a process that has a number: another host took it for dead, and it is not."""
    clock = _clock(conn, now)
    upsert(conn, _senders, {"id": sender, "host": host, "pid": pid, "started": clock, "seen": clock})


def seen(conn: Connection, sender: int, *, now: datetime) -> bool:
    """It lives; False where it is not entered any more."""
    lives = update(_senders).where(_senders.c.id == sender).values(seen=_clock(conn, now))
    return bool(conn.execute(lives).rowcount)


def leave(conn: Connection, *senders: int) -> None:
    """Take processes out: they have ended, and what they had left is put right."""
    conn.execute(delete(_senders).where(_senders.c.id.in_(senders)))


def get_all(conn: Connection, *, now: datetime) -> list[Sender]:
    """All that are entered, by number."""
    rows = conn.execute(select(_senders, _clock(conn, now).label("clock")).order_by(_senders.c.id)).mappings()
    return [_sender(dict(row)) for row in rows]


def _sender(row: dict[str, Any]) -> Sender:
    return Sender(silent=row.pop("clock") - row["seen"], **row)


def _clock(conn: Connection, now: datetime) -> ColumnElement[datetime]:
    """The time that all hosts of this database have in common."""
    return func.clock_timestamp(type_=UtcTime()) if conn.dialect.name == "postgresql" else literal(now, UtcTime())
