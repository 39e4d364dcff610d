"""The clockwork: looks which slots have come, claims each, does its job, writes down how it went.

The rows in the database are the truth; what stands here is only what to do. A slot is
claimed by a conditional update in a transaction of its own, so of two processes that
look at the same clock one wins. A job gets the run it is for and answers with a note for
people. Jobs are made so that doing one twice does nothing the second time: after a crash
its run is released by `recover` and done again.

A slot that somebody left out is recorded as missed by their word; what was prepared for it
is put away in the same transaction.

A job that fails is written down and shown, and stops no other. Jobs run one after the
other in the order of their slots, so that a letter at seven holds what the visit to the
sources at seven found. Known weakness: a job that takes long holds up those behind it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.errors import PublisherError, StorageError
from publisher.model.schedule import Run, RunState, ScheduleState, Slot
from publisher.schedule.plan import Plan, first_slot, plan
from publisher.schedule.slots import When, next_slot
from publisher.store import schedules, skips
from publisher.store.database import Store
from publisher.store.schedules import Waiting
from publisher.store.skips import Skip

KEPT_RUNS = 200  # of each schedule; older ones are forgotten

Job = Callable[[Run], str]
PutAway = Callable[[Connection, Slot, datetime], None]
Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What config.toml says of one schedule."""

    when: When
    grace: timedelta  # how late a slot may still run
    job: Job
    put_away: PutAway | None = None  # what was prepared for a slot that is left out; None: nothing is


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that was done, or that failed."""

    run: Run  # in its last state
    note: str

    @property
    def went_well(self) -> bool:
        return self.run.state is RunState.DONE


Begun = Callable[[Connection], object]
"""Called in the transaction that claims a run, so that whoever wanted it is known, whatever becomes of it."""


def unnoted(_conn: Connection) -> None:
    """Where it is the clock that wants it."""


def never() -> bool:
    """The answer of a clockwork that nobody will stop: go on."""
    return False


class Clockwork:
    """All schedules of a site by name, e.g. `collect`, `newsletter:morning:daily`."""

    def __init__(self, store: Store, entries: Mapping[str, Entry], clock: Clock) -> None:
        self._store = store
        self._entries = dict(entries)
        self._clock = clock

    def recover(self) -> int:
        """Release what a dead process left running. Only for who holds the site's lock."""
        with self._store.write() as conn:
            return schedules.release_running(conn)

    def take_up(self, entries: Mapping[str, Entry]) -> None:
        """Go on with a changed config."""
        self._entries = dict(entries)
        self.sync()

    def sync(self) -> None:
        """Bring the rows in line with the config: new schedules, edited times, those that are gone.

        A slot that has come stays waiting, also where its time was edited; but not while
        paused, so that a resumed schedule goes on with what comes next.
        """
        now = self._clock()
        with self._store.write() as conn:
            schedules.drop_others(conn, list(self._entries))
            known = {schedule.name: schedule for schedule in schedules.get_waiting(conn)}
            for name, entry in self._entries.items():
                schedule = known.get(name)
                if schedule is None:
                    schedules.put(conn, name, first_slot(entry.when, now=now))
                elif schedule.state is ScheduleState.PAUSED or not _has_come(schedule, now):
                    schedules.put(conn, name, next_slot(entry.when, after=now))

    def run_due(self, *, stop: Callable[[], bool] = never) -> list[Ended]:
        """Do everything that is due now; `stop` is asked between two jobs.

        Raises StorageError where the rows cannot be read; nothing has been done then.
        """
        self._look()
        with self._store.read() as conn:
            due = schedules.due_runs(conn)
            known = schedules.get_waiting(conn) if due else []
        active = {one.name for one in known if one.state is ScheduleState.ACTIVE}
        due = [run for run in due if run.schedule in active]
        ended = (None if stop() else self._claim_and_do(run.schedule, run.slot) for run in due)
        return [one for one in ended if one]

    def run_slot(self, name: str, slot: Slot, *, begun: Begun = unnoted) -> Ended | None:
        """Do the job of one slot at once; None where it was done, or is being done, already."""
        with self._store.write() as conn:
            schedules.add_run(conn, name, slot)
        return self._claim_and_do(name, slot, begun=begun)

    def _look(self) -> None:
        """Make rows of the slots that have come."""
        now = self._clock()
        with self._store.read() as conn:
            if not any(_has_come(schedule, now) for schedule in schedules.get_waiting(conn)):
                return
        with self._store.write() as conn:
            for schedule in schedules.get_waiting(conn):
                entry = self._entries.get(schedule.name)
                if entry and _has_come(schedule, now):
                    _settle_slots(conn, schedule, entry, now)

    def _claim_and_do(self, name: str, slot: Slot, *, begun: Begun = unnoted) -> Ended | None:
        entry = self._entries.get(name)
        if entry is None:
            return None
        with self._store.write() as conn:
            run = schedules.claim_run(conn, name, slot.key, now=self._clock())
            if run is not None:
                begun(conn)
        if run is None:
            return None
        ended = _do(entry.job, run)
        self._settle(ended)
        return ended

    def _settle(self, ended: Ended) -> None:
        write = schedules.finish_run if ended.went_well else schedules.fail_run
        try:
            with self._store.write() as conn:
                write(conn, ended.run.id, now=self._clock(), note=ended.note)
        except StorageError as wrong:  # it stays `running` and is done again after the next start
            log.error("the end of %s could not be written down: %s", ended.run.schedule, wrong)  # noqa: TRY400  the message says it all


