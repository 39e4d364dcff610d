"""How many letters whoever is limited was given, and until when letters stand that a limit puts off.

A key is `relay:NAME` or `destination:NAME`; of a queue it may be `relays:A,B`, too. Letters are
counted when they are answered, by slots (`model/limit.py`), one row a slot; those on the wire are
read from the ledger. What may be marked is decided above, in `send/limits.py`.

`lock` comes first in a transaction that settles, counts or marks letters under a limit: until it
ends, no other sender reads what this one is about to change. There is one lock for all keys. A
transaction touches several, and rows of the ledger, in an order that it does not know before:
with a lock for each key, senders would wait for one another in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, bindparam, cast, delete, func, literal_column, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.limit import SLOTS, Limit, oldest_slot, slot_at
from publisher.store import schema
from publisher.store.upsert import upsert

_NUMBER = int.from_bytes(b"limits")  # of the lock: nothing else of this database may lock by it

OF_SIGN_UPS = "signup:"  # how their keys begin

_uses = schema.uses
_queues = schema.queues

# Issues that may have letters on the wire: one that is paused, cancelled, or resumed a moment ago, too.
_ON_THEIR_WAY = (IssueState.QUEUED, IssueState.SENDING, IssueState.PAUSED, IssueState.CANCELLED)


def lock(conn: Connection, keys: Collection[str]) -> None:
    """Let other senders wait, with what they do under limits, until this transaction ends; without a key, none does."""
    if keys and conn.dialect.name == "postgresql":  # SQLite has one writing transaction at a time anyway
        conn.execute(_LOCK)


def used(conn: Connection, key: str, limits: Iterable[Limit], *, now: datetime) -> dict[int, dict[int, int]]:
    """By length of window in seconds and by slot, the letters that count now."""
    found: dict[int, dict[int, int]] = {limit.seconds: {} for limit in limits}
    oldest = {seconds: oldest_slot(now, seconds) for seconds in found}
    for seconds, slot, letters in conn.execute(_OF_KEY, {"of": key}) if found else ():
        if seconds in found and slot >= oldest[seconds]:
            found[seconds][slot] = letters
    return found


def count(conn: Connection, key: str, limits: Iterable[Limit], letters: int, *, now: datetime) -> None:
    """Count letters that were answered, once for each length of window; slots that are too old go."""
    wanted = tuple(limits)
    if wanted and letters:
        lock(conn, [key])
        add(conn, key, wanted, letters, now=now)


def add(conn: Connection, key: str, limits: Iterable[Limit], letters: int, *, now: datetime) -> None:
    """The same without the lock, for a key that no sender reads."""
    lengths = sorted({limit.seconds for limit in limits})
    rows = [{"key": key, "seconds": one, "slot": slot_at(now, one), "letters": letters} for one in lengths]
    conn.execute(_ADD[conn.dialect.name], rows)
    conn.execute(_DROP, [{"of": key, "length": one, "oldest": oldest_slot(now, one)} for one in lengths])


def put_right(conn: Connection, *, now: datetime) -> int:
    """Let letters that were counted more than a window ahead of now count as of now; how many these are.

    A clock that was wrong and is right again counted them. Without this, their limit would stop
    all letters until that time comes. Also drops what no longer counts, of whatever key.
    """
    windows = conn.execute(select(_uses.c.key, _uses.c.seconds).distinct()).all()
    moved = 0
    for key, seconds in windows:
        slot = slot_at(now, seconds)
        of_window = (_uses.c.key == key, _uses.c.seconds == seconds)
        late = delete(_uses).where(*of_window, _uses.c.slot > slot + SLOTS).returning(_uses.c.letters)
        letters = sum(conn.execute(late).scalars())
        if letters:
            row = {"key": key, "seconds": seconds, "slot": slot, "letters": letters}
            conn.execute(_ADD[conn.dialect.name], [row])
        conn.execute(delete(_uses).where(*of_window, _uses.c.slot < slot - SLOTS))
        moved = max(moved, letters)
    return moved


def in_flight(conn: Connection) -> list[tuple[int | None, str]]:
    """Relay and domain of the reader, for each letter that any sender has on the wire.

    A few rows, found issue by issue through the index of what is not settled.
    """
    return _relays_and_domains(conn, _ON_THE_WIRE)


def lost(conn: Connection, alive: Collection[int]) -> list[tuple[int | None, str]]:
    """The same for letters of senders that do not live: before they are in doubt, they are to be counted.

    When they came to their relay nobody knows; it may be now.
    """
    sender = schema.deliveries.c.sender
    return _relays_and_domains(conn, _ON_THE_WIRE.where(or_(sender.is_(None), sender.not_in(alive))))


def _relays_and_domains(conn: Connection, wanted: Select[int | None, str]) -> list[tuple[int | None, str]]:
    return [(relay, email.rpartition("@")[2].lower()) for relay, email in conn.execute(wanted)]


def queue_end(conn: Connection, key: str) -> datetime | None:
    """Until when letters of a key were put off; None: none were."""
    return conn.execute(select(_queues.c.until).where(_queues.c.key == key)).scalar_one_or_none()


def set_queue_end(conn: Connection, key: str, until: datetime) -> None:
    """Keep until when letters of a key were put off."""
    upsert(conn, _queues, {"key": key, "until": until})


def _add(dialect: str) -> Any:
    added = (sqlite if dialect == "sqlite" else postgresql).insert(_uses)
    return added.on_conflict_do_update(
        index_elements=["key", "seconds", "slot"], set_={"letters": _uses.c.letters + added.excluded.letters}
    )


def _on_the_wire() -> Select[int | None, str]:
    ledger, people, wishes, issues = schema.deliveries, schema.subscribers, schema.subscriptions, schema.issues
    return (
        select(ledger.c.relay, people.c.email)
        .select_from(
            ledger.join(issues, issues.c.id == ledger.c.issue)
            .join(wishes, wishes.c.id == ledger.c.subscription)
            .join(people, people.c.id == wishes.c.subscriber)
        )
        .where(
            issues.c.state.in_(_ON_THEIR_WAY),
            ledger.c.state == DeliveryState.SENDING,
            schema.UNSETTLED,
        )
    )


# Built once: while letters go out under a limit, these are executed at each turn.
_LOCK = select(func.pg_advisory_xact_lock(cast(literal_column(str(_NUMBER)), BigInteger)))
_OF_KEY = select(_uses.c.seconds, _uses.c.slot, _uses.c.letters).where(_uses.c.key == bindparam("of"))
_ADD = {dialect: _add(dialect) for dialect in ("sqlite", "postgresql")}
_DROP = delete(_uses).where(
    _uses.c.key == bindparam("of"), _uses.c.seconds == bindparam("length"), _uses.c.slot < bindparam("oldest")
)
_ON_THE_WIRE = _on_the_wire()
