"""Holidays: dates on which a newsletter rests.

A holiday is a date (`2026-12-25`), the same day of every year (`12-25`), or a range of
either, both ends included (`2027-04-02/2027-04-05`, `12-24/01-01`; ISO 8601 writes intervals
so). Dates are those on the wall of the newsletter's zone.

Known weakness: feasts that move, like Easter, are written as dates, year by year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=366)
_YEARLY = re.compile(r"[0-9]{2}-[0-9]{2}\Z")
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_A_LEAP_YEAR = 2024  # it has every day that a year can have

FIRST_YEAR, LAST_YEAR = 2000, 2199


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """All days on which nothing is to happen."""

    dates: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()  # month, day

    def hold(self, day: date) -> bool:
        return day in self.dates or (day.month, day.day) in self.yearly


NO_HOLIDAYS = Holidays()


def read_holidays(texts: Iterable[str]) -> Holidays:
    """Raises ValueError, with what to write instead, where one cannot be read."""
    dates: set[date] = set()
    yearly: set[tuple[int, int]] = set()
    for text in texts:
        days = _days_of(text)
        if _is_yearly(text):
            yearly.update((day.month, day.day) for day in days)
        else:
            dates.update(days)
    return Holidays(dates=frozenset(dates), yearly=frozenset(yearly))


def _days_of(text: str) -> Iterator[date]:
    """Its days, those of a yearly one in a leap year."""
    start, slash, end = text.partition("/")
    if slash and _is_yearly(start) != _is_yearly(end):
        raise ValueError("write both ends with a year, or both without, like `2027-04-02/2027-04-05` or `12-24/01-01`")
    first = _date(start)
    last = _date(end) if slash else first
    if last >= first:
        return _from_to(first, last)
    if not _is_yearly(text):
        raise ValueError(f"write the earlier date first: `{end}/{start}`")
    return chain(_from_to(first, date(_A_LEAP_YEAR, 12, 31)), _from_to(date(_A_LEAP_YEAR, 1, 1), last))


def _from_to(first: date, last: date) -> Iterator[date]:
    if last - first >= _LONGEST:
        raise ValueError("write at most a year; for a longer rest there is `publisher schedule pause NAME`")
    return (first + number * _DAY for number in range((last - first).days + 1))


def _is_yearly(text: str) -> bool:
    return bool(_YEARLY.match(text.partition("/")[0]))


def _date(text: str) -> date:
    if not _YEARLY.match(text) and not _DATED.match(text):
        raise ValueError(
            "write a date like `2026-12-25`, one of every year like `12-25`, or a range like `2027-04-02/2027-04-05`"
        )
    try:
        found = date.fromisoformat(f"{_A_LEAP_YEAR}-{text}" if _YEARLY.match(text) else text)
    except ValueError:
        raise ValueError(f"`{text}` does not exist; {_instead(text)}") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"write a year from {FIRST_YEAR} to {LAST_YEAR}, like `2026-12-25`")
    return found


def _instead(text: str) -> str:
    """What to write for a day that is none: in `25-12` it stands before its month."""
    day, _, month = text.partition("-")
    if _YEARLY.match(text) and 1 <= int(month) <= 12 and 12 < int(day) <= 31:
        return f"the month stands first: write `{month}-{day}`"
    return "write a date like `2026-12-25`, or one of every year like `12-25`"
