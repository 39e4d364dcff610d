"""The next dates of a schedule: those that come, and those in between that do not, with the reason.

What is told here is what the clock does (`schedule/plan`): a test holds them together.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from publisher.config.values import duration_text
from publisher.model.schedule import Slot
from publisher.schedule.slots import Ahead, ByTheWall, Every, When, next_slot, skipped_between, slots_between
from publisher.store.skips import Skip

SHOWN = 5  # dates of each schedule
MOST_RESTS = 1000
_INSTANT = timedelta(microseconds=1)
_FIRST_LOOK = timedelta(days=1)
_LOOK_FURTHER = 4  # times as far, until there are enough; a schedule always has a next date


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """What comes of one schedule."""

    words: str  # its times as config.toml has them
    zone: tzinfo  # that they are read in
    slots: tuple[Slot, ...]  # that come; the first may be due now
    holidays: tuple[Slot, ...] = ()  # the first that holidays take out between now and the last of `slots`
    left_out: tuple[Skip, ...] = ()  # that somebody left out before the last of `slots`


def dates_of(
    when: When,
    *,
    now: datetime,
    site_zone: tzinfo,
    waiting: Slot | None = None,
    skips: Mapping[str, Skip] | None = None,
    number: int = SHOWN,
) -> Dates:
    """The next ones. `waiting`: what the clock waits for, where it does; `skips`: those left out, by slot."""
    if isinstance(when, Every):
        return Dates(
            words=f"every {duration_text(when.interval)}",
            zone=site_zone,
            slots=(waiting or next_slot(when, after=now),),
        )
    taken = skips or {}
    slots = _next(when, waiting, taken, now=now, number=number)
    last = slots[-1].at
    by_the_wall = when.of if isinstance(when, Ahead) else when
    before = f"{duration_text(when.by)} before " if isinstance(when, Ahead) else ""
    return Dates(
        words=f"{before}{by_the_wall.timing}",
        zone=by_the_wall.zone,
        slots=tuple(slots),
        holidays=tuple(_rests(when, after=now, until=last)),
        left_out=tuple(skip for skip in taken.values() if now < skip.slot.at <= last and is_slot(when, skip.slot)),
    )


def _next(when: When, waiting: Slot | None, taken: Container[str], *, now: datetime, number: int) -> Sequence[Slot]:
    due = [waiting] if waiting and waiting.at <= now and waiting.key not in taken else []
    ahead = _FIRST_LOOK
    while True:
        coming = slots_between(when, after=now, until=now + ahead)
        found = [*due, *(slot for slot in coming if slot.key not in taken)]
        if len(found) >= number:
            return found[:number]
        ahead *= _LOOK_FURTHER


def _rests(when: ByTheWall | Ahead, *, after: datetime, until: datetime) -> Sequence[Slot]:
    """MOST_RESTS, looked for no further than needed: of a year of holidays there may be one for each minute."""
    ahead = _FIRST_LOOK
    while True:
        found = skipped_between(when, after=after, until=min(until, after + ahead))
        if len(found) >= MOST_RESTS or after + ahead >= until:
            return found[:MOST_RESTS]
        ahead *= _LOOK_FURTHER


def is_slot(when: When, slot: Slot) -> bool:
    """Whether it is one of the schedule's: its times may have been edited since somebody saw it."""
    found = slots_between(when, after=slot.at - _INSTANT, until=slot.at)
    return slot in found
