"""Readers as they are looked for: the newest first, or by how their address begins; a page at a time.

No page looks through all readers. What few have is asked of an index first; what many have is found by
walking, and a walk that took its most steps ends its page: the next one goes on there. There is no index
of domains: those at one are found by walking through the index of addresses, which is quick and reads no reader's row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select, exists, func, literal, select

from publisher.model.segment import key_of
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.store import schema, subscribers
from publisher.store.prefix import starts_with
from publisher.store.segments import Among

FEW = 20_000  # rows that an index may give to be sorted
STEPS = (1_000, 20_000, 20_000, 20_000)  # readers that the looks for one page walk by
STEPS_BY_ADDRESS = (1_000, 100_000, 200_000)  # where their addresses alone say whether they are meant

_people, _wishes, _tags = schema.subscribers, schema.subscriptions, schema.tags
Conditions = list[ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Whom to look for; what says nothing asks for anybody."""

    newsletters: Sequence[str] | None = None  # have, had or asked for one of these; None: anybody, also for nothing
    cadence: str = ""
    state: SubscriberState | None = None
    is_paused: bool = False
    rests: bool = False
    tag: str = ""
    start: str = ""  # of the address, in lower case
    domain: str = ""  # of the address, in lower case, whole; not together with `start`
    among: Among = None  # of a segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A reader in the list."""

    reader: Subscriber
    paused_until: datetime | None
    rests_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    rows: Sequence[Listed]
    next: str  # where the next one begins; "": this is the last
    is_whole: bool = True  # as many as were asked for, or all; else more may come though so few were found


def page(conn: Connection, only: Only, *, after: str = "", size: int) -> Page:
    """`after`: what the page before gave as `next`; anything else is the beginning."""
    order: _Order = _ByAddress(conn, only.start) if only.start else _AtDomain(only.domain) if only.domain else _ByAge()
    is_few, walks, conditions = _conditions(conn, only)
    if is_few or not (walks or only.domain):
        return _page(conn, order, conditions, [order.after(after)], size=size)
    rows: list[Listed] = []
    for steps in STEPS if walks else STEPS_BY_ADDRESS:
        last = order.last_of(conn, after, steps)
        where = [order.after(after), *([] if last is None else [order.up_to(last)])]
        found = _page(conn, order, conditions, where, size=size - len(rows))
        rows += found.rows
        if found.next or last is None:  # as many as were asked for, or these were the last ones
            return Page(rows=rows, next=found.next)
        after = last
    return Page(rows=rows, next=after, is_whole=False)


def _page(conn: Connection, order: _Order, conditions: Conditions, where: Conditions, *, size: int) -> Page:
    own = (_people.c.id, _people.c.paused_until, _people.c.rests_until)
    wanted = order.sorted(select(*own).where(*where, *conditions)).limit(size + 1)
    rows = conn.execute(wanted).mappings().all()
    known = subscribers.with_ids(conn, [row["id"] for row in rows[:size]])
    listed = [
        Listed(reader=known[row["id"]], paused_until=row["paused_until"], rests_until=row["rests_until"])
        for row in rows[:size]
    ]
    return Page(rows=listed, next=order.place_of(listed[-1].reader) if len(rows) > size else "")


class _Order(Protocol):
    """How readers stand one after the other."""

    def after(self, place: str) -> ColumnElement[bool]: ...
    def up_to(self, place: str) -> ColumnElement[bool]: ...
    def sorted(self, wanted: Select[Any]) -> Select[Any]: ...
    def place_of(self, reader: Subscriber) -> str: ...

    def last_of(self, conn: Connection, after: str, steps: int) -> str | None:
        """The place so many steps on; None where the end comes sooner."""


class _ByAge:
    """The newest first."""

    def after(self, place: str) -> ColumnElement[bool]:
        return (
            _people.c.id < int(place) if place.isascii() and place.isdigit() and len(place) < 19 else _people.c.id > 0
        )

    def up_to(self, place: str) -> ColumnElement[bool]:
        return _people.c.id >= int(place)

    def sorted(self, wanted: Select[Any]) -> Select[Any]:
        return wanted.order_by(_people.c.id.desc())

    def last_of(self, conn: Connection, after: str, steps: int) -> str | None:
        walk = self.sorted(select(_people.c.id).where(self.after(after))).limit(steps).subquery()
        found = conn.execute(select(func.count(), func.min(walk.c.id)).select_from(walk)).one()
        return str(found[1]) if found[0] == steps else None

    def place_of(self, reader: Subscriber) -> str:
        return str(reader.id)


