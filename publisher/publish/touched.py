"""What a run has to write anew, and what of it a run that is killed owes to the next one.

What changed since the last whole run is found again by its number. What cannot be found
again, once posts are entered into their feeds, is noted in the database in the same
transaction: in which feeds and months posts stood before, which feeds are there for the
first time or again, which files posts have left. Notes are taken away when all is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from publisher.model.feedname import FeedName, feed_named
from publisher.store import marks

_OWED = "owed "  # how the names of such marks start
_NAMES = f"{_OWED}names"


@dataclass(slots=True, kw_only=True)
class Touched:
    """What has to be written anew because of what changed."""

    posts: set[int] = field(default_factory=set)  # their pages, and all feeds they stand in
    linked: set[int] = field(default_factory=set)  # their pages alone: one of `posts` follows them up
    feeds: set[FeedName] = field(default_factory=set)
    anew: set[FeedName] = field(default_factory=set)  # feeds of which every document and page is written
    months: set[tuple[FeedName, str]] = field(default_factory=set)  # in which a list of posts changed
    left: set[str] = field(default_factory=set)  # files that are no longer those of any post
    names: bool = False  # there are other feeds than before, or they are called otherwise

    def months_of(self, feed: FeedName) -> set[str]:
        """The months in which the list of a feed changed."""
        return {month for name, month in self.months if name == feed}

    def add(self, other: Touched) -> None:
        self.posts |= other.posts
        self.linked |= other.linked
        self.feeds |= other.feeds
        self.anew |= other.anew
        self.months |= other.months
        self.left |= other.left
        self.names |= other.names


def note(conn: Connection, touched: Touched) -> None:
    """Owe this to the next run."""
    owed = [f"{_OWED}month {feed} {month}" for feed, month in touched.months]
    owed += [f"{_OWED}feed {feed}" for feed in touched.anew]
    owed += [f"{_OWED}file {path}" for path in touched.left]
    marks.put(conn, dict.fromkeys([*owed, *([_NAMES] if touched.names else [])], ""))


def owed(conn: Connection) -> Touched:
    """What runs that were killed owe."""
    found = Touched()
    for mark in marks.starting(conn, _OWED):
        kind, _, what = mark.removeprefix(_OWED).partition(" ")
        if kind == "names":
            found.names = True
        elif kind == "feed":
            found.anew.add(feed_named(what))
        elif kind == "file":
            found.left.add(what)
        else:
            feed, _, month = what.rpartition(" ")
            found.months.add((feed_named(feed), month))
    found.feeds = found.anew | {feed for feed, _ in found.months}
    return found


def settle(conn: Connection) -> None:
    """Nothing is owed any more."""
    marks.forget(conn, marks.starting(conn, _OWED))
