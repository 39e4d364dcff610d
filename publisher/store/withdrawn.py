"""Posts that were taken back: what stood at an address that nothing stands at now."""

from __future__ import annotations

from sqlalchemy import Connection, select

from publisher.store import schema


def is_withdrawn(conn: Connection, *, column: str, slug: str) -> bool:
    """Whether a post had its page there and was withdrawn."""
    table = schema.posts
    wanted = select(table.c.withdrawn).where(table.c.column == column, table.c.slug == slug)
    return conn.execute(wanted).scalar_one_or_none() is not None
