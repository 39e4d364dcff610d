"""What comes of a newsletter by its schedule, as it stands now."""

from __future__ import annotations

from collections.abc import Container
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
from publisher.store import drafts, proposals, schedules, skips


def coming_of(conn: Connection, house: House, slug: str, cadence: Cadence, *, now: datetime, most: int) -> Coming:
    """How the next issues of a newsletter are made; at most so many slots."""
    table, name = house.config.newsletters[slug], newsletter_schedule(slug, cadence)
    schedule, left_out = schedules.find(conn, name), skips.of_one(conn, name)
    when = times_of(house.config, slug).get(cadence)
    is_digest = cadence is not Cadence.AS_IT_HAPPENS
    slots = _slots(when, schedule, left_out, now=now, grace=table.grace, most=most) if when else []
    waiting = [one for one in proposals.waiting(conn, slug, cadence) if one.slot not in left_out]
    return Coming(
        slots=tuple(slot.at for slot in slots),
        paused=schedule is not None and schedule.state is ScheduleState.PAUSED,
        minimum=table.minimum if is_digest else 1,
        maximum=table.maximum,
        quiet=table.quiet,
        approve=table.approve,
        proposals=tuple(waiting),
        arranged={one.id: drafts.find(conn, one.id) for one in waiting},
    )


def _slots(
    when: ByTheWall,
    schedule: Schedule | None,
    left_out: Container[str],
    *,
    now: datetime,
    grace: timedelta,
    most: int,
) -> list[Slot]:
    """The next ones."""
    slots, last = come(when, schedule, left_out, now=now, grace=grace), now
    while len(slots) < most:
        slot = next_slot(when, after=last)
        last = slot.at
        slots += [] if slot.key in left_out else [slot]
    return slots


def come(
    when: ByTheWall, schedule: Schedule | None, left_out: Container[str], *, now: datetime, grace: timedelta
) -> list[Slot]:
    """The slot that has come and is not run yet, if there is one that still will be. `left_out`: keys of slots."""
    if schedule is None or schedule.state is ScheduleState.PAUSED:
        return []
    run = plan(when, schedule.next_slot, now=now, grace=grace, skips=left_out).run
    return [run] if run else []
