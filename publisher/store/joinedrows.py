"""Rows of many readers and of their subscriptions: some statements for all of them, whatever their number.

On SQLite nobody else writes while a transaction does: what was found stays so, ids are given here, and
rows go to the driver as they are, as SQLAlchemy takes longer with a row than SQLite. On PostgreSQL
somebody else may be faster with some: these are looked up once more, and as they are found they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
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
from publisher.store import growth, schema, tags
from publisher.store.columntypes import UtcTime
from publisher.store.joiner import Joiner
from publisher.store.keylist import KEYS, listed
from publisher.store.newsstart import news_start

_people, _wishes = schema.subscribers, schema.subscriptions
# In the order of their tables, in which SQLAlchemy writes an INSERT.
_PERSON = ("email", "address_key", "name", "language", "state", "consent", "joined", "paused_until")
_SAID = ("name", "language", "consent")
_WISH = ("newsletter", "cadence", "columns", "state", "seen_seq", "joined", "left_at", "left_how")
_TERMS = itemgetter(
    *map(
        Joiner._fields.index,
        ("newsletter", "cadence", "columns", "wish_state", "wish_joined", "left_at", "left_how"),
    )
)

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


def anybody_asked(known: KnownAt) -> bool:
    """Whether somebody's address, or wish, waits to be confirmed."""
    return any("pending" in (person.state, person.wish) for people in known.values() for person in people.values())


def put_people(conn: Connection, joiners: Mapping[Place, Joiner], known: KnownAt, *, now: datetime) -> None:
    """Those who are not known; then they are."""
    first: dict[str, Joiner] = {}
    for (slug, key), one in joiners.items():
        if key not in known[slug]:
            first.setdefault(key, one)
    if not first:
        return
    # In one order for all who write, or two imports could wait for each other for ever; the index likes it, too.
    new, moment = sorted(first.items(), key=itemgetter(0)), _stamp(conn, now)
    rows = [
        (one.email, key, one.name, one.language, str(one.state), one.consent,
         _stamp(conn, one.joined) if one.joined else moment,
         _stamp(conn, one.paused_until) if one.paused_until else None)
        for key, one in new
    ]  # fmt: skip
    if conn.dialect.name != "sqlite":
        _put_missing(conn, _people, _PERSON, rows)
        for slug, found in known_at(conn, [place for place in joiners if place[1] in first]).items():
            known[slug] |= found
        return
    start = 1 + (conn.execute(select(func.max(_people.c.id))).scalar_one() or 0)
    written = insert(_people).compile(dialect=conn.dialect, column_keys=["id", *_PERSON])
    conn.exec_driver_sql(str(written), [(at, *row) for at, row in enumerate(rows, start)])
    there = {key: Known(at, one.state, None) for at, (key, one) in enumerate(new, start)}
    for slug, key in joiners:
        if key in there:
            known[slug][key] = there[key]


def confirm(conn: Connection, joiners: Mapping[Place, Joiner], known: KnownAt) -> Counter[str]:
    """Readers whose address nobody had confirmed yet; what is not known of them is as it is said now.

    How many subscriptions are read by that, by newsletter: of who had been suppressed, some may be active.
    """
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
    found: Counter[str] = Counter()
    for some in tags.batched(sorted(pending)):
        found += growth.read_by(conn, _people.c.id.in_(some))
    return found


def _if_empty(column: Column[str]) -> ColumnElement[str]:
    return case((column == "", bindparam(f"{column.name}_", type_=Text)), else_=column)


