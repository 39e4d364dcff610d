"""Two thousand readers who join at any time, leave, come back, change cadence and columns, or are suppressed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from publisher.model.subscriber import LOOK_BACK, Cadence, Preference, SubscriberState, SubscriptionState
from publisher.store import columns, schema, subscribers
from publisher.store.database import Store
from publisher.store.preferences import Preferred, prefer
from publisher.store.subscribers import Joined, Joiner
from tests.year.agenda import Agenda
from tests.year.books import Books, Reading
from tests.year.site import Paper

_LIKED = {  # how many of a hundred want which; the daily ones cost most
    Cadence.AS_IT_HAPPENS: 16,
    Cadence.DAILY: 14,
    Cadence.WEEKLY: 40,
    Cadence.MONTHLY: 30,
}
_HABITS = (  # (of a thousand subscriptions in a year, what their reader does)
    (220, "leave"),
    (160, "change_cadence"),
    (180, "change_columns"),
    (60, "change_cadence"),
    (25, "be_suppressed"),
)


class Readers:
    """Acts for readers."""

    def __init__(
        self, store: Store, papers: dict[str, Paper], books: Books, agenda: Agenda, chance: random.Random
    ) -> None:
        self._store, self._papers, self._books = store, papers, books
        self._agenda, self._chance = agenda, chance
        self.people = 0

    def plan(self, number: int, begin: datetime, days: int) -> None:
        """Two in three are there from the first day on; the others join on any day."""
        with self._store.write() as conn:
            names = [(paper.slug, paper.assembly.newsletter.name) for paper in self._papers.values()]
            columns.put_newsletters(conn, names, now=begin)
            for at in range(number * 2 // 3):
                self._join(conn, at, days)
        for at in range(number * 2 // 3, number):
            self._agenda.at(self._some_time(begin, days), lambda at=at: self._join_alone(at, days))

    def leave_now(self, subscription: int) -> None:
        """In the moment before a letter goes out."""
        self._leave(subscription, "one-click")

    def _some_time(self, begin: datetime, days: int) -> datetime:
        return begin + timedelta(seconds=self._chance.randrange(days * 86_400))

    def _join_alone(self, number: int, days: int) -> None:
        with self._store.write() as conn:
            self._join(conn, number, days)

    def _join(self, conn: Connection, number: int, days: int) -> None:
        self.people += 1
        for paper in self._chance.sample(list(self._papers.values()), self._chance.choice((1, 1, 1, 2))):
            self._join_one(conn, f"reader{number}@readers.example", paper, days)

    def _join_one(self, conn: Connection, email: str, paper: Paper, days: int) -> None:
        now = self._agenda.now()
        cadence, chosen = self._cadence_of(paper), self._chance.choice(paper.sets)
        joiner = Joiner(email=email, newsletter=paper.slug, cadence=cadence, columns=chosen, consent="a simulation")
        assert subscribers.join(conn, joiner, now=now) is Joined.ADDED
        wish: int = conn.execute(select(func.max(schema.subscriptions.c.id))).scalar_one()
        reading = Reading(
            id=wish, email=email, newsletter=paper.slug, cadence=cadence, columns=_spelled(paper, chosen),
            since=now, look_back=LOOK_BACK[cadence],
        )  # fmt: skip
        self._books.joined(reading)
        for of_thousand, deed in _HABITS:
            if self._chance.randrange(1000) < of_thousand:
                self._agenda.at(self._some_time(now, days), lambda deed=deed: self._do(deed, wish))

    def _cadence_of(self, paper: Paper) -> Cadence:
        offered = paper.cadences
        return self._chance.choices(offered, [_LIKED[cadence] for cadence in offered])[0]

    def _do(self, deed: str, subscription: int) -> None:
        if not self._books.readings[subscription].active:
            return
        if deed == "leave":
            self._leave(subscription, "page")
            if self._chance.random() < 0.6:
                back = self._agenda.now() + timedelta(days=self._chance.choice((0.01, 1, 20, 90)))
                self._agenda.at(back, lambda: self._come_back(subscription))
        elif deed == "be_suppressed":
            self._be_suppressed(subscription)
        else:
            self._prefer(subscription, is_cadence=deed == "change_cadence")

    def _leave(self, subscription: int, how: str) -> None:
        now = self._agenda.now()
        with self._store.write() as conn:
            assert subscribers.leave(conn, subscription, now=now, how=how)
        self._books.left(subscription, now, how)

    def _come_back(self, subscription: int) -> None:
        """As a new sign-up would have it: what came meanwhile is no more news than to who joins."""
        reading, now, wishes = self._books.readings[subscription], self._agenda.now(), schema.subscriptions
        with self._store.write() as conn:
            row = conn.execute(select(wishes).where(wishes.c.id == subscription)).mappings().one()
            start = max(row["seen_seq"], subscribers.news_start(conn, reading.newsletter, reading.cadence, now=now))
            ahead = [seq for seq in row["ahead"].split() if int(seq) > start]
            values = {
                "state": SubscriptionState.ACTIVE,
                "left_at": None,
                "left_how": "",
                "seen_seq": start,
                "joined": now,
            }
            conn.execute(update(wishes).where(wishes.c.id == subscription).values(values | {"ahead": " ".join(ahead)}))
            person = conn.execute(
                select(schema.subscribers.c.state).where(schema.subscribers.c.id == row["subscriber"])
            )
            if person.scalar_one() != SubscriberState.CONFIRMED:
                conn.rollback()
                return
        self._books.returned(subscription, now)

    def _be_suppressed(self, subscription: int) -> None:
        """A dead address: none of its newsletters is sent any more."""
        email, now = self._books.readings[subscription].email, self._agenda.now()
        people = schema.subscribers
        with self._store.write() as conn:
            gone = update(people).where(people.c.email == email).values(state=SubscriberState.SUPPRESSED)
            conn.execute(gone)
        for reading in self._readings_of(email):
            if reading.active:
                self._books.left(reading.id, now, "suppressed")

    def _readings_of(self, email: str) -> Sequence[Reading]:
        return [reading for reading in self._books.readings.values() if reading.email == email]

    def _prefer(self, subscription: int, *, is_cadence: bool) -> None:
        reading, now = self._books.readings[subscription], self._agenda.now()
        paper = self._papers[reading.newsletter]
        chosen = self._chosen(subscription)
        cadence = self._chance.choice(paper.cadences) if is_cadence else reading.cadence
        columns_after = chosen if is_cadence else self._chance.choice(paper.sets)
        with self._store.write() as conn:
            preference = Preference(cadence=cadence, columns=columns_after)
            became = prefer(conn, subscription, preference, columns=paper.columns, now=now)
        if became is Preferred.SAVED:
            self._books.changed(subscription, now, cadence=cadence, columns=_spelled(paper, columns_after))

    def _chosen(self, subscription: int) -> tuple[str, ...]:
        wishes = schema.subscriptions
        with self._store.read() as conn:
            return tuple(conn.execute(select(wishes.c.columns).where(wishes.c.id == subscription)).scalar_one().split())


def _spelled(paper: Paper, chosen: tuple[str, ...]) -> frozenset[str]:
    return frozenset(chosen or paper.columns)
