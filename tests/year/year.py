"""A year lived through, from an empty database to the day on which nothing waits any more."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher.model.issue import IssueState
from publisher.store.database import Store, open_store
from publisher.templating import open_templates
from tests.year.agenda import Agenda
from tests.year.books import Books, Broken, Fault
from tests.year.editor import Editor
from tests.year.expected import expected_slots
from tests.year.house import House
from tests.year.laws import Laws
from tests.year.newsroom import Newsroom
from tests.year.readers import Readers
from tests.year.seen import read_places
from tests.year.sender import Sender
from tests.year.site import BEGIN, DAYS, Paper, break_template, papers, write_templates

REST_DAYS = 33  # after the year: no new posts, all is approved, what waits goes out
DOWN_HOURS = (1, 1, 2, 3, 3, 5, 7, 9, 26, 50, 75)
POWER_CUTS = 8
DAYS_BETWEEN_LOOKS = 9  # at everybody's place in the news
BROKEN_DAYS = 2

Meddle = Callable[[Store], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much happens."""

    readers: int = 2000
    begin: datetime = BEGIN
    days: int = DAYS
    posts_a_day: float = 1.7


# What the common tests live through: a leap day, a clock put forward over a slot at 02:30 (twice) and one put back
# (once), three ends of a month, holidays, and in it as much trouble as a whole year has.
SPRING = Size(readers=600, begin=datetime(2028, 2, 19, tzinfo=UTC), days=61, posts_a_day=4.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """How it went."""

    seed: int
    counts: dict[str, int]
    faults: list[Fault]
    people: int

    def told(self) -> str:
        return "\n\n".join(f"seed {self.seed}, {fault}" for fault in self.faults)


def live_through(folder: Path, seed: int, size: Size = Size(), *, meddle: Meddle | None = None) -> Year:
    """Live through a year; the database is in `folder`. `meddle` puts something wrong when half of it is over."""
    write_templates(folder / "templates")
    store = open_store("sqlite:///publisher.db", root=folder)
    try:
        world = _World(store, folder, seed, size)
        if meddle:
            world.agenda.at(size.begin + timedelta(days=size.days / 2), lambda: meddle(store))
        with contextlib.suppress(Broken):
            world.live()
        return Year(seed=seed, counts=world.books.counts, faults=world.books.faults, people=world.readers.people)
    finally:
        store.close()


class _World:
    def __init__(self, store: Store, folder: Path, seed: int, size: Size) -> None:
        self.size, self.templates = size, folder / "templates"
        self.store, self.books, self.agenda = store, Books(), Agenda(size.begin)
        # Each has chances of its own: what one does more or less changes nothing for the others.
        chances = [random.Random(f"{seed} {part}") for part in range(6)]
        self.chance = chances[0]
        self.papers = papers(chances[0])
        self.laws = Laws(self.books, self.papers)
        self.house = House(
            store, self.papers, self.books, self.laws, self.agenda,
            templates=open_templates(self.templates), chance=chances[1],
        )  # fmt: skip
        self.readers = Readers(store, self.papers, self.books, self.agenda, chances[2])
        self.house.sender = Sender(store, self.books, self.agenda, chances[3], leave=self.readers.leave_now)
        self.newsroom = Newsroom(
            store, self.papers, self.books, self.agenda, chances[4], is_up=lambda: self.house.is_up
        )
        self.editor = Editor(store, self.papers, self.books, self.agenda, chances[5], house=self.house)

    def live(self) -> None:
        end = self.size.begin + timedelta(days=self.size.days)
        self._wire()
        self.newsroom.open()
        self.readers.plan(self.size.readers, self.size.begin, self.size.days)
        self.newsroom.plan(self.size.begin, self.size.days, a_day=self.size.posts_a_day)
        self.editor.plan(self.size.begin, self.size.days)
        self._plan_trouble()
        for day in range(5, self.size.days + REST_DAYS, DAYS_BETWEEN_LOOKS):
            self.agenda.at(self.size.begin + timedelta(days=day), self._look_at_places)
        self.house.start()
        self.agenda.run(end)
        self.editor.is_diligent = True
        self.editor.approve_all()
        rest = end + timedelta(days=REST_DAYS)
        self.agenda.run(rest)
        self._look_back(rest)

    def _wire(self) -> None:
        self.newsroom.on_stir = self._stir
        self.house.on_start = self.newsroom.catch_up
        self.house.on_proposal = self.editor.is_told

    def _stir(self, column: str) -> None:
        """Somebody looks when the post may have stood for its quiet time; often a little too early, too."""
        for paper in self.papers.values():
            if paper.as_it_happens and column in paper.columns:
                quiet = self.agenda.now() + paper.assembly.quiet
                self.house.look_at(quiet + timedelta(seconds=self.chance.choice((1, 2, 90))))
                if self.chance.random() < 0.1:
                    self.house.look_at(quiet - timedelta(seconds=self.chance.choice((2, 200))))

    def _look_at_places(self) -> None:
        with self.store.read() as conn:
            self.laws.places(read_places(conn), self.house.kept_back, self.agenda.now())

    def _plan_trouble(self) -> None:
        def some_time() -> datetime:
            return self.size.begin + timedelta(seconds=self.chance.randrange(self.size.days * 86_400))

        for hours in DOWN_HOURS:
            self.agenda.at(some_time(), lambda hours=hours: self.house.go_down(hours + self.chance.random()))
        for _ in range(POWER_CUTS):
            self.agenda.at(some_time(), self.house.cut_power_soon)
        for _ in range(BROKEN_DAYS):
            at = some_time()
            self.agenda.at(at, lambda: break_template(self.templates))
            self.agenda.at(at + timedelta(hours=30), lambda: write_templates(self.templates))

    def _look_back(self, now: datetime) -> None:
        """The year is over: each slot was there once, and nothing waits."""
        self.laws.at_the_end(self.house.kept_back, now)
        for paper in self.papers.values():
            for cadence in paper.schedule:
                self._look_back_at(paper, cadence, now)
        self._no_proposal_is_left(now)

    def _look_back_at(self, paper: Paper, cadence: str, now: datetime) -> None:
        slots = expected_slots(paper, cadence, self.size.begin, now + timedelta(days=2))
        self._each_was_there_once(f"newsletter:{paper.slug}:{cadence}", slots, now)
        if paper.draft:
            self._each_was_there_once(f"draft:{paper.slug}:{cadence}", [at - paper.draft for at in slots], now)

    def _each_was_there_once(self, name: str, slots: Sequence[datetime], now: datetime) -> None:
        wanted = {at for at in slots if self.size.begin < at < now - timedelta(minutes=5)}
        had = {at: became for (schedule, at), became in self.house.slots.items() if schedule == name}
        for at in sorted(wanted - set(had)):
            self.books.fault(now, f"{name}: nothing is known of its slot at {at}")
        for at in sorted(set(had) - wanted):
            self.books.fault(now, f"{name}: nobody asked for a slot at {at}")
        for at in sorted(wanted & set(had)):
            self.books.count("slots")
            if len(had[at]) != 1:
                self.books.fault(now, f"{name}: the slot at {at} became {had[at]}")

    def _no_proposal_is_left(self, now: datetime) -> None:
        left = self.editor.proposals((IssueState.APPROVED, IssueState.HELD, IssueState.DRAFT))
        for issue in left:
            if now - issue.due > timedelta(days=2):
                self.books.fault(
                    now, f"issue {issue.id} ({issue.newsletter} {issue.cadence} {issue.slot}) is {issue.state}"
                )
