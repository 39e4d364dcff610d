"""A column that has another slug from now on, with all that the database knows by the old one.

Its posts, its feed with its id and archive documents, what was published of it, and the
wishes of its readers go with it. Where the new slug was a column before it was told what
it had been, the two become one, and the new one's feed id stays.

Known weakness: where both have a post of one slug, the one that comes gets a number, and
its old address leads to the other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Table, delete, func, literal, select, update

from publisher.model.feedname import FeedKind, FeedName
from publisher.store import schema, threads

_columns, _posts, _feeds, _versions = schema.columns, schema.posts, schema.feeds, schema.feed_versions


def rename_column(conn: Connection, old: str, new: str) -> bool:
    """Let a column go by its new slug; False where nothing goes by the old one."""
    if conn.execute(select(_columns.c.slug).where(_columns.c.slug == old)).first() is None:
        return False
    merged = not _take_over(conn, _columns.c.slug, old, new)
    _give_numbers(conn, old, new)
    moved = conn.execute(select(_posts.c.seq).where(_posts.c.column == old)).scalars().all() if merged else []
    conn.execute(update(_posts).where(_posts.c.column == old).values(column=new))
    threads.touch(conn, moved)  # a column that is new is published whole in any case
    conn.execute(delete(_columns).where(_columns.c.slug == old))
    if not merged:
        _rename_feed(conn, old, new)
    _rename_wishes(conn, old, new)
    return True


def _take_over(conn: Connection, key: Column[Any], old: str, new: str) -> bool:
    """Make the old row's double under the new key, its feed id with it; False where there is a row already."""
    table: Table = key.table
    if conn.execute(select(key).where(key == new)).first() is not None:
        return False
    row = conn.execute(select(table).where(key == old)).mappings().one()
    conn.execute(update(table).where(key == old).values(feed_id=f"{row['feed_id']}#"))  # one id, one row
    conn.execute(table.insert().values(dict(row) | {key.name: new}))
    return True


def _give_numbers(conn: Connection, old: str, new: str) -> None:
    """Other slugs for posts whose own are taken in the new column."""
    taken = select(_posts.c.slug).where(_posts.c.column == new)
    for row in conn.execute(
        select(_posts.c.seq, _posts.c.slug).where(_posts.c.column == old, _posts.c.slug.in_(taken))
    ):
        conn.execute(update(_posts).where(_posts.c.seq == row.seq).values(slug=f"{row.slug}-{row.seq}"))


def _rename_feed(conn: Connection, old: str, new: str) -> None:
    """Its feed keeps its entries and documents, and the versions by which news are told."""
    before, after = (str(FeedName(kind=FeedKind.COLUMN, key=slug)) for slug in (old, new))
    known = conn.execute(select(_feeds.c.name).where(_feeds.c.name == before)).first()
    if known is not None and _take_over(conn, _feeds.c.name, before, after):
        for table in (schema.feed_entries, schema.feed_pages):
            conn.execute(update(table).where(table.c.feed == before).values(feed=after))
        conn.execute(delete(_feeds).where(_feeds.c.name == before))
    here = _versions.c.path.startswith(f"{old}/", autoescape=True)
    path = literal(new) + func.substr(_versions.c.path, len(old) + 1)
    conn.execute(update(_versions).where(here).values(path=path))


def _rename_wishes(conn: Connection, old: str, new: str) -> None:
    """Readers who chose the column have chosen it under its new slug."""
    table = schema.subscriptions
    asked = select(table.c.columns).where(table.c.columns.contains(old, autoescape=True)).distinct()
    for wish in conn.execute(asked).scalars().all():
        if old in (slugs := set(wish.split())):
            renamed = " ".join(sorted(slugs - {old} | {new}))
            conn.execute(update(table).where(table.c.columns == wish).values(columns=renamed))
