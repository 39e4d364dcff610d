"""The hours at which a relay is used, on the wall clock of the site.

Theory. Each date has one stretch of open hours: it begins when the wall clock first shows the
time of opening, or a later one, and ends when it first shows the time of closing, or a later one.
So a time that the clocks jump over (spring) is the moment of the jump, a time that they show twice
(autumn) is the first of the two, and a night on which they are moved opens and closes once, like
any other. Hours that close before they open reach into the next date.

Pure: `now` and the zone come in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """From when to when, each day; the same time twice means always."""

    opens: time
    closes: time

    @property
    def always(self) -> bool:
        return self.opens == self.closes


def is_open(hours: Hours, now: datetime, zone: tzinfo) -> bool:
    """Whether letters may go now."""
    return hours.always or any(opens <= now < closes for opens, closes in _around(hours, now, zone))


def next_opening(hours: Hours, now: datetime, zone: tzinfo) -> datetime:
    """The first moment from `now` on at which letters may go; `now` itself where they may."""
    if is_open(hours, now, zone):
        return now
    return min(opens for opens, _ in _around(hours, now, zone) if opens > now).astimezone(UTC)


def _around(hours: Hours, now: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """The open hours that began last, and those that come next: a date may be missing, or lose its hours."""
    today = now.astimezone(zone).date()
    for day in (today + away * _DAY for away in range(-2, 4)):
        end = day if hours.opens < hours.closes else day + _DAY
        opens, closes = _first_moment(day, hours.opens, zone), _first_moment(end, hours.closes, zone)
        if opens < closes:
            yield opens, closes


def _first_moment(day: date, wall: time, zone: tzinfo) -> datetime:
    """When the wall clock first shows this time of this date, or a later one."""
    shown = datetime.combine(day, wall)
    early, late = (shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early <= late:
        return early
    # PEP 495: in a gap, fold=1 lies before it and fold=0 behind it. The jump is between the two.
    early, late = late, early
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        if middle.astimezone(zone).replace(tzinfo=None) >= shown:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)
