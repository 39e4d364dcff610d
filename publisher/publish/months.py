"""The pages by month of a place: what is older than its first page shows.

A month's posts stand on pages of `MOST`, the oldest first, so that a new post changes the
last page of its month alone. A place that shows all it has on its first page has none.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import Connection

from publisher.model.feedname import FeedName
from publisher.store import feeds

MOST = 100  # posts of one page


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPage:
    """A page, and what stands on it."""

    name: str  # `2026-11`, `2026-11-2`
    posts: tuple[int, ...]  # oldest first


def months_of(conn: Connection, feed: FeedName, zone: tzinfo) -> list[str]:
    """The months in which a post was published, newest first; one look into the index for each."""
    months: list[str] = []
    moment: datetime | None = None
    while (found := feeds.newest_before(conn, feed, moment)) is not None:
        months.append(month_in(found, zone))
        moment = _start_of(months[-1], zone)
    return months


def pages_in(conn: Connection, feed: FeedName, month: str, zone: tzinfo) -> list[MonthPage]:
    """The pages of a month, the oldest first."""
    seqs = feeds.between(conn, feed, *month_bounds(month, zone))
    return [
        MonthPage(name=_named(month, number), posts=tuple(seqs[at : at + MOST]))
        for number, at in enumerate(range(0, len(seqs), MOST), 1)
    ]


def names_of(conn: Connection, feed: FeedName, months: Sequence[str], zone: tzinfo) -> list[str]:
    """The names of all pages of these months, newest first."""
    names: list[str] = []
    for month in months:
        count = feeds.count_between(conn, feed, *month_bounds(month, zone))
        names += [_named(month, number) for number in range(-(-count // MOST), 0, -1)]
    return names


def with_neighbours(months: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Those of the months that are wanted or stand beside one that is: their pages link to each other."""
    there = sorted(set(months))
    near: set[int] = set()
    for month in wanted:  # one that has no post any more leaves two that are neighbours now
        place = bisect_left(there, month)
        near |= {place - 1, place, place + 1}
    return [month for place, month in enumerate(there) if place in near]


def newest_name_first(names: Iterable[str]) -> list[str]:
    """The names of pages in order: `2026-11-10`, `2026-11-9` … `2026-11`, `2026-10`."""
    return sorted(names, key=lambda name: (month_of_page(name), int(name[8:] or 1)), reverse=True)


def month_of_page(name: str) -> str:
    """`2026-11-2` is one of `2026-11`."""
    return name[:7]


def month_in(moment: datetime, zone: tzinfo) -> str:
    """`2026-11`"""
    return f"{moment.astimezone(zone):%Y-%m}"


def month_bounds(month: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """Its first moment, and that of the next one."""
    return _start_of(month, zone), _start_of(_next(month), zone)


def _start_of(month: str, zone: tzinfo) -> datetime:
    year, number = month.split("-")
    return datetime(int(year), int(number), 1, tzinfo=zone)


def _next(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def _named(month: str, number: int) -> str:
    return month if number == 1 else f"{month}-{number}"
