"""The list of addresses that no mail may go to: why, since when, by what message.

This is the one place where an address is suppressed, whoever says so: what came back, an admin, a list
that is imported. An address needs no reader for that, and where there is one it moves along.

An address is found by a keyed hash, so that it is known again after its reader was erased. The
key is made with the database and stands in `settings`: keys of links may be changed, this one never.
Known weakness: who has the whole database can try addresses one by one.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, RowMapping, cast, delete, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from publisher.errors import StorageError
from publisher.model.moves import states_before
from publisher.model.subscriber import SUBSCRIBER_MOVES, SubscriberEvent
from publisher.model.suppression import Grounds, Suppression
from publisher.store import growth, schema
from publisher.store.keylist import KEYS, listed
from publisher.store.settings import find_decided

_KEY = "suppression key"
_LOCK = cast(
    literal_column(str(int.from_bytes(b"barring"))), BigInteger
)  # nothing else of this database may lock by it
_FACTS = ("email", "since", "why", "detail", "delivery", "message", "lifted")
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
    wanted = Suppression(email=email, since=now, why=why, detail=detail, delivery=delivery, message=message)
    return bool(put_all(conn, [wanted], now=now))


def put_all(conn: Connection, wanted: Sequence[Suppression], *, now: datetime) -> set[str]:
    """The same of many, by few statements whatever their number; the addresses, in lower case, that were not before."""
    by_address = {one.email.lower(): one for one in reversed(wanted)}
    if not by_address:
        return set()
    _wait_for_joins(conn, by_address)
    _lock_readers(conn, by_address)
    # In one order for all who write, or two of them could wait for each other for ever.
    by_key = dict(sorted(_by_key(conn, by_address).items()))
    rows = [{"key": key, **_facts_of(by_address[address])} for key, address in by_key.items()]
    new = conn.execute(_putting(conn), rows).scalars().all()
    growth.ended(conn, _read_with(conn, by_address), now=now)
    _move(conn, by_address, SubscriberEvent.SUPPRESS)
    return {by_key[key] for key in new}


def _read_with(conn: Connection, addresses: Iterable[str]) -> Counter[str]:
    """How many subscriptions are read with these, by newsletter."""
    return growth.read_by(conn, _people.c.address_key.in_(listed(conn)), {KEYS: sorted(addresses)})


def _putting(conn: Connection) -> Any:
    """One that was lifted is in force again, as it is said now; one in force stays as it is, and is not returned."""
    putting = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(_table)
    changed = {name: putting.excluded[name] for name in _FACTS}
    kept = putting.on_conflict_do_update(index_elements=["key"], set_=changed, where=_table.c.lifted.is_not(None))
    return kept.returning(_table.c.key)


def _wait_for_joins(conn: Connection, addresses: Iterable[str]) -> None:
    """On PostgreSQL somebody else may just be joining one of these: a reader whom we do not see, nor they our row.

    A reader who is there is found by both. SQLite's writers wait for each other anyway.
    """
    if conn.dialect.name == "postgresql":
        keys = sorted(addresses)
        found = select(func.count()).where(_people.c.address_key.in_(listed(conn)))
        if conn.execute(found, {KEYS: keys}).scalar_one() < len(keys):
            conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _lock_readers(conn: Connection, addresses: Iterable[str]) -> None:
    """Before their rows here, as whoever confirms that mail may go there again has it: or two wait for each other."""
    if conn.dialect.name == "postgresql":
        theirs = select(_people.c.id).where(_people.c.address_key.in_(listed(conn))).order_by(_people.c.id)
        conn.execute(theirs.with_for_update(), {KEYS: sorted(addresses)})


def none_meanwhile(conn: Connection) -> None:
    """Until this transaction ends, no address is suppressed that nobody reads with: for whoever joins people."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))


def lift(conn: Connection, email: str, *, why: str, now: datetime) -> bool:
    """A person's word that mail may go there again; brings nobody back by itself. False: it was not suppressed."""
    key = _hashed(_pepper(conn), email.lower())
    found = conn.execute(select(_table.c.detail).where(_table.c.key == key, _table.c.lifted.is_(None))).one_or_none()
    if found is not None:
        told = f"{found.detail}; lifted: {why}" if found.detail else f"lifted: {why}"
        conn.execute(update(_table).where(_table.c.key == key).values(lifted=now, detail=told))
    moved = _move(conn, [email.lower()], SubscriberEvent.LIFT)
    reader = select(_people.c.id).where(_people.c.address_key == email.lower())
    conn.execute(delete(schema.standings).where(schema.standings.c.subscriber.in_(reader)))  # it begins anew
    return found is not None or moved


