"""Feeds with their entries and archive documents.

Which posts a feed holds stands here and not in a query over tags and authors, so that the
newest entries of a feed cost the same whether it has a hundred or a million, and so that
an archive document keeps its entries for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from publisher.model.feedname import FeedName, feed_named
from publisher.store import schema
from publisher.store.upsert import insert_or_ignore, upsert_all

_feeds, _entries, _pages, _posts = schema.feeds, schema.feed_entries, schema.feed_pages, schema.posts
_SOME = 500  # values that one statement is handed


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFeed:
    """What is kept of a feed."""

    name: FeedName
    feed_id: str  # tag: URI, minted once
    title: str  # of a tag, as it was written first
    created: datetime
    month: str  # the newest one when entries were filed last; "": never yet


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPage:
    """An archive document."""

    name: str
    number: int  # its place in the chain
    written: bool  # False: decided, and perhaps not on the disk yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """In which feeds a post stands."""

    post: int
    published: datetime
    revised: int  # its change, where it was revised or withdrawn; else 0
    feeds: Sequence[FeedName]


def put_if_new(conn: Connection, name: FeedName, *, feed_id: str, title: str, now: datetime) -> bool:
    """Make the feed's row; one that has a row keeps its id for ever."""
    row = {"name": str(name), "feed_id": feed_id, "title": title, "created": now, "month": ""}
    return insert_or_ignore(conn, _feeds, row)


def known(conn: Connection, names: Iterable[FeedName]) -> set[FeedName]:
    """Which of these feeds have a row."""
    asked = [str(name) for name in names]
    found: set[FeedName] = set()
    for start in range(0, len(asked), _SOME):
        wanted = select(_feeds.c.name).where(_feeds.c.name.in_(asked[start : start + _SOME]))
        found.update(map(feed_named, conn.execute(wanted).scalars()))
    return found


def get(conn: Connection, name: FeedName) -> StoredFeed:
    """The feed; it must be known."""
    row = conn.execute(select(_feeds).where(_feeds.c.name == str(name))).mappings().one()
    return StoredFeed(**dict(row) | {"name": name})


def get_all(conn: Connection) -> list[StoredFeed]:
    """Every feed that ever was, by name."""
    rows = conn.execute(select(_feeds).order_by(_feeds.c.name)).mappings()
    return [StoredFeed(**dict(row) | {"name": feed_named(row["name"])}) for row in rows]


def standing(conn: Connection, posts: Sequence[int]) -> list[tuple[FeedName, int, datetime]]:
    """(feed, post, published) of where these posts stand now."""
    found: list[tuple[FeedName, int, datetime]] = []
    for start in range(0, len(posts), _SOME):
        wanted = select(_entries.c.feed, _entries.c.post, _entries.c.published)
        rows = conn.execute(wanted.where(_entries.c.post.in_(posts[start : start + _SOME]))).all()
        found += [(feed_named(row.feed), row.post, row.published) for row in rows]
    return found


def enter(conn: Connection, memberships: Sequence[Membership]) -> None:
    """Let posts stand in these feeds and in no others. Archive documents that lose one so are to be written again."""
    rows = [
        {"feed": str(feed), "post": one.post, "published": one.published, "revised": one.revised, "page": ""}
        for one in memberships
        for feed in one.feeds
    ]
    belong = {(row["feed"], row["post"]) for row in rows}
    for feed, post, _ in standing(conn, [one.post for one in memberships]):
        if (str(feed), post) not in belong:
            _leave(conn, str(feed), post)
    upsert_all(conn, _entries, rows, keep=("page",))


def _leave(conn: Connection, feed: str, post: int) -> None:
    entry = (_entries.c.feed == feed) & (_entries.c.post == post)
    filed = select(_entries.c.page).where(entry).scalar_subquery()
    conn.execute(update(_pages).where(_pages.c.feed == feed, _pages.c.page == filed).values(written=False))
    conn.execute(delete(_entries).where(entry))


def waiting(conn: Connection, feed: FeedName) -> list[tuple[int, datetime]]:
    """(post, published) of the entries that are in no archive document, oldest first."""
    # Put into order here: asked for in this order, SQLite goes through all that the feed ever had.
    wanted = select(_entries.c.post, _entries.c.published).where(_entries.c.feed == str(feed), _entries.c.page == "")
    found = [(row.post, row.published) for row in conn.execute(wanted)]
    return sorted(found, key=lambda entry: (entry[1], entry[0]))


def count_pages(conn: Connection, feed: FeedName) -> dict[str, int]:
    """How many archive documents each month has."""
    months = func.substr(_pages.c.page, 1, 7)
    wanted = select(months, func.count()).where(_pages.c.feed == str(feed)).group_by(months)
    return {row[0]: row[1] for row in conn.execute(wanted)}


def file_pages(conn: Connection, feed: FeedName, pages: Mapping[str, Sequence[int]], *, month: str) -> None:
    """Add archive documents to the chain of a feed: name -> posts, in the order of the chain."""
    last = select(func.coalesce(func.max(_pages.c.number), 0)).where(_pages.c.feed == str(feed))
    number: int = conn.execute(last).scalar_one()
    put = (
        update(_entries)
        .where(_entries.c.feed == str(feed), _entries.c.post == bindparam("which"))
        .values(page=bindparam("into"))
    )
    for place, (name, posts) in enumerate(pages.items(), number + 1):
        conn.execute(_pages.insert().values(feed=str(feed), page=name, number=place, written=False))
        conn.execute(put, [{"which": post, "into": name} for post in posts])
    conn.execute(update(_feeds).where(_feeds.c.name == str(feed)).values(month=month))


