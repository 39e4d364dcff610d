"""What stands in a calendar: issues that were made, dates that come, and those that do not, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.config.nouns import zone_of
from publisher.house.making import times_of
from publisher.house.opened import House
from publisher.house.scheduledates import is_slot
from publisher.house.timetable import newsletter_schedule
from publisher.model.delivery import DeliveryState
from publisher.model.schedule import Run, RunState, Schedule, ScheduleState, Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.slots import ByTheWall, skipped_between, slots_between
from publisher.store import dueissues, schedules, skips
from publisher.store.dueissues import DueIssue
from publisher.store.skips import Skip
from publisher.web.desk.calendarmonth import Entry
from publisher.web.desk.standing import BADGES

_INSTANT = timedelta(microseconds=1)
_WORDS = {DeliveryState.FAILED: "failed", DeliveryState.IN_DOUBT: "in doubt", DeliveryState.SKIPPED: "left out"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From `start` on and before `end`, looked at `now`."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def coming(self) -> datetime:
        """Slots after this, and in it, are to come."""
        return max(self.now, self.start - _INSTANT)


def entries_in(conn: Connection, house: House, slugs: Sequence[str], stretch: Stretch) -> list[Entry]:
    """All of some newsletters."""
    made = dueissues.between(conn, slugs, stretch.start, stretch.end)
    known = {one.name: one for one in schedules.get_all(conn)}
    entries = [_made(house, issue) for issue in made]
    for slug in slugs:
        for cadence, when in times_of(house.config, slug).items():
            name = newsletter_schedule(slug, cadence)
            line = _Cadence(house=house, slug=slug, cadence=cadence, when=when, schedule=known.get(name))
            slots = slots_between(when, after=stretch.coming, until=stretch.end - _INSTANT)
            runs = schedules.runs_between(conn, name, stretch.start, stretch.end)
            keys = [slot.key for slot in slots] + [run.slot.key for run in runs]
            taken = dueissues.slots_made(conn, slug, cadence, keys)
            left_out = skips.of_one(conn, name)
            entries += line.coming([slot for slot in slots if slot.key not in taken and slot.key not in left_out])
            entries += line.resting(stretch, left_out)
            entries += line.gone([run for run in runs if run.slot.key not in taken])
    return entries


def _made(house: House, issue: DueIssue) -> Entry:
    told = [f"{number:,} {_WORDS.get(state, state.value)}" for state, number in issue.troubled.items()]
    letters = [f"{issue.addressed:,} {'letter' if issue.addressed == 1 else 'letters'}"] if issue.addressed else []
    return Entry(
        at=issue.due,
        newsletter=house.newsletters[issue.newsletter].name,
        cadence=_cadence(issue.cadence),
        badge=BADGES[issue.state],
        path=f"/issues/{issue.id}",
        numbers=", ".join((*letters, *told)),
        note="a correction" if issue.corrects else "",
    )


def _cadence(cadence: Cadence) -> str:
    return cadence.value.replace("-", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cadence:
    """One schedule of a newsletter."""

    house: House
    slug: str
    cadence: Cadence
    when: ByTheWall
    schedule: Schedule | None

    def coming(self, slots: Sequence[Slot]) -> Iterator[Entry]:
        """Dates to come that have no issue yet."""
        is_paused = self.schedule is not None and self.schedule.state is ScheduleState.PAUSED
        badge = ("paused", "wait") if is_paused else ("to come", "")
        for slot in slots:
            yield self._entry(slot.at, badge, is_out=is_paused)

    def resting(self, stretch: Stretch, left_out: Mapping[str, Skip]) -> Iterator[Entry]:
        """Holidays in all of the stretch, and what is left out and still to come."""
        if self.when.holidays.dates or self.when.holidays.yearly:
            for slot in skipped_between(self.when, after=stretch.start - _INSTANT, until=stretch.end - _INSTANT):
                yield self._entry(slot.at, ("holiday", ""), is_out=True)
        for skip in left_out.values():
            if stretch.coming < skip.slot.at < stretch.end and is_slot(self.when, skip.slot):
                yield self._entry(skip.slot.at, ("left out", "wait"), note=f"by {skip.who}", is_out=True)

    def gone(self, runs: Sequence[Run]) -> Iterator[Entry]:
        """What came of the dates that made no issue."""
        for run in runs:
            if run.state is RunState.MISSED:
                word = "left out" if run.note.startswith("left out by ") else "missed"
                yield self._entry(run.slot.at, (word, "wait"), note=run.note, is_out=True)
            elif run.state is RunState.FAILED:
                yield self._entry(run.slot.at, ("failed", "bad"), note=run.note)
            elif run.state is RunState.DONE:
                yield self._entry(run.slot.at, ("no issue", ""), note=run.note)

    def _entry(self, at: datetime, badge: tuple[str, str], *, note: str = "", is_out: bool = False) -> Entry:
        zone = zone_of(self.house.config, self.slug)
        there = at.astimezone(zone)
        is_elsewhere = there.utcoffset() != at.astimezone(self.house.zone).utcoffset()
        elsewhere = f"{there:%H:%M} in {zone}" if is_elsewhere else ""
        return Entry(
            at=at,
            newsletter=self.house.newsletters[self.slug].name,
            cadence=_cadence(self.cadence),
            badge=badge,
            path=f"/newsletters/{self.slug}",
            numbers=elsewhere,
            note=note,
            is_out=is_out,
        )
