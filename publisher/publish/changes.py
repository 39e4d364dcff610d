"""What has changed since the last run, and entering it into the feeds.

How far a run has come is a mark in the database: the number of the last change that is
published. Posts are entered into their feeds, and feeds filed into archive documents, in
transactions before anything is written; the mark moves when all is written. So a run that
was killed is done again from where it began, and comes to the same.

A run does everything anew when the site, its columns, the templates, the program or the
place have changed, and when nothing is there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import chain

from sqlalchemy import Connection

from publisher.feed.identity import feed_tag
from publisher.model.column import Column
from publisher.model.feedname import WHOLE, FeedKind, FeedName, feeds_of
from publisher.publish.filing import Waiting, file_entries, month_of
from publisher.publish.months import month_in
from publisher.store import authors, counters, feeds, marks, posts
from publisher.store.database import Store

THROUGH, AS = "published through", "published as"
_SOME = 200  # posts at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """What a run has to do."""

    whole: bool  # everything anew
    after: int  # else: what changed after this change
    through: int  # what the mark will say when it is done
    fingerprint: str

    @property
    def is_nothing(self) -> bool:
        return not self.whole and self.after == self.through


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What feeds are named with."""

    columns: Mapping[str, Column]
    whole_id: str  # of the feed of all posts
    tagging_entity: str
    zone: tzinfo  # months of pages are in it

    def own(self) -> Iterator[FeedName]:
        """The feeds that are there even without a post."""
        for slug, column in self.columns.items():
            yield FeedName(kind=FeedKind.COLUMN, key=slug)
            yield from (FeedName(kind=FeedKind.AUTHOR, key=key) for key in column.authors)

    def feed_id(self, name: FeedName) -> str:
        if name.kind is FeedKind.ALL:
            return self.whole_id
        if name.kind is FeedKind.COLUMN:
            return self.columns[name.key].feed_id
        return feed_tag(self.tagging_entity, str(name))


@dataclass(slots=True, kw_only=True)
class Touched:
    """What has to be written anew because of what changed."""

    posts: list[int] = field(default_factory=list)
    feeds: set[FeedName] = field(default_factory=set)
    months: set[tuple[FeedName, str]] = field(default_factory=set)  # in which a list of posts changed
    names: bool = False  # there are other feeds than before, or they are called otherwise


def look(store: Store, fingerprint: str, *, whole: bool) -> Todo:
    """What there is to do; `whole`: everything in any case."""
    with store.read() as conn:
        return Todo(
            whole=whole or marks.get(conn, AS) != fingerprint,
            after=int(marks.get(conn, THROUGH) or 0),
            through=counters.last_of(conn, counters.CHANGES),
            fingerprint=fingerprint,
        )


def settle(store: Store, todo: Todo) -> None:
    """All is written."""
    with store.write() as conn:
        feeds.all_written(conn)
        marks.put(conn, {THROUGH: str(todo.through), AS: todo.fingerprint})


def fingerprint_of(facts: Mapping[str, object]) -> str:
    """Of what everything depends on."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def enter_changes(store: Store, todo: Todo, naming: Naming, *, now: datetime) -> Touched:
    """Enter what changed into its feeds; what is touched by it. Of a whole run only the feeds are told."""
    touched = Touched()
    for some in _in_parts(store, todo):
        with store.write() as conn:
            _enter(conn, some, naming, touched, now=now, whole=todo.whole)
    with store.write() as conn:
        own = [WHOLE, *naming.own()]
        touched.names |= _make(conn, dict.fromkeys(own, ""), naming, now=now) or todo.whole
        touched.feeds |= {feed.name for feed in feeds.get_all(conn)} if todo.whole else set()
    for name in sorted(touched.feeds):
        with store.write() as conn:
            _file(conn, name)
    return touched


def _in_parts(store: Store, todo: Todo) -> Iterator[list[tuple[int, int]]]:
    """(change, seq) of the posts that changed."""
    after, seen = (0 if todo.whole else todo.after), set[int]()
    while True:
        with store.read() as conn:
            read = posts.seqs_after if todo.whole else posts.changed_after
            some = read(conn, after, most=_SOME)
        if not some:
            break
        after = some[-1][1] if todo.whole else some[-1][0]
        seen |= set() if todo.whole else {seq for _, seq in some}
        yield some
    if not todo.whole:
        with store.read() as conn:
            written = posts.by_authors(conn, authors.changed_after(conn, todo.after))
            others = sorted({one for one in written if one[1] not in seen}, key=lambda one: one[1])
        yield from (others[at : at + _SOME] for at in range(0, len(others), _SOME))


def _enter(
    conn: Connection, some: Sequence[tuple[int, int]], naming: Naming, touched: Touched, *, now: datetime, whole: bool
) -> None:
    change_of = {seq: change for change, seq in some}
    read = posts.with_seqs(conn, list(change_of))
    stood = feeds.standing(conn, list(read))
    entered = {seq: feeds_of(post) if post.column in naming.columns else {} for seq, post in read.items()}
    labels = {name: label for named in entered.values() for name, label in named.items()}
    touched.names |= _make(conn, labels, naming, now=now)
    feeds.enter(
        conn,
        [
            feeds.Membership(
                post=seq,
                published=post.published,
                revised=change_of[seq] if post.withdrawn or post.revision > 1 else 0,
                feeds=list(entered[seq]),
            )
            for seq, post in read.items()
        ],
    )
    if whole:
        return
    touched.posts += sorted(read)
    for name, published in chain(
        ((name, published) for name, _, published in stood),
        ((name, read[seq].published) for seq, named in entered.items() for name in named),
    ):
        touched.feeds.add(name)
        touched.months.add((name, month_in(published, naming.zone)))


def _make(conn: Connection, labels: Mapping[FeedName, str], naming: Naming, *, now: datetime) -> bool:
    """Make the rows of feeds that are new; False where none is."""
    new = sorted(labels.keys() - feeds.known(conn, labels))
    for name in new:
        feeds.put_if_new(conn, name, feed_id=naming.feed_id(name), title=labels[name], now=now)
    return bool(new)


def _file(conn: Connection, name: FeedName) -> None:
    """File what waits for it into archive documents."""
    waiting = [Waiting(post=post, month=month_of(published)) for post, published in feeds.waiting(conn, name)]
    filing = file_entries(waiting, month=feeds.get(conn, name).month, taken=feeds.count_pages(conn, name))
    if filing.pages or filing.month != feeds.get(conn, name).month:
        feeds.file_pages(conn, name, {page.name: page.posts for page in filing.pages}, month=filing.month)
