"""What comes of a newsletter by its schedule, as it stands now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from publisher.cli.house import House
from publisher.cli.making import times_of
from publisher.cli.timetable import newsletter_schedule
from publisher.letter.why import Coming
from publisher.model.schedule import Schedule, ScheduleState, Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.slots import ByTheWall, next_slot
from publisher.store import proposals, schedules


def coming_of(conn: Connection, house: House, slug: str, cadence: Cadence, *, now: datetime, most: int) -> Coming:
    """How the next issues of a newsletter are made; at most so many slots."""
    table = house.config.newsletters[slug]
    schedule = schedules.find(conn, newsletter_schedule(slug, cadence))
    when = times_of(house.config, slug).get(cadence)
    is_digest = cadence is not Cadence.AS_IT_HAPPENS
    return Coming(
        slots=tuple(slot.at for slot in _slots(when, schedule, now=now, most=most)) if when else (),
        paused=schedule is not None and schedule.state is ScheduleState.PAUSED,
        minimum=table.minimum if is_digest else 1,
        maximum=table.maximum,
        quiet=table.quiet,
        approve=table.approve,
        proposals=tuple(proposals.waiting(conn, slug, cadence)),
    )


def _slots(when: ByTheWall, schedule: Schedule | None, *, now: datetime, most: int) -> list[Slot]:
    """The slot that is waited for, also where it has come by now, and those after it."""
    waited_for = schedule.next_slot if schedule else None
    slots = [waited_for or next_slot(when, after=now)]
    while len(slots) < most:
        slots.append(next_slot(when, after=max(slots[-1].at, now)))
    return slots