class _ByAddress:
    """Of those whose address begins so, by the order of code points."""

    def __init__(self, conn: Connection, start: str) -> None:
        self._conn = conn
        self._start = start
        self._key = starts_with(conn, _people.c.address_key, start)
        # As the index has it; see prefix.py.
        self._column: ColumnElement[str] = _people.c.address_key
        if conn.dialect.name == "postgresql":
            self._column = _people.c.address_key.collate("C")

    def after(self, place: str) -> ColumnElement[bool]:
        return self._key & (self._column > place) if place.startswith(self._start) else self._key

    def up_to(self, place: str) -> ColumnElement[bool]:
        return self._key & (self._column <= place)

    def sorted(self, wanted: Select[Any]) -> Select[Any]:
        return wanted.order_by(self._column)

    def last_of(self, conn: Connection, after: str, steps: int) -> str | None:
        walk = self.sorted(select(self._column.label("key")).where(self.after(after))).limit(steps).subquery()
        found = conn.execute(select(func.count(), func.max(walk.c.key)).select_from(walk)).one()
        return str(found[1]) if found[0] == steps else None

    def place_of(self, reader: Subscriber) -> str:
        return reader.email.lower()


class _AtDomain:
    """Of those whose address ends so, by address, in the database's own order."""

    def __init__(self, domain: str) -> None:
        self._end = f"@{domain}"

    def after(self, place: str) -> ColumnElement[bool]:
        return self._is_there & (_people.c.address_key > place)

    def up_to(self, place: str) -> ColumnElement[bool]:
        return _people.c.address_key <= place

    def sorted(self, wanted: Select[Any]) -> Select[Any]:
        return wanted.order_by(_people.c.address_key)

    def last_of(self, conn: Connection, after: str, steps: int) -> str | None:
        key = _people.c.address_key.label("key")
        walk = select(key).where(_people.c.address_key > after).order_by(key).limit(steps).subquery()
        found = conn.execute(select(func.count(), func.max(walk.c.key)).select_from(walk)).one()
        return str(found[1]) if found[0] == steps else None

    def place_of(self, reader: Subscriber) -> str:
        return reader.email.lower()

    @property
    def _is_there(self) -> ColumnElement[bool]:
        return _people.c.address_key.endswith(self._end, autoescape=True)


def _conditions(conn: Connection, only: Only) -> tuple[bool, bool, Conditions]:
    """Whether an index gives few who can be meant; whether readers are looked at one by one; what must hold."""
    conditions: Conditions = [_people.c.state != SubscriberState.ERASED]
    walks = few = False
    if only.state is not None:
        conditions = [_people.c.state == only.state]
    if only.is_paused or only.rests:
        people = schema.subscribers.alias("some")
        column = people.c.paused_until if only.is_paused else people.c.rests_until
        conditions.append(_people.c.id.in_(select(people.c.id).where(column.is_not(None))))  # an index has just these
        few = True
    if only.tag:
        theirs = select(_tags.c.subscriber).where(_tags.c.tag.in_(_spellings(conn, only.tag)))
        few, walks = _narrow(conn, conditions, theirs, _tags.c.subscriber, few=few, walks=walks)
    if only.newsletters is not None or only.cadence:
        theirs = select(_wishes.c.subscriber).where(*_wish(only))
        few, walks = _narrow(conn, conditions, theirs, _wishes.c.subscriber, few=few, walks=walks)
    if only.among is not None:
        conditions.append(only.among)
        walks = True
    return few, walks, conditions


def _wish(only: Only) -> Conditions:
    return [
        *([] if only.newsletters is None else [_wishes.c.newsletter.in_(list(only.newsletters))]),
        *([_wishes.c.cadence == only.cadence] if only.cadence else []),
    ]


def _narrow(
    conn: Connection, conditions: Conditions, theirs: Select[Any], reader: Any, *, few: bool, walks: bool
) -> tuple[bool, bool]:
    """Add a condition about rows that are a reader's: by their index where they are few, else reader by reader."""
    some = theirs.with_only_columns(literal(1)).limit(FEW + 1).subquery()  # of the index alone
    if conn.execute(select(func.count()).select_from(some)).scalar_one() <= FEW:
        conditions.append(_people.c.id.in_(theirs))
        return True, walks
    conditions.append(exists(theirs.where(reader == _people.c.id).correlate(_people)))
    return few, True


def _spellings(conn: Connection, tag: str) -> list[str]:
    """The same tag as it was written, in any case: by a walk from each that there is to the next one."""
    found: list[str] = []
    key, last = key_of(tag), ""
    while True:
        following = conn.execute(select(func.min(_tags.c.tag)).where(_tags.c.tag > last)).scalar_one_or_none()
        if following is None:
            return found
        if key_of(following) == key:
            found.append(following)
        last = following
