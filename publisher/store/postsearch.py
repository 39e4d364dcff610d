"""Finding posts as a person names them: by id, address, page, or words of the title.

Withdrawn posts are found, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from publisher.store import schema

_posts = schema.posts


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Which posts are looked at; what is left out does not matter."""

    column: str = ""  # slug
    withdrawn: bool = False  # just those
    edited: bool = False  # just those with a field held by hand
    held: bool = False  # just those that are kept out of letters


ALL = Only()


def by_id(conn: Connection, post_id: str) -> int | None:
    """The number of the post with this id."""
    return conn.execute(select(_posts.c.seq).where(_posts.c.id == post_id)).scalar_one_or_none()


def by_page(conn: Connection, column: str, slug: str) -> int | None:
    """The number of the post with this page."""
    wanted = select(_posts.c.seq).where(_posts.c.column == column, _posts.c.slug == slug)
    return conn.execute(wanted).scalar_one_or_none()


def by_address(conn: Connection, url: str) -> list[int]:
    """The numbers of the posts that were published at this address first, or go by it in their source."""
    wanted = select(_posts.c.seq).where(or_(_posts.c.url == url, _posts.c.guid == url))
    return list(conn.execute(wanted.order_by(_posts.c.seq)).scalars())


def by_slug(conn: Connection, slug: str) -> list[int]:
    """The numbers of the posts with this slug, one a column at most."""
    return list(conn.execute(select(_posts.c.seq).where(_posts.c.slug == slug).order_by(_posts.c.seq)).scalars())


def newest(conn: Connection, words: Sequence[str], *, only: Only = ALL, most: int) -> list[int]:
    """The numbers of the newest posts with all these words in their title, whatever their case.

    Read here and not in SQL: what is upper and lower case beyond ASCII is told apart by no
    SQLite, and differently by each PostgreSQL.
    """
    sought = [word.casefold() for word in words]
    wanted: Select[Any] = select(_posts.c.seq, _posts.c.title).where(*_conditions(only))
    wanted = wanted.order_by(_posts.c.published.desc(), _posts.c.seq.desc())
    if not sought:
        return list(conn.execute(wanted.limit(most)).scalars())
    with conn.execute(wanted.execution_options(yield_per=1000)) as rows:
        found = (row.seq for row in rows if all(word in row.title.casefold() for word in sought))
        return list(islice(found, most))


def _conditions(only: Only) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if only.column:
        conditions.append(_posts.c.column == only.column)
    if only.withdrawn:
        conditions.append(_posts.c.withdrawn.is_not(None))
    if only.held:
        conditions.append(_posts.c.held.is_not(None))
    if only.edited:
        conditions.append(_posts.c.edited.cast(schema.posts.c.title.type) != "[]")
    return conditions
