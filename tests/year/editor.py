"""The editor: approves in time or late, holds, cancels, forgets; now and then stops an issue on its way."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from publisher.engine.embedded import EmbeddedEngine
from publisher.model.issue import Issue, IssueEvent, IssueState
from publisher.model.subscriber import Cadence
from publisher.store import issues, proposals, schema
from publisher.store.database import Store
from tests.year.agenda import Agenda
from tests.year.books import Books
from tests.year.house import House
from tests.year.seen import Made
from tests.year.site import Paper

PROPOSED = (IssueState.DRAFT, IssueState.APPROVED, IssueState.HELD)
_ON_THE_WAY = (IssueState.QUEUED, IssueState.SENDING)
_STOPS = 14  # a year
_HABITS = {  # what becomes of a draft: (of a hundred, after how many hours at least and at most)
    "approve": (46, 0.1, 2.8),  # before its slot
    "approve_late": (14, 3.1, 30),
    "hold": (10, 0.1, 2.8),
    "cancel": (8, 0.1, 20),
    "forget": (22, 30, 150),  # until somebody asks
}


class Editor:
    """Gives his word on proposals, or does not."""

    def __init__(
        self, store: Store, papers: dict[str, Paper], books: Books, agenda: Agenda, chance: random.Random,
        *, house: House,
    ) -> None:  # fmt: skip
        self._store, self._papers, self._books = store, papers, books
        self._agenda, self._chance, self._house = agenda, chance, house
        self._told: set[tuple[int, str]] = set()
        self.is_diligent = False  # from the end of the year on

    def plan(self, begin: datetime, days: int) -> None:
        for _ in range(_STOPS):
            self._agenda.at(begin + timedelta(seconds=self._chance.randrange(days * 86_400)), self._stop_one)

    def is_told(self, made: Made) -> None:
        """A draft or a held issue is there; of each that is told once."""
        if (made.id, made.state) in self._told:
            return
        self._told.add((made.id, made.state))
        if self.is_diligent:
            self._in(1.5, lambda: self.approve(made.id))
        elif made.state == IssueState.HELD:
            self._in(self._chance.uniform(0.2, 40), lambda: self._decide(made.id))
        else:
            self._treat(made)

    def _treat(self, made: Made) -> None:
        habit = self._chance.choices(list(_HABITS), [share for share, *_ in _HABITS.values()])[0]
        _, least, most = _HABITS[habit]
        deed = {"hold": self._hold, "cancel": self._cancel, "forget": self._decide}.get(habit, self.approve)
        self._books.count(f"drafts: {habit}")
        self._in(self._chance.uniform(least, most), lambda: deed(made.id))

    def _in(self, hours: float, deed: object) -> None:
        assert callable(deed)
        self._agenda.at(self._agenda.now() + timedelta(hours=hours), deed)

    def _decide(self, issue: int) -> None:
        """What was left lying about: mostly it goes after all."""
        (self.approve if self._chance.random() < 0.75 else self._cancel)(issue)

    def approve(self, issue: int) -> None:
        standing = self._standing(issue)
        if standing.state not in PROPOSED:
            return
        self._house.approve(standing)
        after = self._standing(issue)
        self._books.count(f"approved: {after.state}")
        if after.state is IssueState.HELD:  # its letter is still wrong
            self._in(9, lambda: self.approve(issue))

    def approve_all(self) -> None:
        """Nothing is left lying about."""
        for issue in self.proposals(PROPOSED):
            self.approve(issue.id)

    def _hold(self, issue: int) -> None:
        if self._standing(issue).state in PROPOSED:
            with self._store.write() as conn:
                assert proposals.hold(conn, issue, "the editor wants to read it again", now=self._agenda.now())
            self._books.count("held by hand")
            self._in(self._chance.uniform(0.5, 60), lambda: self._decide(issue))

    def _cancel(self, issue: int) -> None:
        standing = self._standing(issue)
        if standing.state in PROPOSED:
            self._end(standing)
            self._books.count("proposals cancelled")

    def _end(self, issue: Issue) -> None:
        engine = EmbeddedEngine(self._store, _sends_nothing, self._agenda.now)
        assert engine.cancel(issue.id)
        if issue.cadence is Cadence.AS_IT_HAPPENS:
            self._books.single_cancelled(issue.newsletter, self._house.posts_of(issue.id))

    def _stop_one(self) -> None:
        """An issue that is being sent is paused for a while, or cancelled."""
        going = self.proposals(_ON_THE_WAY)
        if not going:
            self._in(5.3, self._stop_one)
            return
        issue = self._chance.choice(going)
        if self._chance.random() < 0.4:
            self._end(issue)
            self._books.count("issues cancelled on their way")
        else:
            self._move(issue.id, IssueEvent.PAUSE)
            self._books.count("issues paused")
            self._in(self._chance.choice((0.5, 7, 30)), lambda: self._resume(issue.id))

    def _resume(self, issue: int) -> None:
        self._move(issue, IssueEvent.RESUME)
        self._house.send_soon()

    def _move(self, issue: int, event: IssueEvent) -> None:
        with self._store.write() as conn:
            assert issues.move_if(conn, issue, event, now=self._agenda.now())

    def _standing(self, issue: int) -> Issue:
        with self._store.read() as conn:
            return issues.get_issue(conn, issue)

    def proposals(self, states: Iterable[IssueState]) -> list[Issue]:
        """The issues in some states, oldest first."""
        rows = schema.issues
        with self._store.read() as conn:
            wanted = select(rows).where(rows.c.state.in_(list(states))).order_by(rows.c.id)
            return [issues.issue_of(row) for row in conn.execute(wanted).mappings()]


def _sends_nothing(_stop: threading.Event) -> bool:
    return True