def newest(conn: Connection, feed: FeedName, *, most: int) -> list[int]:
    """The newest posts that stand, by date of publication, newest first."""
    wanted = _standing_in(feed).order_by(_entries.c.published.desc(), _entries.c.post.desc()).limit(most)
    return list(conn.execute(wanted).scalars())


def between(conn: Connection, feed: FeedName, start: datetime, end: datetime) -> list[int]:
    """The posts that stand, published from `start` to before `end`, oldest first."""
    wanted = _standing_in(feed).where(_entries.c.published >= start, _entries.c.published < end)
    return list(conn.execute(wanted.order_by(_entries.c.published, _entries.c.post)).scalars())


def count_between(conn: Connection, feed: FeedName, start: datetime, end: datetime) -> int:
    """How many posts stand that were published from `start` to before `end`."""
    wanted = _standing_in(feed).where(_entries.c.published >= start, _entries.c.published < end)
    count: int = conn.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
    return count


def newest_before(conn: Connection, feed: FeedName, moment: datetime | None) -> datetime | None:
    """When the newest post before `moment` (None: of all) was published; None where there is none."""
    wanted = select(_entries.c.published).join(_posts, _posts.c.seq == _entries.c.post)
    wanted = wanted.where(_entries.c.feed == str(feed), _posts.c.withdrawn.is_(None))
    if moment is not None:
        wanted = wanted.where(_entries.c.published < moment)
    return conn.execute(wanted.order_by(_entries.c.published.desc()).limit(1)).scalar_one_or_none()


def _standing_in(feed: FeedName) -> Select[Any]:
    wanted = select(_entries.c.post).join(_posts, _posts.c.seq == _entries.c.post)
    return wanted.where(_entries.c.feed == str(feed), _posts.c.withdrawn.is_(None))


def revised(conn: Connection, feed: FeedName, *, most: int) -> list[int]:
    """The entries that were revised or withdrawn last, the last one first."""
    wanted = select(_entries.c.post).where(_entries.c.feed == str(feed), _entries.c.revised > 0)
    return list(conn.execute(wanted.order_by(_entries.c.revised.desc()).limit(most)).scalars())


def of_page(conn: Connection, feed: FeedName, page: str) -> list[int]:
    """The entries of an archive document."""
    wanted = select(_entries.c.post).where(_entries.c.feed == str(feed), _entries.c.page == page)
    return list(conn.execute(wanted.order_by(_entries.c.post)).scalars())


def pages_of(conn: Connection, feed: FeedName, *, near: Iterable[str] | None = None) -> list[StoredPage]:
    """The chain of archive documents, the oldest first.

    `near`: of a long chain only these, those that are to be written, and two before and one after each of them.
    """
    wanted = select(_pages.c.page, _pages.c.number, _pages.c.written).where(_pages.c.feed == str(feed))
    if near is not None:
        meant = _numbers(conn, feed, near)
        numbers = sorted({number + step for number in meant for step in (-2, -1, 0, 1)})
        parts = [numbers[at : at + _SOME] for at in range(0, len(numbers), _SOME)]
        rows = [row for some in parts for row in conn.execute(wanted.where(_pages.c.number.in_(some)))]
    else:
        rows = list(conn.execute(wanted))
    found = [StoredPage(name=row.page, number=row.number, written=row.written) for row in rows]
    return sorted(found, key=lambda page: page.number)


def _numbers(conn: Connection, feed: FeedName, pages: Iterable[str]) -> set[int]:
    """The places of these documents in the chain, and of those that are to be written."""
    numbers, asked = select(_pages.c.number).where(_pages.c.feed == str(feed)), list(pages)
    found = set(conn.execute(numbers.where(_pages.c.written.is_(False))).scalars())
    for start in range(0, len(asked), _SOME):
        found.update(conn.execute(numbers.where(_pages.c.page.in_(asked[start : start + _SOME]))).scalars())
    return found


def youngest_page(conn: Connection, feed: FeedName) -> str:
    """The last document of the chain; "" where there is none."""
    wanted = select(_pages.c.page).where(_pages.c.feed == str(feed)).order_by(_pages.c.number.desc()).limit(1)
    return conn.execute(wanted).scalar_one_or_none() or ""


def pages_with(conn: Connection, posts: Sequence[int]) -> set[tuple[FeedName, str]]:
    """(feed, page) of the archive documents that hold any of these posts."""
    found: set[tuple[FeedName, str]] = set()
    for start in range(0, len(posts), _SOME):
        some = posts[start : start + _SOME]
        wanted = select(_entries.c.feed, _entries.c.page).where(_entries.c.post.in_(some), _entries.c.page != "")
        found.update((feed_named(row.feed), row.page) for row in conn.execute(wanted.distinct()))
    return found


def all_written(conn: Connection, names: Iterable[FeedName]) -> None:
    """Every archive document of these feeds that was decided is on the disk."""
    asked = [str(name) for name in names]
    for start in range(0, len(asked), _SOME):
        some = _pages.c.feed.in_(asked[start : start + _SOME])
        conn.execute(update(_pages).where(some, _pages.c.written.is_(False)).values(written=True))
