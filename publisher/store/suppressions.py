"""The list of addresses that no mail may go to: why, since when, by what message.

An address is found by a keyed hash, so that it is known again after its reader was erased. The
key is made with the database and stands in `settings`: keys of links may be changed, this one never.
Known weakness: who has the whole database can try addresses one by one.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, RowMapping, Text, bindparam, cast, delete, func, insert, select, update

from publisher.errors import StorageError
from publisher.model.moves import states_before
from publisher.model.subscriber import SUBSCRIBER_MOVES, SubscriberEvent
from publisher.model.suppression import Grounds, Suppression
from publisher.store import schema
from publisher.store.settings import find_decided

_KEY = "suppression key"
_table = schema.suppressions
_people = schema.subscribers


def put(
    conn: Connection,
    email: str,
    *,
    why: Grounds,
    detail: str,
    now: datetime,
    delivery: int | None = None,
    message: int | None = None,
) -> bool:
    """Suppress an address, and the reader who has it; False where it was before: the first reason stays."""
    facts: dict[str, Any] = {"email": email, "since": now, "why": why, "detail": detail}
    facts |= {"delivery": delivery, "message": message, "lifted": None}
    key = _key_of(conn, email)
    known = conn.execute(select(_table.c.lifted).where(_table.c.key == key).with_for_update()).one_or_none()
    if known is None:
        conn.execute(insert(_table).values(key=key, **facts))
    elif known.lifted is not None:
        conn.execute(update(_table).where(_table.c.key == key).values(**facts))
    _move(conn, email, SubscriberEvent.SUPPRESS)
    return known is None or known.lifted is not None


def lift(conn: Connection, email: str, *, why: str, now: datetime) -> bool:
    """A person's word that mail may go there again; brings nobody back by itself. False: it was not suppressed."""
    key = _key_of(conn, email)
    found = conn.execute(select(_table.c.detail).where(_table.c.key == key, _table.c.lifted.is_(None))).one_or_none()
    if found is not None:
        told = f"{found.detail}; lifted: {why}" if found.detail else f"lifted: {why}"
        conn.execute(update(_table).where(_table.c.key == key).values(lifted=now, detail=told))
    moved = _move(conn, email, SubscriberEvent.LIFT)
    reader = select(_people.c.id).where(_people.c.address_key == email.lower())
    conn.execute(delete(schema.standings).where(schema.standings.c.subscriber.in_(reader)))  # it begins anew
    return found is not None or moved


def _move(conn: Connection, email: str, event: SubscriberEvent) -> bool:
    """Move the reader with this address, if there is one."""
    before = states_before(SUBSCRIBER_MOVES, event)
    after = SUBSCRIBER_MOVES[next(iter(before))][event]
    moved = update(_people).where(_people.c.address_key == email.lower(), _people.c.state.in_(before))
    return conn.execute(moved.values(state=after, rests_until=None)).rowcount > 0


def find(conn: Connection, email: str) -> Suppression | None:
    """What stands of an address, lifted or not; None: nothing."""
    row = conn.execute(select(_table).where(_table.c.key == _key_of(conn, email))).mappings().one_or_none()
    return _of(row) if row else None


def among(conn: Connection, address_keys: Iterable[str]) -> set[str]:
    """Those of some addresses, in lower case, that are suppressed."""
    in_force = select(_table.c.id).where(_table.c.lifted.is_(None)).limit(1)
    if conn.execute(in_force).first() is None:
        return set()  # as it is in most imports: nothing need be computed
    pepper = _pepper(conn)
    by_key = {_hashed(pepper, one): one for one in address_keys}
    keys = bindparam("keys", type_=JSON)
    if conn.dialect.name == "postgresql":
        asked = select(cast(func.json_array_elements_text(keys).table_valued("value").c.value, Text))
    else:
        asked = select(func.json_each(keys).table_valued("value").c.value)
    wanted = select(_table.c.key).where(_table.c.lifted.is_(None), _table.c.key.in_(asked))
    return {by_key[key] for key in conn.execute(wanted, {"keys": sorted(by_key)}).scalars()}


def newest(conn: Connection, *, limit: int) -> list[Suppression]:
    """Those in force, the newest first; `limit` 0: all."""
    wanted = select(_table).where(_table.c.lifted.is_(None)).order_by(_table.c.since.desc(), _table.c.id.desc())
    return [_of(row) for row in conn.execute(wanted.limit(limit or None)).mappings()]


def count(conn: Connection) -> int:
    """How many are in force."""
    number: int = conn.execute(select(func.count()).where(_table.c.lifted.is_(None))).scalar_one()
    return number


def _of(row: RowMapping) -> Suppression:
    facts = {name: row[name] for name in ("id", "email", "since", "detail", "delivery", "message", "lifted")}
    return Suppression(**facts, why=Grounds(row["why"]))


def _key_of(conn: Connection, email: str) -> str:
    return _hashed(_pepper(conn), email.lower())


def _hashed(pepper: bytes, address_key: str) -> str:
    return hmac.digest(pepper, address_key.encode("utf-8", "surrogatepass"), "sha256").hex()


def _pepper(conn: Connection) -> bytes:
    kept = find_decided(conn, _KEY)
    if kept is None:
        raise StorageError(f"the row {_KEY!r} is missing from the table settings; restore a backup", retry=False)
    return bytes.fromhex(kept)
