"""What of our archive may be related to a post: the newest posts of a column, of an author, with a tag.

Each question is answered from the end of an index and stops after so many rows, so that it
costs the same whatever the archive's size. Tags are known of posts that were published.

Not here: which of these are the nearest (letter/related).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from publisher.model.earlier import Earlier
from publisher.model.feedname import FeedKind, FeedName
from publisher.model.media import Image
from publisher.store import schema

_SOME = 500  # values that one statement is handed
_LOOKED_AT = 3
_posts, _authors, _entries = schema.posts, schema.post_authors, schema.feed_entries


def newest_of(conn: Connection, feed: FeedName, *, through_seq: int, most: int) -> list[int]:
    """The newest posts of a column, an author or a tag that may stand in letters, first seen up to `through_seq`.

    No more rows are looked at than `_LOOKED_AT` for each that is wanted, also where most were withdrawn.
    """
    key = str(feed) if feed.kind is FeedKind.TAG else feed.key
    given = {"key": key, "through": through_seq, "most": most, "looked_at": _LOOKED_AT * most}
    return list(conn.execute(_WANTED[feed.kind], given).scalars())


def _of_column() -> Select[Any]:
    wanted = select(_posts.c.seq).where(_posts.c.column == bindparam("key"))
    return wanted.order_by(_posts.c.published.desc(), _posts.c.seq.desc())


def _of_author() -> Select[Any]:
    """In the order we first saw them: that is what the index has, and near enough."""
    wanted = select(_authors.c.post.label("seq")).where(_authors.c.author == bindparam("key"))
    return wanted.order_by(_authors.c.post.desc())


def _with_tag() -> Select[Any]:
    wanted = select(_entries.c.post.label("seq")).where(_entries.c.feed == bindparam("key"))
    return wanted.order_by(_entries.c.published.desc(), _entries.c.post.desc())


def _standing(newest: Select[Any]) -> Select[Any]:
    """Limited before posts are looked up: joined first, PostgreSQL would walk through all of them."""
    looked_at = newest.limit(bindparam("looked_at")).subquery()
    wanted = select(_posts.c.seq).join(looked_at, looked_at.c.seq == _posts.c.seq)
    wanted = wanted.where(_posts.c.withdrawn.is_(None), _posts.c.held.is_(None), _posts.c.seq <= bindparam("through"))
    return wanted.order_by(_posts.c.published.desc(), _posts.c.seq.desc()).limit(bindparam("most"))


_WANTED: Mapping[FeedKind, Select[Any]] = {
    FeedKind.COLUMN: _standing(_of_column()),
    FeedKind.AUTHOR: _standing(_of_author()),
    FeedKind.TAG: _standing(_with_tag()),
}


def earlier(conn: Connection, seqs: Sequence[int]) -> dict[int, Earlier]:
    """The posts with these numbers, by number, without their texts."""
    found: dict[int, Earlier] = {}
    for start in range(0, len(seqs), _SOME):
        some = seqs[start : start + _SOME]
        writers = _writers_of(conn, some)
        rows = conn.execute(
            select(*(_posts.c[name] for name in (*_PLAIN, "image", "tags"))).where(_posts.c.seq.in_(some))
        )
        for row in rows.mappings():
            found[row["seq"]] = Earlier(
                **{name: row[name] for name in _PLAIN},
                image=Image(**row["image"]) if row["image"] else None,
                tags=tuple(row["tags"]),
                authors=tuple(writers.get(row["seq"], ())),
            )
    return found


_PLAIN = ("seq", "column", "slug", "title", "summary", "url", "published", "language")


def _writers_of(conn: Connection, seqs: Sequence[int]) -> dict[int, list[str]]:
    wanted = select(_authors.c.post, _authors.c.author).where(_authors.c.post.in_(seqs))
    found: dict[int, list[str]] = {}
    for row in conn.execute(wanted.order_by(_authors.c.post, _authors.c.position)):
        found.setdefault(row.post, []).append(row.author)
    return found
