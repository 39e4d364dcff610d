"""Posts as a list to look through: by words of the title, column, author, days and state, page after page.

Pages go by key (`published`, `seq`), never by number, so that the thousandth costs what the
first does. Column and days are answered by an index; those held, too. Words, withdrawn and
edited posts are looked for among the newest that fit otherwise, so many at a time (`Bounds`): where
these do not fill a page, it says how far it looked, and the next one looks on from there.
So no page costs more than that, whatever the archive's size; of 100,000 posts a rare word takes
some steps. An index of words would take one, and a table of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, UnaryExpression, and_, or_, select, true

from publisher.store import schema

_STEP = 500

_posts, _writers = schema.posts, schema.post_authors
_Row = Row[int, datetime, str, bool]


class Mark(StrEnum):
    """What may be special about a post."""

    HELD = "held"
    WITHDRAWN = "withdrawn"
    EDITED = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which posts; what is left out does not matter."""

    words: tuple[str, ...] = ()  # all in the title, whatever their case
    columns: Collection[str] | None = None  # None: any
    author: str = ""  # key
    since: datetime | None = None  # published
    until: datetime | None = None  # before this moment
    mark: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is done for one page."""

    looked_at: int = 5_000  # posts
    few: int = 2_000  # posts that are sorted at once


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A place in the list."""

    published: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    seqs: tuple[int, ...]  # newest first
    older: Key | None  # where the next page begins; None: this is the last
    looked_back_to: datetime | None = None  # the page is not full, because that is how far was looked


def page(conn: Connection, wanted: Wanted, *, before: Key | None = None, most: int, bounds: Bounds = BOUNDS) -> Page:
    """The newest of these posts, or the next ones."""
    found: list[_Row] = []
    for number, row in enumerate(_candidates(conn, wanted, before, few=bounds.few), 1):
        if _fits(row, wanted):
            if len(found) == most:
                return Page(seqs=_seqs(found), older=_key(found[-1]))
            found.append(row)
        if number == bounds.looked_at:
            return Page(seqs=_seqs(found), older=_key(row), looked_back_to=row.published)
    return Page(seqs=_seqs(found), older=None)


def _seqs(rows: Collection[_Row]) -> tuple[int, ...]:
    return tuple(row.seq for row in rows)


def _key(row: _Row) -> Key:
    return Key(published=row.published, seq=row.seq)


def _fits(row: _Row, wanted: Wanted) -> bool:
    """What is upper and lower case beyond ASCII is told apart by no SQLite, and differently by each PostgreSQL."""
    title = row.title.casefold()
    return bool(row.marked) and all(word.casefold() in title for word in wanted.words)


def _candidates(conn: Connection, wanted: Wanted, before: Key | None, *, few: int) -> Iterator[_Row]:
    """What fits but for its title and, perhaps, its mark, newest first."""
    query = select(_posts.c.seq, _posts.c.published).where(*_conditions(wanted))
    if wanted.author:
        query = _only(conn, query, select(_writers.c.post).where(_writers.c.author == wanted.author), few)
    if wanted.mark is Mark.HELD:
        query = _only(conn, query, select(_posts.c.seq).where(_posts.c.held.is_not(None)), few)
    query = query.order_by(*_newest_first(_posts.c)).limit(_STEP)
    while True:
        # By the index alone; what stands in a post is read of no more than these.
        some = (query if before is None else query.where(_below(before))).subquery()
        told = (_posts.c.seq, _posts.c.published, _posts.c.title, _MARKED[wanted.mark].label("marked"))
        rows = conn.execute(select(*told).join(some, some.c.seq == _posts.c.seq).order_by(*_newest_first(some.c))).all()
        yield from rows
        if len(rows) < _STEP:
            return
        before = _key(rows[-1])


def _newest_first(there: Any) -> tuple[UnaryExpression[Any], UnaryExpression[Any]]:
    return there.published.desc(), there.seq.desc()


def _only(conn: Connection, query: Select[int, datetime], theirs: Select[int], few: int) -> Select[int, datetime]:
    """Of few all are looked up; of many there is one soon."""
    some = list(conn.execute(theirs.limit(few + 1)).scalars())
    # An expression and not the column: else SQLite looks up all of them to sort them.
    return query.where(_posts.c.seq.in_(some) if len(some) <= few else (_posts.c.seq + 0).in_(theirs))


def _below(key: Key) -> ColumnElement[bool]:
    """Written so that an index by `published` begins there."""
    return and_(_posts.c.published <= key.published, or_(_posts.c.published < key.published, _posts.c.seq < key.seq))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.columns is not None:
        conditions.append(_posts.c.column.in_(sorted(wanted.columns)))
    if wanted.since:
        conditions.append(_posts.c.published >= wanted.since)
    if wanted.until:
        conditions.append(_posts.c.published < wanted.until)
    return conditions


_MARKED: Mapping[Mark | None, ColumnElement[bool]] = {
    None: true(),
    Mark.HELD: true(),  # an index knows
    Mark.WITHDRAWN: _posts.c.withdrawn.is_not(None),
    Mark.EDITED: _posts.c.edited.cast(_posts.c.title.type) != "[]",
}
