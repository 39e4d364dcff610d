"""A month as a calendar lays it out: its days in the newsroom's zone, and what stands on each. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

FIRST_YEAR, LAST_YEAR = 2000, 2199
MOST_ALIKE = 3  # of one cadence on a day; more are told in one line
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a day."""

    at: datetime  # aware UTC
    newsletter: str
    cadence: str
    badge: tuple[str, str]  # word and kind
    path: str  # where it leads, below /desk
    numbers: str = ""
    note: str = ""
    is_out: bool = False  # it does not come


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry, or several alike, as the page tells it."""

    clock: str
    entry: Entry
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    iso: str
    number: int
    name: str  # e.g. `Tuesday 1 December`
    is_today: bool
    is_past: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    year: int
    month: int

    @property
    def text(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def name(self) -> str:
        return f"{self.first:%B %Y}"

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def before(self) -> Month | None:
        return _month_of(self.first - timedelta(days=1))

    @property
    def after(self) -> Month | None:
        return _month_of(self.first + timedelta(days=31))

    def start(self, zone: tzinfo) -> datetime:
        """Its first moment in a zone, aware UTC."""
        return datetime.combine(self.first, time(), zone).astimezone(UTC)

    def end(self, zone: tzinfo) -> datetime:
        """The first moment after it."""
        following = (self.first + timedelta(days=31)).replace(day=1)
        return datetime.combine(following, time(), zone).astimezone(UTC)


def month_named(text: str, *, today: date) -> Month:
    """`2026-12`; this month for what is none."""
    found = _MONTH.match(text)
    if found and FIRST_YEAR <= int(found[1]) <= LAST_YEAR and 1 <= int(found[2]) <= 12:
        return Month(year=int(found[1]), month=int(found[2]))
    return Month(year=today.year, month=today.month)


def _month_of(day: date) -> Month | None:
    return Month(year=day.year, month=day.month) if FIRST_YEAR <= day.year <= LAST_YEAR else None


def days_of(month: Month, entries: Iterable[Entry], zone: tzinfo, *, today: date) -> list[Day]:
    """Every day of it, also those on which nothing stands."""
    by_day: dict[date, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: (one.at, one.newsletter, one.cadence)):
        by_day.setdefault(entry.at.astimezone(zone).date(), []).append(entry)
    day, days = month.first, []
    while day.month == month.month:
        days.append(
            Day(
                iso=day.isoformat(),
                number=day.day,
                name=f"{day:%A} {day.day} {day:%B}",
                is_today=day == today,
                is_past=day < today,
                lines=_lines(by_day.get(day, []), zone),
            )
        )
        day += timedelta(days=1)
    return days


def _lines(entries: list[Entry], zone: tzinfo) -> tuple[Line, ...]:
    """Those alike in one line where they are many, at the place of the first."""
    alike: dict[tuple[str, str, tuple[str, str], bool], list[Entry]] = {}
    for entry in entries:
        alike.setdefault((entry.newsletter, entry.cadence, entry.badge, entry.is_out), []).append(entry)
    lines = []
    for several in alike.values():
        if len(several) > MOST_ALIKE:
            clock = f"{_clock(several[0], zone)} to {_clock(several[-1], zone)}"
            lines.append((several[0].at, Line(clock=clock, entry=several[0], number=len(several))))
        else:
            lines += [(one.at, Line(clock=_clock(one, zone), entry=one)) for one in several]
    return tuple(line for _, line in sorted(lines, key=lambda one: one[0]))


def _clock(entry: Entry, zone: tzinfo) -> str:
    return f"{entry.at.astimezone(zone):%H:%M}"
