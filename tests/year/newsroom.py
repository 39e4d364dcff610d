"""The newsroom: posts come at any time, late and back-dated, are corrected, withdrawn and brought back."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from publisher.model.intake import Take
from publisher.model.post import Post
from publisher.store import columns, edits, posts
from publisher.store.comeback import make_news_again
from publisher.store.database import Store
from tests.year.agenda import Agenda
from tests.year.books import Books, Story
from tests.year.site import COLUMNS, Paper, feed_id_of

_TOUCHED = (  # (of a thousand posts, how soon in minutes, what happens to it)
    (150, 9, "_edit"),  # within the quiet time
    (60, 3 * 24 * 60, "_edit"),
    (40, 9, "_withdraw"),
    (60, 4 * 24 * 60, "_withdraw"),
    (20, 2 * 24 * 60, "_redate"),
    (30, 24 * 60, "_revise"),
    (20, 9, "_revise"),
)


class Newsroom:
    """Writes posts and corrects them; tells `on_stir` when one that is not to wait has come or changed."""

    def __init__(
        self, store: Store, papers: dict[str, Paper], books: Books, agenda: Agenda, chance: random.Random,
        *, is_up: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._columns_of = {slug: paper.columns for slug, paper in papers.items()}
        self._store, self._books, self._agenda, self._chance = store, books, agenda, chance
        self._is_up = is_up
        self._written: dict[int, Post] = {}
        self._unseen: list[datetime] = []  # written while nothing was running, when they were
        self.on_stir: Callable[[str], None] = lambda _column: None

    def open(self) -> None:
        """Make the columns."""
        with self._store.write() as conn:
            for slug in COLUMNS:
                columns.put_if_new(conn, slug, feed_id=feed_id_of(slug), now=self._agenda.now())

    def plan(self, begin: datetime, days: int, *, a_day: float) -> None:
        """Posts at random times, now and then many at once."""
        for day in range(days):
            at = begin + timedelta(days=day)
            busy = self._chance.choice((0.3, 0.6, 1, 1, 1, 1.6))
            for _ in range(_drawn(self._chance, a_day * busy)):
                self._agenda.at(at + timedelta(seconds=self._chance.randrange(86_400)), self._come)

    def catch_up(self) -> None:
        """After a downtime: what was written meanwhile is found now."""
        found, self._unseen = self._unseen, []
        for written in found:
            self._store_new(written)

    def _come(self) -> None:
        if self._is_up():
            self._store_new(self._agenda.now())
        else:
            self._unseen.append(self._agenda.now())

    def _store_new(self, written: datetime) -> None:
        now, number = self._agenda.now(), len(self._written) + 1
        back_dated = timedelta(days=self._chance.choice((1, 9, 400))) if self._chance.random() < 0.12 else timedelta(0)
        column = COLUMNS[int(len(COLUMNS) * self._chance.random() ** 1.3)]
        post = Post(
            id=f"tag:courier.example,2028:{number}",
            seq=0,
            column=column,
            source=f"{column}-posts",
            slug=f"post-{number}",
            title=_title(number, 1),
            published=written - back_dated,
            updated=written - back_dated,
            first_seen=now,
            summary=f"What number {number} is about.",
            body=f"<p>All of number {number}.</p>",
            url=f"https://elsewhere.example/{number}",
            mailable=self._chance.random() > 0.08,
        )
        with self._store.write() as conn:
            (seq,) = posts.save(conn, [Take(guid=post.id, content_hash=f"{number}", post=post)])
        assert seq == number, "the newsroom alone writes posts"
        self._written[seq] = replace(post, seq=seq)
        self._books.post_came(Story(seq=seq, column=column, first_seen=now, mailable=post.mailable, stood_since=now))
        self._plan_touches(seq)
        self.on_stir(column)

    def _plan_touches(self, seq: int) -> None:
        for of_thousand, minutes, name in _TOUCHED:
            if self._chance.randrange(1000) < of_thousand:
                self._touch_in(minutes, name, seq)

    def _touch_in(self, minutes: float, name: str, seq: int) -> None:
        def touch() -> None:
            getattr(self, name)(seq)
            self.on_stir(self._written[seq].column)

        self._agenda.at(self._agenda.now() + timedelta(minutes=self._chance.uniform(0.2, minutes)), touch)

    def _edit(self, seq: int) -> None:
        """By an editor's hand."""
        now, story = self._agenda.now(), self._books.stories[seq]
        title = _title(seq, story.version + 1)
        with self._store.write() as conn:
            assert edits.edit(conn, seq, {"title": title, "note": "Put right."}, now=now)
        self._books.post_changed(seq, now)

    def _revise(self, seq: int) -> None:
        """By its source: the same post is seen again, with other words."""
        now, story = self._agenda.now(), self._books.stories[seq]
        with self._store.write() as conn:
            stored = posts.with_seqs(conn, [seq])[seq]
            title = _title(seq, story.version + 1)
            post = replace(stored, title=title, updated=now, revised=now, revision=stored.revision + 1)
            posts.save(conn, [Take(guid=post.id, content_hash=title, post=post)])
        self._books.post_changed(seq, now)

    def _redate(self, seq: int) -> None:
        now = self._agenda.now()
        with self._store.write() as conn:
            assert edits.redate_if(conn, seq, now - timedelta(days=30), now=now)
        self._books.post_moved(seq, now)

    def _withdraw(self, seq: int) -> None:
        now = self._agenda.now()
        with self._store.write() as conn:
            if not edits.withdraw_if(conn, seq, now=now):
                return
        self._books.post_withdrawn(seq, now)
        if self._chance.random() < 0.5:
            self._touch_in(self._chance.choice((20, 60 * 24 * 3)), "_restore", seq)

    def _restore(self, seq: int) -> None:
        now = self._agenda.now()
        with self._store.write() as conn:
            since = posts.with_seqs(conn, [seq])[seq].withdrawn
            if not edits.restore_if(conn, seq, now=now):
                return
            make_news_again(conn, seq, self._columns_of, was_news_until=since)
        self._books.post_restored(seq, now)


def _title(seq: int, version: int) -> str:
    return f"Post {seq} version {version}"


def _drawn(chance: random.Random, mean: float) -> int:
    """A Poisson number."""
    number, left = 0, chance.expovariate(1)
    while left < mean:
        number, left = number + 1, left + chance.expovariate(1)
    return number
