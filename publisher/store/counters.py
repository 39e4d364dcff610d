"""Numbers that grow: of posts in the order we first saw them, of changes in the order they were made."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from publisher.store import schema

POSTS = "posts"
CHANGES = "changes"  # of posts and authors


def reserve(conn: Connection, name: str, count: int = 1) -> int:
    """The first of `count` new numbers; the row stays locked until this transaction ends."""
    counter = schema.counters
    grown = update(counter).where(counter.c.name == name).values(value=counter.c.value + count)
    last: int = conn.execute(grown.returning(counter.c.value)).scalar_one()
    return last - count + 1


def last_of(conn: Connection, name: str) -> int:
    """The last number given; 0 before the first."""
    counter = schema.counters
    last: int = conn.execute(select(counter.c.value).where(counter.c.name == name)).scalar_one()
    return last