def put_wishes(
    conn: Connection,
    joiners: Mapping[Place, Joiner],
    known: KnownAt,
    *,
    now: datetime,
    of: Collection[str] = frozenset(SubscriberState),
) -> list[Place]:
    """Subscriptions of readers in these states who have none; which of them are new."""
    groups: dict[tuple[Any, ...], _Group] = {}  # in most lists all want the same: it is said once
    last: tuple[Any, ...] = ()
    group: dict[int, Place] = {}
    for place, one in joiners.items():
        person = known[place[0]].get(place[1])
        if person and person.wish is None and person.state in of:
            terms = _TERMS(one)
            if terms != last:
                last, group = terms, groups.setdefault(terms, _Group(one))
            group[person.id] = place
    starts = _Starts(conn, now)
    rows = [(_wish_of(group.like, starts, now=now), group) for group in groups.values()]
    return _put_groups(conn, rows) if rows else []


class _Group(dict[int, Place]):
    """Readers who want the same, by id."""

    def __init__(self, like: Joiner) -> None:
        super().__init__()
        self.like = like


def _wish_of(one: Joiner, starts: _Starts, *, now: datetime) -> dict[str, Any]:
    return {
        "newsletter": one.newsletter,
        "cadence": one.cadence,
        "columns": " ".join(sorted(one.columns)),
        "state": one.wish_state,
        "seen_seq": starts[one.newsletter, one.cadence],
        "joined": one.wish_joined or now,
        "left_at": one.left_at,
        "left_how": one.left_how,
    }


def _put_groups(conn: Connection, rows: Sequence[tuple[dict[str, Any], _Group]]) -> list[Place]:
    if conn.dialect.name == "sqlite":
        told = listed(conn).add_columns(*(bindparam(name, type_=_wishes.c[name].type) for name in _WISH))
        written = insert(_wishes).from_select(["subscriber", *_WISH], told)
        conn.execute(written, [{**wish, KEYS: list(group)} for wish, group in rows])
        return [place for _, group in rows for place in group.values()]
    names = ["subscriber", *_WISH]
    each = [(person, *(wish[name] for name in _WISH)) for wish, group in rows for person in group]
    places = {(place[0], person): place for _, group in rows for person, place in group.items()}
    returned = _put_missing(conn, _wishes, names, each, _wishes.c.newsletter, _wishes.c.subscriber)
    return [places[slug, person] for slug, person in returned]


def begin_wishes(conn: Connection, joiners: Mapping[Place, Joiner], known: KnownAt, *, now: datetime) -> list[Place]:
    """Subscriptions that were asked for and never confirmed begin, as it is said now; which of them did."""
    starts = _Starts(conn, now)
    begun = []
    for place in sorted(joiners):
        person = known[place[0]].get(place[1])
        if person is None or person[1:] != (SubscriberState.CONFIRMED, SubscriptionState.PENDING):
            continue
        wish = _wish_of(joiners[place], starts, now=now) | {"ahead": ""}
        this = (_wishes.c.subscriber == person.id, _wishes.c.newsletter == place[0])
        asked = update(_wishes).where(*this, _wishes.c.state == SubscriptionState.PENDING)
        if conn.execute(asked.values(wish)).rowcount:
            begun.append(place)
    return begun


def put_tags(conn: Connection, joiners: Mapping[Place, Joiner], known: KnownAt) -> None:
    """What tells some of these readers from others."""
    wanted: dict[int, list[str]] = {}
    for place, one in joiners.items():
        person = known[place[0]].get(place[1]) if one.tags else None
        if person:
            wanted.setdefault(person.id, []).extend(one.tags)
    if wanted:
        tags.put_all(conn, dict(sorted(wanted.items())))


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


def _put_missing(
    conn: Connection, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]], *told: Column[Any]
) -> Sequence[Any]:
    """On PostgreSQL: those of some rows that are not there, and what they tell; by one statement, however many."""
    given = func.json_to_recordset(bindparam(KEYS, type_=JSON)).table_valued(*(table.c[name] for name in names))
    chosen = select(given.render_derived(name="given", with_types=True))
    written = postgresql.insert(table).from_select(list(names), chosen).on_conflict_do_nothing()
    plain = [
        {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]
    return conn.execute(written.returning(*told or [table.c.id]), {KEYS: plain}).all()
