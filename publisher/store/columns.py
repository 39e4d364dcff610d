"""Columns and newsletters as the database knows them: what config.toml names, and what was minted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from publisher.store import schema
from publisher.store.upsert import insert_or_ignore, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredColumn:
    """What the database adds to a column of config.toml."""

    slug: str
    feed_id: str
    name: str  # as its source told it, or ""
    tagline: str
    created: datetime


def put_if_new(conn: Connection, slug: str, *, feed_id: str, now: datetime) -> bool:
    """Make the column's row; a column that has one keeps its feed id for ever."""
    row = {"slug": slug, "feed_id": feed_id, "name": "", "tagline": "", "created": now}
    return insert_or_ignore(conn, schema.columns, row)


def tell(conn: Connection, slug: str, *, name: str, tagline: str) -> None:
    """Keep what a source told about its column; what it did not tell stays."""
    told = {key: value for key, value in (("name", name), ("tagline", tagline)) if value}
    if told:
        conn.execute(schema.columns.update().where(schema.columns.c.slug == slug).values(told))


def get_all(conn: Connection) -> list[StoredColumn]:
    """Every column that was ever configured, by slug."""
    table = schema.columns
    rows = conn.execute(select(table).order_by(table.c.slug)).mappings()
    return [StoredColumn(**row) for row in rows]


def left_out(conn: Connection, known: Iterable[str]) -> list[str]:
    """The columns that have posts and are not among these."""
    others = [column.slug for column in get_all(conn) if column.slug not in set(known)]
    posts = schema.posts.c
    return [slug for slug in others if conn.execute(select(posts.seq).where(posts.column == slug).limit(1)).first()]


def put_newsletters(conn: Connection, names: Iterable[tuple[str, str]], *, now: datetime) -> None:
    """Make or rename the rows of newsletters: (slug, name)."""
    for slug, name in names:
        upsert(conn, schema.newsletters, {"slug": slug, "name": name, "created": now}, keep=("created",))


def newsletter_created(conn: Connection, slug: str) -> datetime:
    """When a newsletter was first configured."""
    table = schema.newsletters
    created: datetime = conn.execute(select(table.c.created).where(table.c.slug == slug)).scalar_one()
    return created