def forget(conn: Connection, email: str) -> None:
    """Keep no more of a suppressed address than its keyed hash and why."""
    known = update(_table).where(_table.c.key == _hashed(_pepper(conn), email.lower()))
    conn.execute(known.values(email="", detail="", message=None))


def _move(conn: Connection, addresses: Iterable[str], event: SubscriberEvent) -> bool:
    """Move the readers with these addresses, where there are any."""
    before = states_before(SUBSCRIBER_MOVES, event)
    after = SUBSCRIBER_MOVES[next(iter(before))][event]
    moved = update(_people).where(_people.c.address_key.in_(listed(conn)), _people.c.state.in_(before))
    return conn.execute(moved.values(state=after, rests_until=None), {KEYS: sorted(addresses)}).rowcount > 0


def find(conn: Connection, email: str) -> Suppression | None:
    """What stands of an address, lifted or not; None: nothing."""
    return dict(_found(conn, [email.lower()])).get(email.lower())


def in_force(conn: Connection, addresses: Iterable[str]) -> dict[str, Suppression]:
    """Those of some addresses, in lower case, that are suppressed, and what stands of them."""
    return {address: one for address, one in _found(conn, addresses) if one.lifted is None}


def among(conn: Connection, addresses: Iterable[str]) -> set[str]:
    """Those of some addresses, in lower case, that are suppressed."""
    some = select(_table.c.id).where(_table.c.lifted.is_(None)).limit(1)
    if conn.execute(some).first() is None:
        return set()  # as it is in most imports: nothing need be computed
    by_key = _by_key(conn, addresses)
    found = select(_table.c.key).where(_table.c.key.in_(listed(conn)), _table.c.lifted.is_(None))
    return {by_key[key] for key in conn.execute(found, {KEYS: sorted(by_key)}).scalars()}


def _found(conn: Connection, addresses: Iterable[str]) -> Iterator[tuple[str, Suppression]]:
    by_key = _by_key(conn, addresses)
    wanted = select(_table).where(_table.c.key.in_(listed(conn)))
    for row in conn.execute(wanted, {KEYS: sorted(by_key)}).mappings():
        yield by_key[row["key"]], _of(row)


def newest(conn: Connection, *, limit: int) -> list[Suppression]:
    """Those in force, the newest first; `limit` 0: all."""
    wanted = select(_table).where(_table.c.lifted.is_(None)).order_by(_table.c.since.desc(), _table.c.id.desc())
    return [_of(row) for row in conn.execute(wanted.limit(limit or None)).mappings()]


def pages(conn: Connection, *, size: int) -> Iterator[list[Suppression]]:
    """Those in force whose address was not erased, in the order in which they were written down, so many at a time."""
    known, after = (_table.c.lifted.is_(None), _table.c.email != ""), 0
    while True:
        wanted = select(_table).where(*known, _table.c.id > after).order_by(_table.c.id).limit(size)
        page = [_of(row) for row in conn.execute(wanted).mappings()]
        if not page:
            return
        yield page
        after = page[-1].id


def count(conn: Connection) -> int:
    """How many are in force."""
    number: int = conn.execute(select(func.count()).where(_table.c.lifted.is_(None))).scalar_one()
    return number


def _of(row: RowMapping) -> Suppression:
    facts = {name: row[name] for name in ("id", *_FACTS) if name != "why"}
    return Suppression(**facts, why=Grounds(row["why"]))


def _facts_of(one: Suppression) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _FACTS}


def _by_key(conn: Connection, addresses: Iterable[str]) -> dict[str, str]:
    pepper = _pepper(conn)
    return {_hashed(pepper, address): address for address in addresses}


def _hashed(pepper: bytes, address: str) -> str:
    return hmac.digest(pepper, address.encode("utf-8", "surrogatepass"), "sha256").hex()


def _pepper(conn: Connection) -> bytes:
    kept = find_decided(conn, _KEY)
    if kept is None:
        raise StorageError(f"the row {_KEY!r} is missing from the table settings; restore a backup", retry=False)
    return bytes.fromhex(kept)
