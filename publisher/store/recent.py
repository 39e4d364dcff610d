"""Posts of a source that came lately: those whose pages are looked at again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from publisher.model.post import Post
from publisher.store import posts, schema


def published_since(conn: Connection, source: str, *, column: str, since: datetime, most: int) -> dict[str, Post]:
    """By guid, the newest first. What it costs depends on what is new in the column, not on what is stored."""
    table = schema.posts
    wanted = select(table.c.guid, table.c.seq).where(
        table.c.column == column,
        table.c.published >= since,
        table.c.source == source,
        table.c.withdrawn.is_(None),
    )
    found = conn.execute(wanted.order_by(table.c.published.desc(), table.c.seq.desc()).limit(most)).all()
    stored = posts.with_seqs(conn, [row.seq for row in found])
    return {row.guid: stored[row.seq] for row in found}
