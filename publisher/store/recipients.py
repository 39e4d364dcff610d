"""Who got an issue, in pages: by state, reason, domain or address, with what the relay said last.

Theory. A page goes on where the one before it ended, along an index: that of what is under way, that
of what is in trouble, or that of all letters of the issue, by subscription. A filter that no index
serves (a domain) looks at so many rows and no more; where it found too few, the page says where the
next one goes on. So a page costs the same in an issue of a million letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, literal, or_, select

from publisher.model.delivery import UNSETTLED, DeliveryState
from publisher.store import schema, subscribers

LOOKED_AT = 5000  # rows of the ledger for a page

_ledger, _wishes, _people = schema.deliveries, schema.subscriptions, schema.subscribers
_FACTS = ("id", "state", "attempts", "changed", "next_try", "code", "enhanced", "reply", "reason")

_TROUBLED = (DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.IN_DOUBT)

Place = tuple[str, ...]
"""Where a page ends, as its texts stand in an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A letter, and whose it is."""

    id: int
    subscriber: int
    email: str  # "": its reader was erased
    state: DeliveryState
    attempts: int
    changed: datetime
    next_try: datetime | None
    code: int
    enhanced: str
    reply: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which letters; what is left out does not matter."""

    state: DeliveryState | None = None
    reason: str = ""
    domain: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    recipients: tuple[Recipient, ...]
    goes_on: Place  # (): there are no more
    is_cut: bool = False  # so many rows were looked at, and there may be more


def page(conn: Connection, issue: int, asked: Asked, *, limit: int, after: Place = ()) -> Page:
    """The next letters of an issue. A place that is none is the beginning."""
    if asked.address:
        return Page(recipients=_facts(conn, _of_address(conn, issue, asked)), goes_on=())
    way = _way(asked)
    look = LOOKED_AT if asked.domain or way.filters else limit + 1
    rows = way.rows(conn, issue, after=after, limit=look)
    found = [row for row in rows if _fits(row, asked)]
    shown, is_cut = found[:limit], len(found) <= limit and len(rows) == look
    last = shown[-1] if len(found) > limit else rows[-1] if is_cut else None
    goes_on = way.place(last) if last is not None else ()
    return Page(recipients=_facts(conn, [row.id for row in shown]), goes_on=goes_on, is_cut=is_cut)


class _Way:
    """Along the letters of an issue by subscription, whatever their state."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    @property
    def filters(self) -> bool:
        """Whether rows come along that are not asked for."""
        return self._asked.state is not None or bool(self._asked.reason)

    def rows(self, conn: Connection, issue: int, *, after: Place, limit: int) -> Sequence[Any]:
        number = _number(after, "s")
        wanted = _rows(issue).where(_ledger.c.subscription > number).order_by(_ledger.c.subscription)
        return conn.execute(wanted.limit(limit)).all()

    def place(self, row: Any) -> Place:
        return "s", str(row.subscription)


class _Troubled(_Way):
    """Along those that will not arrive, or may not have, by reason."""

    @property
    def filters(self) -> bool:
        return False

    def rows(self, conn: Connection, issue: int, *, after: Place, limit: int) -> Sequence[Any]:
        wanted = _rows(issue).where(schema.TROUBLED, _ledger.c.state == self._asked.state)
        if self._asked.reason:
            wanted = wanted.where(_ledger.c.reason == self._asked.reason)
        if len(after) == len(("r", "reason", "id")) and after[0] == "r":
            reason, number = _ledger.c.reason, _number(("r", after[2]), "r")
            later = or_(reason > after[1], and_(reason == after[1], _ledger.c.id > number))
            wanted = wanted.where(reason >= after[1], later)  # the first is for the index
        return conn.execute(wanted.order_by(_ledger.c.reason, _ledger.c.id).limit(limit)).all()

    def place(self, row: Any) -> Place:
        return "r", row.reason, str(row.id)


class _UnderWay(_Way):
    """Along those that may still go: who may go at any time, then by their next try."""

    @property
    def filters(self) -> bool:
        return bool(self._asked.reason)

    def rows(self, conn: Connection, issue: int, *, after: Place, limit: int) -> Sequence[Any]:
        wanted = _rows(issue).where(schema.UNSETTLED, _ledger.c.state == self._asked.state)
        then, number = _ledger.c.next_try, _ledger.c.id
        moment = _moment(after)
        found: list[Any] = []
        if moment is None:
            at_once = wanted.where(then.is_(None), number > _number(after, "n"))
            found += conn.execute(at_once.order_by(number).limit(limit)).all()
        if len(found) < limit:
            later = wanted.where(then.is_not(None))
            if moment is not None:
                later = later.where(or_(then > moment[0], and_(then == moment[0], number > moment[1])))
            found += conn.execute(later.order_by(then, number).limit(limit - len(found))).all()
        return found

    def place(self, row: Any) -> Place:
        return ("n", str(row.id)) if row.next_try is None else ("t", row.next_try.isoformat(), str(row.id))


def _way(asked: Asked) -> _Way:
    if asked.state in _TROUBLED:
        return _Troubled(asked)
    return _UnderWay(asked) if asked.state in UNSETTLED else _Way(asked)


def _rows(issue: int) -> Select[Any]:
    """What is looked at of each; the rest is read for those that are shown."""
    own = (_ledger.c[name] for name in ("id", "subscription", "state", "reason", "next_try"))
    joined = _ledger.join(_wishes, _wishes.c.id == _ledger.c.subscription)
    joined = joined.join(_people, _people.c.id == _wishes.c.subscriber)
    return select(*own, _people.c.email).select_from(joined).where(_ledger.c.issue == issue)


def _fits(row: Any, asked: Asked) -> bool:
    if asked.state is not None and row.state != asked.state:
        return False
    if asked.reason and row.reason != asked.reason:
        return False
    return not asked.domain or row.email.rpartition("@")[2].lower() == asked.domain


def _of_address(conn: Connection, issue: int, asked: Asked) -> list[int]:
    reader = subscribers.find(conn, asked.address)
    if reader is None:
        return []
    own = [one.id for one in reader.subscriptions]
    wanted = select(_ledger.c.id, _ledger.c.state, _ledger.c.reason, literal(reader.email).label("email"))
    rows = conn.execute(wanted.where(_ledger.c.issue == issue, _ledger.c.subscription.in_(own))).all()
    return [row.id for row in rows if _fits(row, asked)]


def _facts(conn: Connection, ids: Sequence[int]) -> tuple[Recipient, ...]:
    """In this order."""
    joined = _ledger.join(_wishes, _wishes.c.id == _ledger.c.subscription)
    joined = joined.join(_people, _people.c.id == _wishes.c.subscriber)
    wanted = select(*(_ledger.c[name] for name in _FACTS), _wishes.c.subscriber, _people.c.email).select_from(joined)
    rows = conn.execute(wanted.where(_ledger.c.id.in_(ids))).mappings()
    found = {row["id"]: Recipient(**dict(row) | {"state": DeliveryState(row["state"])}) for row in rows}
    return tuple(found[number] for number in ids if number in found)


def _number(after: Place, kind: str) -> int:
    """Out of an address, where anything may stand."""
    if len(after) < 2 or after[0] != kind or not (after[1].isascii() and after[1].isdigit() and len(after[1]) < 19):
        return 0
    return int(after[1])


def _moment(after: Place) -> tuple[datetime, int] | None:
    if len(after) != len(("t", "moment", "id")) or after[0] != "t":
        return None
    try:
        at = datetime.fromisoformat(after[1])
    except ValueError:
        return None
    return (at, _number(("t", after[2]), "t")) if at.tzinfo else None
