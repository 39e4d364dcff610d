"""Posts as a list: looked for by words, column, author, days and mark, page after page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from publisher.model.post import Post
from publisher.model.slug import slug_of
from publisher.model.user import Right
from publisher.store import authors, posts
from publisher.store.postlist import Key, Mark, Wanted, page
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Somewhere
from publisher.web.desk.reach import columns_of
from publisher.web.desk.visit import Visit

MOST = 40
MOST_NAMES = 500  # of authors, offered while one types
LONGEST = 200  # characters of what is looked for
_MARKS = {Mark.HELD: "held", Mark.WITHDRAWN: "withdrawn", Mark.EDITED: "edited by hand"}


class PostsPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        house, told = self._desk.house, _Asked(visit)
        mine = columns_of(visit, house, Right.LOOK)
        before = told.key()
        with house.store.read() as conn:
            writers = authors.names(conn, most=MOST_NAMES)
            wanted = self._wanted(visit, told, mine, writers)
            found = page(conn, wanted, before=before, most=MOST)
            written = posts.with_seqs(conn, found.seqs)
        values = {
            "asked": told.values,
            "mistake": told.mistake,
            "columns": [(slug, self._named(slug)) for slug in mine],
            "writers": sorted(set(writers.values())),
            "marks": [(mark.value, name) for mark, name in _MARKS.items()],
            "posts": [self._line(written[seq]) for seq in found.seqs if seq in written],
            "older": told.address(found.older) if found.older else "",
            "newest": told.address(None) if before else "",
            "looked_back_to": self._desk.moment(found.looked_back_to),
            "is_narrow": told.is_narrow,
        }
        return self._desk.page(visit, "desk/posts.html", values)

    def _wanted(self, visit: Visit, told: _Asked, mine: tuple[str, ...], writers: Mapping[str, str]) -> Wanted:
        column = told.values["column"]
        columns = (column,) if column in mine else mine
        everything = not column and visit.may(Right.LOOK)  # also of columns that config.toml has no more
        return Wanted(
            words=tuple(told.values["q"].split()),
            columns=None if everything else columns,
            author=_key_of(told.values["author"], writers),
            since=told.day("since", self._desk),
            until=told.day("until", self._desk, after=1),
            mark=Mark(told.values["state"]) if told.values["state"] in set(Mark) else None,
        )

    def _line(self, post: Post) -> dict[str, object]:
        return {
            "seq": post.seq,
            "title": post.title,
            "column": post.column,
            "column_name": self._named(post.column),
            "authors": ", ".join(author.name for author in post.authors),
            "published": self._desk.moment(post.published),
            "badges": badges_of(post),
        }

    def _named(self, column: str) -> str:
        table = self._desk.house.config.columns.get(column)
        return (table.name if table else None) or column


class _Asked:
    """What the query asks for; what cannot be read is told and left out."""

    def __init__(self, visit: Visit) -> None:
        names = ("q", "column", "author", "since", "until", "state")
        self.values = {name: visit.asked(name)[:LONGEST] for name in names}
        self.mistake = ""
        self._from = visit.asked("from")

    @property
    def is_narrow(self) -> bool:
        return any(self.values.values())

    def day(self, name: str, desk: Desk, *, after: int = 0) -> datetime | None:
        """A day's beginning on the newsroom's clock, or that of one `after` it."""
        told = self.values[name]
        if not told:
            return None
        try:
            return datetime.combine(date.fromisoformat(told) + timedelta(days=after), time(), desk.house.zone)
        except (ValueError, OverflowError):
            self.mistake = f"{told} is no day; write it like 2026-11-22"
            return None

    def key(self) -> Key | None:
        """Where the page begins, as `address` wrote it."""
        at, _, seq = self._from.partition(".")
        try:
            key = Key(published=datetime.fromtimestamp(int(at) / 1_000_000, UTC), seq=int(seq)) if at else None
            return key if key and abs(key.seq) < 2**63 else None
        except (ValueError, OverflowError, OSError):
            return None

    def address(self, key: Key | None) -> str:
        """Of another page of the same list, below /desk."""
        kept = {name: value for name, value in self.values.items() if value}
        if key:
            micros = (key.published - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
            kept["from"] = f"{micros}.{key.seq}"
        return f"/posts?{urlencode(kept)}" if kept else "/posts"


def _key_of(name: str, writers: Mapping[str, str]) -> str:
    """Whom a name means; one that nobody has is nobody's."""
    known = (key for key, one in writers.items() if one.casefold() == name.casefold())
    return next(known, slug_of(name)) if name else ""


def badges_of(post: Post) -> list[tuple[str, str]]:
    """Word and kind of what is special about a post."""
    badges = [("withdrawn", "bad")] if post.withdrawn else []
    if post.held:
        badges.append(("held", "wait"))
    if post.note:
        badges.append(("corrected", "busy"))
    if not post.mailable:
        badges.append(("archive", ""))
    return badges


def doors(desk: Desk) -> list[Door]:
    return [Door(path="/posts", handler=PostsPage(desk).show, right=Right.LOOK, about=Somewhere.ANY)]
