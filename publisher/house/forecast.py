"""What comes of a newsletter by its schedule, as it stands now."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.house.making import times_of
from publisher.house.opened import House
from publisher.house.timetable import newsletter_schedule
from publisher.letter.why import Coming
from publisher.model.schedule import Schedule, ScheduleState, Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.plan import plan
from publisher.schedule.slots import ByTheWall, next_slot
from publisher.store import proposals, schedules


def coming_of(conn: Connection, house: House, slug: str, cadence: Cadence, *, now: datetime, most: int) -> Coming:
    """How the next issues of a newsletter are made; at most so many slots."""
    table = house.config.newsletters[slug]
    schedule = schedules.find(conn, newsletter_schedule(slug, cadence))
    when = times_of(house.config, slug).get(cadence)
    is_digest = cadence is not Cadence.AS_IT_HAPPENS
    return Coming(
        slots=tuple(slot.at for slot in _slots(when, schedule, now=now, grace=table.grace, most=most)) if when else (),
        paused=schedule is not None and schedule.state is ScheduleState.PAUSED,
        minimum=table.minimum if is_digest else 1,
        maximum=table.maximum,
        quiet=table.quiet,
        approve=table.approve,
        proposals=tuple(proposals.waiting(conn, slug, cadence)),
    )


def _slots(when: ByTheWall, schedule: Schedule | None, *, now: datetime, grace: timedelta, most: int) -> list[Slot]:
    """The next ones."""
    slots = come(when, schedule, now=now, grace=grace)
    while len(slots) < most:
        slots.append(next_slot(when, after=max(slots[-1].at, now) if slots else now))
    return slots


def come(when: ByTheWall, schedule: Schedule | None, *, now: datetime, grace: timedelta) -> list[Slot]:
    """The slot that has come and is not run yet, if there is one that still will be."""
    if schedule is None or schedule.state is ScheduleState.PAUSED:
        return []
    run = plan(when, schedule.next_slot, now=now, grace=grace).run
    return [run] if run else []
