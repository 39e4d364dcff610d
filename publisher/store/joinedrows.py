"""Rows of many readers and of their subscriptions: some statements for all of them, whatever their number.

On SQLite nobody else writes while a transaction does: what was found stays so, ids are given here, and
rows go to the driver as they are, as SQLAlchemy takes longer with a row than SQLite. On PostgreSQL
somebody else may be faster with some: these are looked up once more, and as they are found they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    bindparam,
    case,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.store import schema
from publisher.store.columntypes import UtcTime
from publisher.store.joiner import Joiner
from publisher.store.keylist import KEYS, listed
from publisher.store.newsstart import news_start

_people, _wishes = schema.subscribers, schema.subscriptions
# In the order of their tables, in which SQLAlchemy writes an INSERT.
_PERSON = ("email", "address_key", "name", "language", "state", "consent", "joined")
_SAID = ("name", "language", "consent")
_WISH = ("subscriber", "newsletter", "cadence", "columns", "state", "seen_seq", "joined", "left_at", "left_how")

Place = tuple[str, str]
"""A newsletter, and the key of a reader."""


class Known(NamedTuple):
    """A reader who is there."""

    id: int
    state: str
    wish: str | None  # state of the subscription; None: there is none


KnownAt = dict[str, dict[str, Known]]
"""Readers who are there, by newsletter, then by key; also those who read other newsletters only."""


def known_at(conn: Connection, places: Collection[Place]) -> KnownAt:
    """Those of some places who are readers."""
    return {slug: dict(_known(conn, slug, places)) for slug in {slug for slug, _ in places}}


def _known(conn: Connection, newsletter: str, places: Iterable[Place]) -> Iterator[tuple[str, Known]]:
    wish = and_(_wishes.c.subscriber == _people.c.id, _wishes.c.newsletter == newsletter)
    wanted = (
        select(_people.c.address_key, _people.c.id, _people.c.state, _wishes.c.state.label("wish"))
        .outerjoin(_wishes, wish)
        .where(_people.c.address_key.in_(listed(conn)))
    )
    keys = sorted({key for slug, key in places if slug == newsletter})
    for key, *person in conn.execute(wanted, {KEYS: keys}):
        yield key, Known(*person)


def put_people(conn: Connection, joiners: Mapping[Place, Joiner], known: KnownAt, *, now: datetime) -> None:
    """Those who are not known; then they are."""
    first: dict[str, Joiner] = {}
    for (slug, key), joiner in joiners.items():
        if key not in known[slug]:
            first.setdefault(key, joiner)
    if not first:
        return
    # In one order for all who write, or two imports could wait for each other for ever.
    new = sorted(first.items(), key=itemgetter(0))
    moment = _stamp(conn, now)
    rows = [
        (one.email, key, one.name, one.language, one.state.value, one.consent,
         _stamp(conn, one.joined) if one.joined else moment)
        for key, one in new
    ]  # fmt: skip
    if conn.dialect.name == "sqlite":
        after = conn.execute(select(func.max(_people.c.id))).scalar_one() or 0
        _put(conn, _people, ("id", *_PERSON), [(at, *row) for at, row in enumerate(rows, start=after + 1)])
        there = {key: Known(at, one.state, None) for at, (key, one) in enumerate(new, start=after + 1)}
        for slug, key in joiners:
            if key in there:
                known[slug][key] = there[key]
    else:
        _put(conn, _people, _PERSON, rows)
        for slug, found in known_at(conn, [place for place in joiners if place[1] in first]).items():
            known[slug] |= found


def confirm(conn: Connection, joiners: Mapping[Place, Joiner], known: KnownAt) -> None:
    """Readers whose address nobody had confirmed yet; what is not known of them is as it is said now."""
    pending: dict[int, Joiner] = {}
    for (slug, key), one in joiners.items():
        person = known[slug].get(key)
        if person and person.state == SubscriberState.PENDING:
            known[slug][key] = person._replace(state=SubscriberState.CONFIRMED)
            pending.setdefault(person.id, one)
    if pending:
        these = (_people.c.id == bindparam("person"), _people.c.state == SubscriberState.PENDING)
        changed = {name: _if_empty(_people.c[name]) for name in _SAID}
        confirmed = update(_people).where(*these).values(state=SubscriberState.CONFIRMED, **changed)
        told = {person: {f"{name}_": getattr(one, name) for name in _SAID} for person, one in pending.items()}
        conn.execute(confirmed, [{"person": person, **said} for person, said in sorted(told.items())])


def _if_empty(column: Column[str]) -> ColumnElement[str]:
    return case((column == "", bindparam(f"{column.name}_", type_=Text)), else_=column)


def put_wishes(conn: Connection, joiners: Mapping[Place, Joiner], known: KnownAt, *, now: datetime) -> set[Place]:
    """Subscriptions of readers who have none; which of them are new."""
    starts, moment = _Starts(conn, now), _stamp(conn, now)
    places: dict[tuple[str, int], Place] = {}
    rows = []
    for place, one in joiners.items():
        person = known[place[0]].get(place[1])
        if person is None or person.wish is not None:
            continue
        places[place[0], person.id] = place
        rows.append((
            person.id, one.newsletter, one.cadence.value, " ".join(sorted(one.columns)), one.wish_state.value,
            starts[one.newsletter, one.cadence], _stamp(conn, one.wish_joined) if one.wish_joined else moment,
            _stamp(conn, one.left_at) if one.left_at else None, one.left_how,
        ))  # fmt: skip
    if not rows:
        return set()
    if conn.dialect.name == "sqlite":
        _put(conn, _wishes, _WISH, rows)
        return set(places.values())
    written = _ignoring(_wishes).returning(_wishes.c.newsletter, _wishes.c.subscriber)
    returned = conn.execute(written, [dict(zip(_WISH, row, strict=True)) for row in rows])
    return {places[slug, person] for slug, person in returned}


def begin_wishes(conn: Connection, joiners: Mapping[Place, Joiner], known: KnownAt, *, now: datetime) -> set[Place]:
    """Subscriptions that were asked for and never confirmed begin, as it is said now; which of them did."""
    starts, begun = _Starts(conn, now), set()
    pending = [place for place in joiners if _wish(known, place) == SubscriptionState.PENDING]
    for place in sorted(pending):
        one, person = joiners[place], known[place[0]][place[1]]
        facts = {
            "cadence": one.cadence,
            "columns": " ".join(sorted(one.columns)),
            "state": SubscriptionState.ACTIVE,
            "seen_seq": starts[one.newsletter, one.cadence],
            "ahead": "",
            "joined": one.wish_joined or now,
        }
        this = (_wishes.c.subscriber == person.id, _wishes.c.newsletter == one.newsletter)
        asked = update(_wishes).where(*this, _wishes.c.state == SubscriptionState.PENDING)
        if conn.execute(asked.values(facts)).rowcount:
            begun.add(place)
    return begun


def _wish(known: KnownAt, place: Place) -> str | None:
    person = known[place[0]].get(place[1])
    return person.wish if person else None


class _Starts(dict[tuple[str, Cadence], int]):
    """After which post all is news, by newsletter and cadence; looked up once."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        super().__init__()
        self._conn, self._now = conn, now

    def __missing__(self, of: tuple[str, Cadence]) -> int:
        return self.setdefault(of, news_start(self._conn, of[0], of[1], now=self._now))


def _stamp(conn: Connection, moment: datetime) -> Any:
    """A time as the driver takes it."""
    return UtcTime().process_bind_param(moment, conn.dialect)


def _put(conn: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """New rows; on PostgreSQL those that are not there."""
    if conn.dialect.name == "sqlite":
        written = insert(table).compile(dialect=conn.dialect, column_keys=list(names))
        conn.exec_driver_sql(str(written), list(rows))
    else:
        conn.execute(_ignoring(table), [dict(zip(names, row, strict=True)) for row in rows])


def _ignoring(table: Table) -> Any:
    return postgresql.insert(table).on_conflict_do_nothing()
