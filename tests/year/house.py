"""The machine that runs the site: its clockwork, its downtimes, its power cuts, what its jobs make.

The clockwork is the real one, over the real rows of schedules; only its clock is injected,
and it is looked at when something may be due and not each second.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from publisher.assemble.assembly import Assembled, Result
from publisher.assemble.drafting import draft
from publisher.assemble.releasing import approve
from publisher.assemble.singles import assemble_singles
from publisher.assemble.slots import assemble
from publisher.house.timetable import HOWEVER_LATE
from publisher.model.issue import Issue
from publisher.model.schedule import Run, RunState
from publisher.model.subscriber import Cadence
from publisher.schedule.jobs import Clockwork, Entry, Job
from publisher.schedule.slots import Ahead, Every
from publisher.store import schema
from publisher.store.database import Store
from publisher.templating import Templates
from tests.year.agenda import Agenda
from tests.year.books import Books
from tests.year.laws import Laws
from tests.year.seen import Made, posts_kept_back, read_made
from tests.year.sender import Sender
from tests.year.site import Paper

_GOING = (Result.QUEUED,)
_PROPOSED = (Result.HELD, Result.DRAFT, Result.APPROVED)


class PowerCut(BaseException):
    """The machine goes off, in the middle of what it does."""


class House:
    """Runs the site; `on_proposal` is told of each draft and each held issue."""

    def __init__(
        self, store: Store, papers: dict[str, Paper], books: Books, laws: Laws, agenda: Agenda,
        *, templates: Templates, chance: random.Random,
    ) -> None:  # fmt: skip
        self._store, self._papers, self._books, self._laws = store, papers, books, laws
        self._agenda, self._templates, self._chance = agenda, templates, chance
        self._clockwork = Clockwork(store, self._entries(), agenda.now)
        self._looks: set[datetime] = set()  # when somebody will look, and send
        self._sends: set[datetime] = set()
        self._cut_in: str = ""  # where the power goes off next: before or after a transaction ends
        self._known: set[int] = set()  # issues that were proposals
        self._approved: set[int] = set()
        self._approved_with: dict[int, set[int]] = {}  # ahead of their time: the posts that they had then
        self.sender: Sender
        self.is_up = True
        self.on_proposal: Callable[[Made], None] = lambda _made: None
        self.on_start: Callable[[], None] = lambda: None
        self.slots: dict[tuple[str, datetime], list[str]] = {}  # (schedule, slot): what became of it

    # Time

    def start(self) -> None:
        self._clockwork.sync()
        self._look_at_next()

    def look_at(self, moment: datetime) -> None:
        """The clock shows this; where the machine runs, it looks."""
        if moment not in self._looks:
            self._looks.add(moment)
            self._agenda.at(moment, lambda: self._look_once(moment))

    def _look_once(self, moment: datetime) -> None:
        self._looks.discard(moment)
        self.look()

    def look(self) -> None:
        """Everything that is due now is done, as at any tick."""
        if not self.is_up:
            return
        try:
            for ended in self._clockwork.run_due():
                self._ended(ended.run, ended.note)
        except PowerCut:
            self._books.count("power cuts")
            self._down(timedelta(minutes=self._chance.choice((2, 50, 700))))
            return
        self._look_at_next()

    def _look_at_next(self) -> None:
        rows = schema.schedules.c
        with self._store.read() as conn:
            coming = conn.execute(select(rows.next_run).where(rows.name.not_like("%as-it-happens"))).scalars()
            self.look_at(min(coming) + timedelta(seconds=self._chance.choice((0, 1, 40))))

    # Downtimes

    def go_down(self, hours: float) -> None:
        if self.is_up:
            self._books.count("downtimes")
            self._down(timedelta(hours=hours))

    def cut_power_soon(self) -> None:
        """The next job that makes an issue does not come to its end."""
        self._cut_in = self._chance.choice(("inside", "after"))

    def _down(self, length: timedelta) -> None:
        self.is_up, self._cut_in = False, ""
        self._agenda.at(self._agenda.now() + length, self._come_up)

    def _come_up(self) -> None:
        self.is_up = True
        self._clockwork.recover()
        self._clockwork.sync()
        self.sender.recover()
        self.on_start()
        self.look()
        self._note_what_stands()
        self.send()

    def _note_what_stands(self) -> None:
        """What is written down as missed, and what was done in the moment before the power went off."""
        rows, ended = schema.schedule_runs.c, (RunState.MISSED, RunState.DONE)
        since = self._agenda.now() - timedelta(days=20)
        with self._store.read() as conn:
            wanted = select(rows.schedule, rows.at, rows.state).where(rows.state.in_(ended), rows.at > since)
            for name, at, state in conn.execute(wanted):
                if (name, at) not in self.slots and not name.endswith(Cadence.AS_IT_HAPPENS):
                    self.slots[name, at] = [state]
                    self._books.count("slots missed", state == RunState.MISSED)

    # Sending

    def send_soon(self) -> None:
        self._send_at(self._agenda.now() + timedelta(minutes=self._chance.choice((0, 1, 9))))

    def _send_at(self, moment: datetime) -> None:
        if moment not in self._sends:
            self._sends.add(moment)
            self._agenda.at(moment, self.send)

    def send(self) -> None:
        """Everything that may be sent now; what is deferred is looked for again when it is ripe."""
        self._sends.discard(self._agenda.now())
        if not self.is_up:
            return
        dies = self._chance.random() < 0.004
        again = self.sender.send_due(dies=dies)
        if dies:
            self._down(timedelta(minutes=7))
        elif again:
            self._send_at(max(again, self._agenda.now()))

    # Jobs

    def _entries(self) -> dict[str, Entry]:
        entries = {}
        for paper in self._papers.values():
            for cadence in paper.schedule:
                entries |= self._digest_entries(paper, cadence)
            if paper.as_it_happens:
                name = f"newsletter:{paper.slug}:{Cadence.AS_IT_HAPPENS}"
                every = Every(interval=timedelta(minutes=1))
                entries[name] = Entry(when=every, grace=paper.assembly.grace, job=self._singles_job(paper))
        return entries

    def _digest_entries(self, paper: Paper, cadence: Cadence) -> dict[str, Entry]:
        when = paper.when(cadence)
        name = f"{paper.slug}:{cadence}"
        entries = {f"newsletter:{name}": Entry(when=when, grace=HOWEVER_LATE, job=self._slot_job(paper, cadence))}
        if paper.draft:
            ahead = Ahead(of=when, by=paper.draft)
            job = self._draft_job(paper, cadence, ahead)
            entries[f"draft:{name}"] = Entry(when=ahead, grace=paper.draft, job=job)
        return entries

    def _draft_job(self, paper: Paper, cadence: Cadence, ahead: Ahead) -> Job:
        def job(run: Run) -> str:
            made = draft(
                self._store, paper.assembly, cadence=cadence, slot=ahead.aim(run.slot), now=self._agenda.now(),
                templates=self._templates,
            )  # fmt: skip
            self._went(made, by_hand=False)
            self._cut("after")
            return str(made)

        return job

    def _slot_job(self, paper: Paper, cadence: Cadence) -> Job:
        def job(run: Run) -> str:
            made = assemble(
                self._store, paper.assembly, cadence=cadence, slot=run.slot, now=self._agenda.now(),
                templates=self._templates, enqueue=self._enqueue,
            )  # fmt: skip
            self._went(made, by_hand=False)
            if made.result in (Result.NO_NEWS, Result.NO_READERS):
                self._laws.nothing_made(paper.slug, cadence, self._agenda.now())
            self._cut("after")
            return str(made)

        return job

    def _singles_job(self, paper: Paper) -> Job:
        def job(_run: Run) -> str:
            made = assemble_singles(
                self._store, paper.assembly, now=self._agenda.now(), templates=self._templates, enqueue=self._enqueue
            )
            for one in made:
                self._went(one, by_hand=False)
            self._laws.singles_made(paper.slug, lambda: self.kept_back(paper.slug), self._agenda.now())
            return f"{len(made)} issues"

        return job

    def approve(self, issue: Issue) -> None:
        """By the editor's word: at its slot where that is still to come, else now."""
        self._approved.add(issue.id)
        made = approve(
            self._store, self._papers[issue.newsletter].assembly, issue.id, now=self._agenda.now(),
            templates=self._templates, enqueue=lambda _conn, _issue: None,
        )  # fmt: skip
        self._went(made, by_hand=True)

    def _went(self, made: Assembled, *, by_hand: bool) -> None:
        if not made.issue:
            return
        with self._store.read() as conn:
            issue = read_made(conn, made.issue)
        if made.result in _GOING:
            self._laws.released(
                issue, self._agenda.now(),
                late_by_hand=by_hand, approved=issue.id in self._approved, proposed=issue.id in self._known,
                only=None if by_hand else self._approved_with.get(issue.id),
            )  # fmt: skip
            self.send_soon()
        elif made.result in _PROPOSED:
            is_fresh = by_hand or issue.id not in self._known  # else it stands as it was composed once
            self._known.add(issue.id)
            self._laws.proposed(issue, self._agenda.now(), is_fresh=is_fresh)
            if by_hand and made.result is Result.APPROVED:
                self._approved_with[issue.id] = {seq for one in issue.editions.values() for seq in one.seqs}
            if made.result is not Result.APPROVED:
                self.on_proposal(issue)

    def posts_of(self, issue: int) -> set[int]:
        """The posts in any of its letters."""
        with self._store.read() as conn:
            return {seq for edition in read_made(conn, issue).editions.values() for seq in edition.seqs}

    def kept_back(self, newsletter: str) -> set[int]:
        """Posts that do not go as they happen, by somebody's word or until it is given."""
        with self._store.read() as conn:
            return posts_kept_back(conn, newsletter)

    def _enqueue(self, _conn: Connection, _issue: int) -> None:
        self._cut("inside")

    def _cut(self, where: str) -> None:
        if self._cut_in == where:
            raise PowerCut

    def _ended(self, run: Run, note: str) -> None:
        name = run.schedule
        if name.endswith(Cadence.AS_IT_HAPPENS):
            if run.state is not RunState.DONE:
                self._books.fault(self._agenda.now(), f"{name}: {note}")
            return
        self.slots.setdefault((name, run.slot.at), []).append(str(run.state))
        if run.state is not RunState.DONE:
            self._books.fault(self._agenda.now(), f"{name} {run.slot.key}: {note}")
