"""What is collected and published next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from publisher.collect.visit import SLACK
from publisher.config.values import duration_text
from publisher.house.issuewords import moment
from publisher.house.opened import House
from publisher.house.timetable import COLLECT
from publisher.model.agenda import Item, Kind
from publisher.model.schedule import RunState, Schedule, ScheduleState
from publisher.publish.changes import THROUGH
from publisher.schedule.agenda import PAUSED
from publisher.schedule.slots import Every, next_slot
from publisher.store import marks, sources
from publisher.store.counters import CHANGES, last_of

NAMED = 3  # sources


def visits(conn: Connection, house: House, schedules: Mapping[str, Schedule], *, now: datetime) -> Item:
    """The next round through the sources, after which feeds and pages are published."""
    every, schedule = house.config.collect.every, schedules.get(COLLECT)
    waited_for = schedule.next_slot if schedule else None
    at = (waited_for or next_slot(Every(interval=every), after=now)).at
    notes = [f"every {duration_text(every)}", *_due(conn, house, at), *_unpublished(conn), *_trouble(schedule)]
    return Item(kind=Kind.COLLECTING, at=at, notes=tuple(notes))


def _due(conn: Connection, house: House, at: datetime) -> Iterator[str]:
    names = house.config.sources
    known = {state.name: state for state in sources.get_all(conn) if state.name in names}
    stopped = sum(state.stopped for state in known.values())
    later = {
        one.name: one.next_visit
        for one in known.values()
        if not one.stopped and one.next_visit and one.next_visit > at + SLACK
    }
    due = [name for name in names if name not in later and not (name in known and known[name].stopped)]
    yield f"{len(due):,} of {len(names):,} sources {'is' if len(due) == 1 else 'are'} due{_named(due)}"
    if later:
        yield f"the next of the others {moment(min(later.values()), house.zone)}"
    if stopped:
        yield f"{stopped:,} {'is' if stopped == 1 else 'are'} visited no more"
    if failing := sum(bool(state.problem) for state in known.values()):
        yield f"{failing:,} {'has' if failing == 1 else 'have'} problems: publisher sources"


def _named(due: Sequence[str]) -> str:
    """The first few."""
    more = f" and {len(due) - NAMED:,} more" if len(due) > NAMED else ""
    return f": {', '.join(due[:NAMED])}{more}" if due else ""


def _unpublished(conn: Connection) -> Iterator[str]:
    changes = last_of(conn, CHANGES) - int(marks.get(conn, THROUGH) or 0)
    if changes:
        yield f"{changes:,} {'change waits' if changes == 1 else 'changes wait'} to be published"


def _trouble(schedule: Schedule | None) -> Iterator[str]:
    if schedule and schedule.state is ScheduleState.PAUSED:
        yield PAUSED
    if schedule and schedule.last_state is RunState.FAILED:
        yield f"the last one failed: {schedule.last_note}"
