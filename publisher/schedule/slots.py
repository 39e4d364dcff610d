"""Slots: the moments at which something is to happen, by cron time, by words, or by interval.

A cron time, or what words say, is read on the newsroom's wall clock, and each wall time is
turned into an instant by these rules:

1. A time that exists once is that instant.
2. A time that the clocks jump over (spring) moves forward by the jump: 02:30 is 03:30.
3. A time that the clocks show twice (autumn) is the first of the two. Only where the
   hour is `*` do both count, so that `*/15 * * * *` keeps its pace through the night.
4. A date that the zone never had (Samoa's 2011-12-30) has no slots.

A date of the wall clock that is a holiday has no slots, whatever instant they would move to.

A schedule with one fixed time of day is keyed by the local date, so that no shift of
the clocks and no edit of the time gives a date two slots. All others are keyed by the
instant in UTC. Intervals are counted from 1970-01-01T00:00Z, so that a restart does not
move them.

Not here: what has run (the store), what is to be caught up (`plan`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import takewhile

from publisher.config.holidays import NO_HOLIDAYS, Holidays
from publisher.config.recurrence import Recurrence
from publisher.config.timing import read_timing, walls
from publisher.model.schedule import Slot

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT_KEY = "%Y%m%dT%H%M%SZ"

_DAY = timedelta(days=1)
_NEAR = timedelta(hours=25)  # more than any zone ever moved its clocks at once
_FIRST_LOOK = timedelta(hours=1)
_LOOK_FURTHER = 8  # times as far, until something is found; a cron time always has a next date


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """By a cron expression on the wall clock of a zone."""

    cron: str  # five fields, valid; see publisher.config.cron
    zone: tzinfo
    holidays: Holidays = NO_HOLIDAYS

    @property
    def timing(self) -> str:
        return self.cron

    @property
    def is_daily(self) -> bool:
        """One fixed time of day: its slots are keyed by local date."""
        minute, hour, *_ = self.cron.split()
        return minute.isdecimal() and hour.isdecimal()

    @property
    def is_hourly(self) -> bool:
        """Every hour that passes, also the one that autumn shows twice."""
        return self.cron.split()[1].startswith("*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """By words, on the wall clock of a zone."""

    timing: Recurrence
    zone: tzinfo
    holidays: Holidays = NO_HOLIDAYS

    @property
    def is_daily(self) -> bool:
        """One time of day: its slots are keyed by local date, like those of the cron time that says the same."""
        return len(self.timing.times) == 1

    @property
    def is_hourly(self) -> bool:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """At a steady interval."""

    interval: timedelta


ByTheWall = Times | Recurring


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Some time before each slot of another schedule, under the key of that slot."""

    of: ByTheWall
    by: timedelta

    def aim(self, slot: Slot) -> Slot:
        """The slot that one of ours is ahead of."""
        return replace(slot, at=slot.at + self.by)

    def before(self, slot: Slot) -> Slot:
        """Our slot that is ahead of another."""
        return replace(slot, at=slot.at - self.by)


When = ByTheWall | Every | Ahead


def by_the_wall(text: str, zone: tzinfo, holidays: Holidays = NO_HOLIDAYS) -> ByTheWall:
    """What the text of a schedule in config.toml says; ValueError where it cannot be read."""
    timing = read_timing(text)
    if isinstance(timing, Recurrence):
        return Recurring(timing=timing, zone=zone, holidays=holidays)
    return Times(cron=timing, zone=zone, holidays=holidays)


def next_slot(when: When, *, after: datetime) -> Slot:
    """The first slot later than `after`."""
    if isinstance(when, Every):
        return _aligned(after + when.interval, when.interval)
    if isinstance(when, Ahead):
        return when.before(next_slot(when.of, after=after + when.by))
    ahead = _FIRST_LOOK
    while not (found := slots_between(when, after=after, until=after + ahead)):
        ahead *= _LOOK_FURTHER
    return found[0]


def latest_slot(when: When, *, not_after: datetime) -> Slot:
    """The last slot not later than `not_after`; OverflowError where there was none."""
    if isinstance(when, Every):
        return _aligned(not_after, when.interval)
    if isinstance(when, Ahead):
        return when.before(latest_slot(when.of, not_after=not_after + when.by))
    back = _FIRST_LOOK
    while not (found := slots_between(when, after=not_after - back, until=not_after)):
        back *= _LOOK_FURTHER
    return found[-1]


def slots_between(when: When, *, after: datetime, until: datetime) -> list[Slot]:
    """The slots later than `after` and not later than `until`, in order."""
    if isinstance(when, Every):
        return list(_aligned_between(when.interval, after, until))
    if isinstance(when, Ahead):
        return [when.before(slot) for slot in slots_between(when.of, after=after + when.by, until=until + when.by)]
    first = _wall(after, when.zone) - _unrest(when.zone, after)
    last = _wall(until, when.zone) + _unrest(when.zone, until)
    found = [
        slot
        for wall in takewhile(lambda wall: wall <= last, walls(when.timing, first, when.holidays))
        for slot in _slots_of(wall, when)
        if after < slot.at <= until
    ]
    return sorted({slot.key: slot for slot in found}.values(), key=lambda slot: slot.at)


def _slots_of(wall: datetime, times: ByTheWall) -> Iterator[Slot]:
    first, second = (wall.replace(tzinfo=times.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    # PEP 495: for a time in a gap, fold=0 takes the offset before it, which moves it forward.
    if _wall(first, times.zone) - wall >= _DAY:
        return
    yield Slot(key=wall.date().isoformat() if times.is_daily else _key(first), at=first)
    if times.is_hourly and second > first:
        yield Slot(key=_key(second), at=second)


def _wall(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _unrest(zone: tzinfo, at: datetime) -> timedelta:
    """How far wall time and instant may be out of order around `at`: nothing on a quiet day."""
    offsets = {(at + away).astimezone(zone).utcoffset() for away in (-_NEAR, timedelta(), _NEAR)}
    return timedelta() if len(offsets) == 1 else _NEAR


def skipped_between(when: ByTheWall | Ahead, *, after: datetime, until: datetime) -> list[Slot]:
    """What would be slots, were their days no holidays."""
    if isinstance(when, Ahead):
        return [when.before(slot) for slot in skipped_between(when.of, after=after + when.by, until=until + when.by)]
    kept = {slot.key for slot in slots_between(when, after=after, until=until)}
    on_any_day = slots_between(replace(when, holidays=NO_HOLIDAYS), after=after, until=until)
    return [slot for slot in on_any_day if slot.key not in kept]


def is_on_holiday(when: When, slot: Slot) -> bool:
    """Whether the date of a slot is a holiday; of a daily one that is its key, of others where its instant fell."""
    if isinstance(when, Every):
        return False
    if isinstance(when, Ahead):
        return is_on_holiday(when.of, when.aim(slot))
    day = date.fromisoformat(slot.key) if "-" in slot.key else _wall(slot.at, when.zone).date()
    return when.holidays.hold(day)


def _aligned(at: datetime, interval: timedelta) -> Slot:
    moment = EPOCH + (at - EPOCH) // interval * interval
    return Slot(key=_key(moment), at=moment)


def _aligned_between(interval: timedelta, after: datetime, until: datetime) -> Iterator[Slot]:
    slot = _aligned(after + interval, interval)
    while slot.at <= until:
        yield slot
        slot = _aligned(slot.at + interval, interval)


def _key(at: datetime) -> str:
    return at.strftime(INSTANT_KEY)
