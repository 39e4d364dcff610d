"""Entering posts into their feeds, and feeds' entries into archive documents, before anything is written.

Each step is a transaction that comes to the same when it is done again. What has to be
written because of it is told; of a run that does everything anew only the feeds are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import Connection

from publisher.feed.identity import feed_tag
from publisher.model.column import Column
from publisher.model.feedname import WHOLE, FeedKind, FeedName, feeds_of
from publisher.model.post import Post
from publisher.publish.changes import Todo, begin_whole
from publisher.publish.filing import Waiting, file_entries, is_due, month_of
from publisher.publish.months import month_in
from publisher.publish.touched import Touched, note, owed
from publisher.store import authors, feeds, files, posts, threads
from publisher.store.database import Store

_SOME = 200  # posts at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What feeds are named with."""

    columns: Mapping[str, Column]
    whole_id: str  # of the feed of all posts
    tagging_entity: str
    zone: tzinfo  # months of pages are in it

    def own(self) -> Iterator[FeedName]:
        """The feeds that are there even without a post."""
        yield WHOLE
        for slug, column in self.columns.items():
            yield FeedName(kind=FeedKind.COLUMN, key=slug)
            yield from (FeedName(kind=FeedKind.AUTHOR, key=key) for key in column.authors)

    def feed_id(self, name: FeedName) -> str:
        if name.kind is FeedKind.ALL:
            return self.whole_id
        if name.kind is FeedKind.COLUMN:
            return self.columns[name.key].feed_id
        return feed_tag(self.tagging_entity, str(name))

    def feeds_of(self, post: Post) -> dict[FeedName, str]:
        """The feeds that a post stands in, with the labels of tags; none where its column is not published."""
        return feeds_of(post) if post.column in self.columns else {}


def enter_changes(store: Store, todo: Todo, naming: Naming, *, now: datetime) -> Touched:
    """Enter what changed into its feeds; what is touched by it."""
    touched = _enter_all(store, naming, now=now) if todo.whole else _enter_changed(store, todo, naming, now=now)
    for name in sorted(touched.feeds):
        with store.write() as conn:
            _file(conn, name)
    return touched


def _enter_all(store: Store, naming: Naming, *, now: datetime) -> Touched:
    begin_whole(store)
    with store.write() as conn:
        _make(conn, dict.fromkeys(naming.own(), ""), naming, now=now)
    last = 0
    while True:
        with store.write() as conn:
            some = posts.seqs_after(conn, last, most=_SOME)
            _enter(conn, some, naming, now=now)
        if not some:
            break
        last = some[-1][1]
    with store.read() as conn:
        return Touched(feeds={feed.name for feed in feeds.get_all(conn)}, names=True)


def _enter_changed(store: Store, todo: Todo, naming: Naming, *, now: datetime) -> Touched:
    with store.read() as conn:
        touched = owed(conn)
        people = authors.changed_after(conn, todo.after)
        touched.add(_of_authors(conn, people, naming))
        others = sorted(set(posts.by_authors(conn, people)), key=lambda one: one[1])
    for some in _changed(store, todo.after, others):
        with store.write() as conn:
            seqs = [seq for _, seq in some]
            after = threads.followers(conn, seqs)  # their entries name the post that they follow
            some += [one for one in after if one[1] not in seqs]
            touched.add(_enter(conn, some, naming, now=now))
            touched.linked |= threads.followed(conn, [seq for _, seq in some])
    with store.write() as conn:
        new = _not_there(conn, touched.feeds)
        note(conn, new)
        touched.add(new)
    return touched


def _changed(store: Store, after: int, others: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """(change, seq) of posts that changed, and of these others."""
    seen = set[int]()
    while True:
        with store.read() as conn:
            some = posts.changed_after(conn, after, most=_SOME)
        if not some:
            break
        after = some[-1][0]
        seen |= {seq for _, seq in some}
        yield some
    rest = [one for one in others if one[1] not in seen]
    yield from (rest[at : at + _SOME] for at in range(0, len(rest), _SOME))


def _of_authors(conn: Connection, people: Sequence[str], naming: Naming) -> Touched:
    """What tells of authors beside their posts: their own feeds, and those of the columns that are theirs."""
    names = {FeedName(kind=FeedKind.AUTHOR, key=key) for key in people}
    names |= {
        FeedName(kind=FeedKind.COLUMN, key=slug)
        for slug, column in naming.columns.items()
        if not set(people).isdisjoint(column.authors)
    }
    there = feeds.known(conn, names)
    return Touched(feeds=set(there), anew=set(there), names=bool(there))


def _not_there(conn: Connection, names: set[FeedName]) -> Touched:
    """Feeds that are published for the first time, or again: nothing of them is there."""
    paths = {f"{name.folder}/index.html".lstrip("/"): name for name in names}
    there = files.digests_of(conn, list(paths))
    new = {name for path, name in paths.items() if not there.get(path)}
    return Touched(feeds=set(new), anew=new, names=bool(new))


def _enter(conn: Connection, some: Sequence[tuple[int, int]], naming: Naming, *, now: datetime) -> Touched:
    """What is touched by it; what only the places tell where they stood before is noted."""
    change_of = {seq: change for change, seq in some}
    read = posts.with_seqs(conn, list(change_of))
    before = {(name, seq, month_in(when, naming.zone)) for name, seq, when in feeds.standing(conn, list(read))}
    entered = {seq: naming.feeds_of(post) for seq, post in read.items()}
    _make(conn, {name: label for named in entered.values() for name, label in named.items()}, naming, now=now)
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
    after = {
        (name, seq, month_in(read[seq].published, naming.zone)) for seq, named in entered.items() for name in named
    }
    lost = before - after
    left = {f"{name.folder}/{read[seq].slug}.html" for name, seq, _ in lost if _moved(name, read[seq])}
    note(conn, Touched(months={(name, month) for name, _, month in lost}, left=left))
    months = {(name, month) for name, _, month in before | after}
    return Touched(posts=set(read), feeds={name for name, _ in months}, months=months, left=left)


def _moved(name: FeedName, post: Post) -> bool:
    """Whether the post had its page in that column."""
    return name.kind is FeedKind.COLUMN and name.key != post.column


def _make(conn: Connection, labels: Mapping[FeedName, str], naming: Naming, *, now: datetime) -> None:
    """Make the rows of feeds that are new."""
    for name in sorted(labels.keys() - feeds.known(conn, labels)):
        feeds.put_if_new(conn, name, feed_id=naming.feed_id(name), title=labels[name], now=now)


def _file(conn: Connection, name: FeedName) -> None:
    """File what waits for it into archive documents."""
    month = feeds.get(conn, name).month
    waiting = [Waiting(post=post, month=month_of(published)) for post, published in feeds.waiting(conn, name)]
    if is_due(waiting, month=month):
        filing = file_entries(waiting, month=month, taken=feeds.count_pages(conn, name))
        feeds.file_pages(conn, name, {page.name: page.posts for page in filing.pages}, month=filing.month)
