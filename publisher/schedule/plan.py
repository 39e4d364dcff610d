"""What is to be done about the slots that have come: run, record as missed, wait.

The slot that a schedule waits for is stored. Whatever was before it is settled; it, and
every slot from it up to now, has come. Of these only the latest runs, if it is younger
than the grace time: after three days down a daily letter goes out once. All others are
missed: recorded and shown, never caught up. An interval misses nothing, it is only late:
of it the latest runs at any age, and no other is recorded.

The slot waited for counts even where the schedule was edited meanwhile: it had been
announced; but not where its day has become a holiday. A time of day that had passed when it
was written begins with the next date. Slots that somebody left out are as if they had never
been, but that they are recorded: the latest of the others runs.

A pure decision; `jobs` carries it out. Known weakness: of a very long silence only the
newest hundred missed slots of the last 31 days are recorded.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.model.schedule import Slot
from publisher.schedule.slots import Every, When, is_on_holiday, latest_slot, next_slot, slots_between

REMEMBERED = timedelta(days=31)
MOST_MISSED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done about one schedule now."""

    run: Slot | None
    missed: tuple[Slot, ...]  # oldest first
    next: Slot  # what the schedule waits for from now on
    left_out: tuple[Slot, ...] = ()  # of those that have come, what somebody wanted left out; oldest first


def first_slot(when: When, *, now: datetime) -> Slot:
    """What a schedule waits for that was not known before: an interval begins at once."""
    return latest_slot(when, not_after=now) if isinstance(when, Every) else next_slot(when, after=now)


def plan(
    when: When, waiting: Slot | None, *, now: datetime, grace: timedelta, skips: Container[str] = frozenset()
) -> Plan:
    """`waiting` is the stored slot; None where the schedule never waited for one. `skips`: keys of those left out."""
    following = next_slot(when, after=now)
    if waiting is None or waiting.at > now:
        return Plan(run=None, missed=(), next=following)
    if isinstance(when, Every):
        return Plan(run=latest_slot(when, not_after=now), missed=(), next=following)
    all_come = _come(when, waiting, now)
    left_out = tuple(slot for slot in all_come if slot.key in skips)
    come = [slot for slot in all_come if slot.key not in skips]
    if come and now - come[-1].at <= grace:
        return Plan(run=come[-1], missed=tuple(come[:-1]), next=following, left_out=left_out)
    return Plan(run=None, missed=tuple(come), next=following, left_out=left_out)


def _come(when: When, waiting: Slot, now: datetime) -> list[Slot]:
    """The slot waited for and all since, one for each key."""
    since = max(waiting.at, now - REMEMBERED)
    announced = () if is_on_holiday(when, waiting) else (waiting,)
    come = {slot.key: slot for slot in (*announced, *slots_between(when, after=since, until=now))}
    return sorted(come.values(), key=lambda slot: slot.at)[-MOST_MISSED:]