def _has_come(schedule: Waiting, now: datetime) -> bool:
    return schedule.next_slot is not None and schedule.next_slot.at <= now


def _settle_slots(conn: Connection, schedule: Waiting, entry: Entry, now: datetime) -> None:
    """Of a paused schedule nothing runs and nothing is missed: it only waits for its next slot."""
    schedules.take_turn(conn, schedule.name)  # who leaves a slot out is before us, or is told that it was too late
    left_out = skips.of_one(conn, schedule.name)
    decided = plan(entry.when, schedule.next_slot, now=now, grace=entry.grace, skips=left_out)
    if schedule.state is ScheduleState.ACTIVE:
        for slot in decided.missed:
            schedules.miss(conn, schedule.name, slot, now=now, note=_why_missed(slot, decided))
        for slot in decided.left_out:
            schedules.miss(conn, schedule.name, slot, now=now, note=why_left_out(left_out[slot.key]))
            if entry.put_away:
                entry.put_away(conn, slot, now)
        if decided.run:
            schedules.add_run(conn, schedule.name, decided.run)
    schedules.put(conn, schedule.name, decided.next)
    schedules.prune(conn, schedule.name, keep=KEPT_RUNS)


def why_left_out(skip: Skip) -> str:
    """The note of a slot that somebody left out."""
    return f"left out by {skip.who}, {skip.asked:%Y-%m-%d %H:%M} UTC"


def _why_missed(slot: Slot, decided: Plan) -> str:
    if decided.run:
        return f"nothing was running at {slot.at:%Y-%m-%d %H:%M} UTC; a later slot ran in its place"
    return f"nothing was running at {slot.at:%Y-%m-%d %H:%M} UTC, and it was too late when that changed"


def _do(job: Job, run: Run) -> Ended:
    """Every failure of a job ends here: it is written down, and the next job has its turn."""
    try:
        note = job(run)
    except PublisherError as wrong:
        return Ended(run=replace(run, state=RunState.FAILED), note=str(wrong))
    except Exception as wrong:
        log.exception("%s %s failed by a fault of the program", run.schedule, run.slot.key)
        return Ended(
            run=replace(run, state=RunState.FAILED),
            note=f"a fault of the program ({type(wrong).__name__}: {wrong}); the log has more",
        )
    return Ended(run=replace(run, state=RunState.DONE), note=note)
