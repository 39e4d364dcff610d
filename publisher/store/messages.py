"""Messages that came back, as they came: kept before anything is made of them, each of them once."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select, update

from publisher.model.incoming import Kind
from publisher.model.keptmessage import RAW_KEPT_FOR, Acted, KeptMessage
from publisher.store import schema
from publisher.store.upsert import insert_or_ignore

_table = schema.messages
_FACTS = (
    "id", "digest", "came", "came_by", "kind", "delivery", "subscription", "subscriber", "reason", "address", "detail",
)  # fmt: skip
_COLUMNS = [_table.c[name] for name in (*_FACTS, "came_to", "acted")]
_LEVEL = 6


def keep(conn: Connection, digest: str, octets: bytes, *, came_by: str, came_to: tuple[str, ...], now: datetime) -> int:
    """Keep a message, or find the same one; its number."""
    row: dict[str, object] = dict.fromkeys(("kind", "reason", "address", "detail", "acted"), "")
    row |= {
        "digest": digest,
        "came": now,
        "came_by": came_by,
        "came_to": " ".join("".join(one.split()) for one in came_to),
    }
    insert_or_ignore(conn, _table, row | {"raw": zlib.compress(octets, _LEVEL)})
    number: int = conn.execute(select(_table.c.id).where(_table.c.digest == digest)).scalar_one()
    return number


def lock_unread(conn: Connection, message: int) -> KeptMessage | None:
    """A message with its octets, for acting on it; None where that was done."""
    wanted = select(*_COLUMNS, _table.c.raw).where(_table.c.id == message, _table.c.acted == Acted.NOT_YET)
    row = conn.execute(wanted.with_for_update()).mappings().one_or_none()
    return _of(row) if row else None


def unread(conn: Connection, *, after: int, limit: int) -> list[int]:
    """The numbers of messages that nothing was made of yet."""
    wanted = select(_table.c.id).where(_table.c.acted == Acted.NOT_YET, _table.c.id > after)
    return list(conn.execute(wanted.order_by(_table.c.id).limit(limit)).scalars())


def settle(conn: Connection, message: int, facts: Mapping[str, Any]) -> None:
    """Write down what a message is, and what was done."""
    conn.execute(update(_table).where(_table.c.id == message).values(**facts))


def find(conn: Connection, message: int) -> KeptMessage | None:
    """A message with its octets, if they are kept still."""
    row = conn.execute(select(*_COLUMNS, _table.c.raw).where(_table.c.id == message)).mappings().one_or_none()
    return _of(row) if row else None


def newest(conn: Connection, *, limit: int, kind: str = "", acted: str = "") -> list[KeptMessage]:
    """Messages, the newest first, of one kind or one end; `limit` 0: all."""
    wanted = select(*_COLUMNS)
    if kind:
        wanted = wanted.where(_table.c.kind == kind)
    if acted:
        wanted = wanted.where(_table.c.acted == acted)
    return _all(conn, wanted.order_by(_table.c.id.desc()).limit(limit or None))


def of_subscriber(conn: Connection, subscriber: int, *, limit: int) -> list[KeptMessage]:
    """What came back of a reader's letters, the newest first."""
    wanted = select(*_COLUMNS).where(_table.c.subscriber == subscriber)
    return _all(conn, wanted.order_by(_table.c.id.desc()).limit(limit))


def by_reason(conn: Connection, issue: int) -> dict[tuple[str, str], int]:
    """How many letters of an issue came back or were complained of, by kind and reason, most first."""
    letters = func.count(func.distinct(_table.c.delivery))
    kinds = (Kind.BOUNCE, Kind.COMPLAINT)
    wanted = (
        select(_table.c.kind, _table.c.reason, letters)
        .where(_table.c.issue == issue, _table.c.kind.in_(kinds))
        .group_by(_table.c.kind, _table.c.reason)
        .order_by(_table.c.kind, letters.desc(), _table.c.reason)
    )
    return {(kind, reason): number for kind, reason, number in conn.execute(wanted)}


def of_delivery(conn: Connection, delivery: int) -> list[KeptMessage]:
    """What came back of a letter, the newest first."""
    return _all(conn, select(*_COLUMNS).where(_table.c.delivery == delivery).order_by(_table.c.id.desc()))


def any_old(conn: Connection, *, now: datetime) -> bool:
    """Whether `forget_old` would do anything."""
    return conn.execute(select(_table.c.id).where(*_are_old(now)).limit(1)).first() is not None


def forget_old(conn: Connection, *, now: datetime) -> int:
    """Drop the octets and addresses of messages whose time is over; what they were stays. How many."""
    old = update(_table).where(*_are_old(now))
    return conn.execute(old.values(raw=None, address="", came_to="")).rowcount


def _are_old(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _table.c.came < now - RAW_KEPT_FOR, _table.c.raw.is_not(None), _table.c.acted != Acted.NOT_YET


def _all(conn: Connection, wanted: Select[Any]) -> list[KeptMessage]:
    return [_of(row) for row in conn.execute(wanted).mappings()]


def _of(row: RowMapping) -> KeptMessage:
    raw = row.get("raw")
    return KeptMessage(
        **{name: row[name] for name in _FACTS},
        came_to=tuple(row["came_to"].split()),
        acted=Acted(row["acted"]),
        raw=zlib.decompress(raw) if raw is not None else None,
    )
