"""How much a column has: posts in all, and how many of late. Answered by the index of columns alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from publisher.store import schema

_posts = schema.posts


def counts(conn: Connection) -> dict[str, int]:
    """Posts by column."""
    wanted = select(_posts.c.column, func.count()).group_by(_posts.c.column)
    return {slug: int(number) for slug, number in conn.execute(wanted)}


def count(conn: Connection, column: str) -> int:
    """Posts of one column."""
    number: int = conn.execute(select(func.count()).where(_posts.c.column == column)).scalar_one()
    return number


def last_published(conn: Connection, column: str) -> datetime | None:
    """The date of its newest post."""
    moment: datetime | None = conn.execute(
        select(_posts.c.published).where(_posts.c.column == column).order_by(_posts.c.published.desc()).limit(1)
    ).scalar_one_or_none()
    return moment


def published_since(conn: Connection, column: str, since: datetime) -> list[datetime]:
    """When each post was published, oldest first."""
    wanted = select(_posts.c.published).where(_posts.c.column == column, _posts.c.published >= since)
    return list(conn.execute(wanted.order_by(_posts.c.published)).scalars())
