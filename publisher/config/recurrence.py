"""Recurrences: on which days, at which times of day; what the words of a schedule come to.

A recurrence knows dates and times on a wall, no zone and no instant: what a zone makes of
them is told in schedule/slots. Its text is its one normal form, which `schedulewords`
reads as itself.

Weeks run from Monday (ISO 8601). `every 2 weeks` without a date counts them from the week
of Monday, 5 January 1970, without end, so that neither a restart nor a year of 53 weeks
moves it; with `from DATE` it counts from the week of that date, and begins on that date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ORDINALS = ("first", "second", "third", "fourth")
LAST = "last"

WEEKDAYS = frozenset(range(5))
WEEKEND = frozenset((5, 6))
EVERY_DAY = WEEKDAYS | WEEKEND
_NAMED = {EVERY_DAY: "daily", WEEKDAYS: "weekdays", WEEKEND: "weekends"}

_DAY = timedelta(days=1)
_FIRST_MONDAY = date(1970, 1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Days of the week, in every week or in every second, third …."""

    weekdays: frozenset[int]  # Monday is 0; not empty
    every: int = 1  # weeks
    start: date | None = None  # its week counts as the first; nothing falls on a day before it

    def falls_on(self, day: date) -> bool:
        if day.weekday() not in self.weekdays or (self.start and day < self.start):
            return False
        return (_week(day) - _week(self.start or _FIRST_MONDAY)) % self.every == 0

    def __str__(self) -> str:
        names = _NAMED.get(self.weekdays) or ",".join(DAYS[day] for day in sorted(self.weekdays))
        return names if self.every == 1 else f"every {self.every} weeks {names}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """Days of each month: by number, by weekday (`first Mon`), and the last one."""

    numbers: frozenset[int] = frozenset()  # 1 to 28, which every month has
    nth: frozenset[tuple[int, int]] = frozenset()  # which of them in the month, 1 to 4 or -1 for the last; weekday
    last: bool = False

    def falls_on(self, day: date) -> bool:
        is_last = (day + _DAY).month != day.month
        in_last_week = (day + 7 * _DAY).month != day.month
        return (
            day.day in self.numbers
            or (self.last and is_last)
            or ((day.day + 6) // 7, day.weekday()) in self.nth
            or (in_last_week and (-1, day.weekday()) in self.nth)
        )

    def __str__(self) -> str:
        by_weekday = sorted(self.nth, key=lambda one: (one[0] < 0, one))
        parts = [str(number) for number in sorted(self.numbers)]
        parts += [f"{LAST if nth < 0 else ORDINALS[nth - 1]} {DAYS[day]}" for nth, day in by_weekday]
        return "monthly " + ",".join([*parts, LAST] if self.last else parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """Days, and times on each of them."""

    days: Weekly | Monthly
    times: tuple[time, ...]  # in order, each once, not empty

    def walls(self, start: datetime) -> Iterator[datetime]:
        """Naive wall times from `start` on, in order, without end."""
        day = max(start.date(), self._begin or date.min)
        while True:
            if self.days.falls_on(day):
                walls = (datetime.combine(day, at) for at in self.times)
                yield from (wall for wall in walls if wall >= start)
            day += _DAY

    def __str__(self) -> str:
        text = f"{self.days} {','.join(f'{at:%H:%M}' for at in self.times)}"
        return f"{text} from {self._begin}" if self._begin else text

    @property
    def _begin(self) -> date | None:
        return self.days.start if isinstance(self.days, Weekly) else None


def _week(day: date) -> int:
    """Number of its week, Monday to Sunday, counted without end: 1 January of the year 1 was a Monday."""
    return (day.toordinal() - 1) // 7
