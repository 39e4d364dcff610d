"""Tags of readers: words by which an admin tells some from others. Case is kept and does not count."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, collate, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from publisher.model.segment import key_of
from publisher.store import schema
from publisher.store.upsert import insert_or_ignore

_tags = schema.tags
_AT_A_TIME = 1000  # readers


def lowered(conn: Connection, column: ColumnElement[str]) -> ColumnElement[Any]:
    """A tag as it is compared: the same as `key_of`, on both databases."""
    return func.lower(collate(column, "C") if conn.dialect.name == "postgresql" else column)


def tidy(tag: str) -> str:
    """A tag as it is kept: one line, no blanks around; "": it is none."""
    return " ".join(tag.split())


def put(conn: Connection, subscriber: int, tags: Iterable[str]) -> tuple[str, ...]:
    """Give a reader tags; those that are new."""
    known = {key_of(tag) for tag in of(conn, [subscriber]).get(subscriber, ())}
    new: list[str] = []
    for tag in filter(None, map(tidy, tags)):
        if key_of(tag) not in known:
            known.add(key_of(tag))
            insert_or_ignore(conn, _tags, {"subscriber": subscriber, "tag": tag})
            new.append(tag)
    return tuple(new)


def put_all(conn: Connection, wanted: Mapping[int, Iterable[str]]) -> None:
    """The same of many readers."""
    rows = []
    for some in batched(wanted):
        known = of(conn, some)
        for subscriber in some:
            keys = {key_of(tag) for tag in known.get(subscriber, ())}
            for tag in filter(None, map(tidy, wanted[subscriber])):
                if key_of(tag) not in keys:
                    keys.add(key_of(tag))
                    rows.append({"subscriber": subscriber, "tag": tag})
    if rows:
        kind: Any = sqlite if conn.dialect.name == "sqlite" else postgresql
        conn.execute(kind.insert(_tags).on_conflict_do_nothing(), rows)


def take(conn: Connection, subscriber: int, tags: Iterable[str]) -> int:
    """Take tags from a reader; how many there were."""
    keys = sorted({key_of(tag) for tag in tags})
    theirs = delete(_tags).where(_tags.c.subscriber == subscriber, lowered(conn, _tags.c.tag).in_(keys))
    return conn.execute(theirs).rowcount


def of(conn: Connection, subscribers: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """The tags of some readers, in order; who has none is left out."""
    return _found(conn, _tags.c.subscriber.in_(subscribers))


def between(conn: Connection, after: int, last: int) -> Mapping[int, tuple[str, ...]]:
    """The same of readers with these ids."""
    return _found(conn, and_(_tags.c.subscriber > after, _tags.c.subscriber <= last))


def _found(conn: Connection, these: ColumnElement[bool]) -> Mapping[int, tuple[str, ...]]:
    wanted = select(_tags).where(these).order_by(_tags.c.tag)
    found: dict[int, tuple[str, ...]] = {}
    for row in conn.execute(wanted):
        found[row.subscriber] = (*found.get(row.subscriber, ()), row.tag)
    return found


def batched(readers: Iterable[int]) -> Iterator[list[int]]:
    """Some at a time: a statement has room for so many."""
    left = iter(readers)
    while some := list(islice(left, _AT_A_TIME)):
        yield some


def counts(conn: Connection) -> dict[str, int]:
    """How many readers have each tag."""
    wanted = select(_tags.c.tag, func.count()).group_by(_tags.c.tag).order_by(_tags.c.tag)
    return dict(conn.execute(wanted).all())
