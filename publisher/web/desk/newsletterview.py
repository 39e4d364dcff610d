"""A newsletter as its page shows it: each cadence with its times in words, the dates that come, what was last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import Connection

from publisher.config.nouns import cadences_of, zone_of
from publisher.config.timingwords import in_english
from publisher.house.making import times_of
from publisher.house.opened import House
from publisher.house.scheduledates import SHOWN, Dates, dates_of
from publisher.house.timetable import newsletter_schedule
from publisher.model.schedule import RunState, Schedule, ScheduleState
from publisher.model.subscriber import Cadence
from publisher.schedule.slots import ByTheWall
from publisher.store import readership, schedules, skips
from publisher.store.skips import Skip
from publisher.web.desk.moments import Moment, moment_of, span

RUNS: Mapping[RunState, tuple[str, str]] = {
    RunState.DUE: ("due now", "busy"),
    RunState.RUNNING: ("running", "busy"),
    RunState.DONE: ("done", "good"),
    RunState.FAILED: ("failed", "bad"),
    RunState.MISSED: ("missed", "wait"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Date:
    """A line among the dates of a cadence."""

    key: str  # of its slot
    at: Moment
    why: str = ""  # it does not come; "": it does
    can_be_taken_back: bool = False
    is_due: bool = False  # it has come, and the clock is about to see it


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceCard:
    name: str  # as in addresses, e.g. `as-it-happens`
    title: str
    words: str  # when it comes
    written: str  # the same as config.toml has it; "" where there is nothing to see
    zone: str
    dates: tuple[Date, ...]
    readers: int
    paused: bool
    last: Moment | None
    last_badge: tuple[str, str] | None
    last_note: str

    @property
    def sentence(self) -> str:
        """The words, as a line of their own."""
        return self.words[:1].upper() + self.words[1:]

    @property
    def next(self) -> Moment | None:
        """The first that comes."""
        return next((date.at for date in self.dates if not date.why), None)


def cards_of(conn: Connection, house: House, slug: str, *, now: datetime, number: int = SHOWN) -> list[CadenceCard]:
    """One for each cadence that it offers, with so many dates."""
    times, readers = times_of(house.config, slug), readership.by_cadence(conn, [slug])[slug]
    names = {cadence: newsletter_schedule(slug, cadence) for cadence in cadences_of(house.config, slug)}
    left_out = skips.of(conn, list(names.values()))
    return [
        _card(
            house, slug, cadence, times.get(cadence), schedules.find(conn, name),
            left_out=left_out[name], readers=readers.get(cadence, 0), now=now, number=number,
        )
        for cadence, name in names.items()
    ]  # fmt: skip


def _card(
    house: House,
    slug: str,
    cadence: Cadence,
    when: ByTheWall | None,
    schedule: Schedule | None,
    *,
    left_out: Mapping[str, Skip],
    readers: int,
    now: datetime,
    number: int,
) -> CadenceCard:
    zone, state = zone_of(house.config, slug), schedule.last_state if schedule else None
    waiting = schedule.next_slot if schedule and schedule.state is ScheduleState.ACTIVE else None
    found = (
        dates_of(when, now=now, site_zone=house.zone, waiting=waiting, skips=left_out, number=number) if when else None
    )
    quiet = span(house.config.newsletters[slug].quiet)
    return CadenceCard(
        name=cadence.value,
        title=cadence.value.replace("-", " ").capitalize(),
        words=in_english(when.timing)
        if when
        else f"each post as a letter of its own, once it stood unchanged for {quiet}",
        written=str(when.timing) if when else "",
        zone=str(zone),
        dates=lines_of(found, zone, now=now) if found else (),
        readers=readers,
        paused=schedule is not None and schedule.state is ScheduleState.PAUSED,
        last=moment_of(schedule.last_run, zone, now=now) if schedule and schedule.last_run else None,
        last_badge=RUNS[state] if state else None,
        last_note=schedule.last_note if schedule else "",
    )


MOST_HOLIDAYS = 5  # that are told among the dates


def lines_of(dates: Dates, zone: tzinfo, *, now: datetime) -> tuple[Date, ...]:
    """All of them in their order; of many holidays the first few."""
    coming = [
        (slot.at, Date(key=slot.key, at=moment_of(slot.at, zone, now=now), is_due=slot.at <= now))
        for slot in dates.slots
    ]
    rests = [
        (slot.at, Date(key=slot.key, at=moment_of(slot.at, zone, now=now), why="a holiday"))
        for slot in dates.holidays[:MOST_HOLIDAYS]
    ]
    left_out = [
        (
            skip.slot.at,
            Date(
                key=skip.slot.key,
                at=moment_of(skip.slot.at, zone, now=now),
                why=f"left out by {skip.who}",
                can_be_taken_back=True,
            ),
        )
        for skip in dates.left_out
    ]
    return tuple(date for _, date in sorted((*coming, *rests, *left_out), key=lambda one: one[0]))
