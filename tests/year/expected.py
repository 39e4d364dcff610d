"""When slots are expected, by plain counting of days, without the schedule's own code."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import count, takewhile

from publisher.config.holidays import Holidays
from publisher.model.subscriber import Cadence
from tests.year.site import Paper


def expected_slots(paper: Paper, cadence: Cadence, begin: datetime, end: datetime) -> list[datetime]:
    """Every instant at which an issue of this cadence is due, after `begin` and before `end`."""
    zone, at = paper.assembly.zone, _RULES[paper.schedule[cadence]][1]
    first = (begin - timedelta(days=2)).date()
    days = takewhile(lambda day: day <= end.date() + timedelta(days=2), (first + timedelta(days=n) for n in count()))
    moments = (_instant(day, at, zone) for day in days if _is_due(paper.schedule[cadence], day, paper.holidays))
    return [moment for moment in moments if begin < moment < end]


def _instant(day: date, at: time, zone: tzinfo) -> datetime:
    """That time on a wall there: in the hour that spring takes as if it had not yet, in the double one the first."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _is_due(rule: str, day: date, holidays: Holidays) -> bool:
    return _RULES[rule][0](day) and not holidays.hold(day)


def _last_of_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


_RULES = {  # what config.toml says: (is it a day of it?, at what time of day)
    "Mon,Wed,Fri 07:00": (lambda day: day.weekday() in (0, 2, 4), time(7, 0)),
    "Sun 02:30": (lambda day: day.weekday() == 6, time(2, 30)),
    "monthly 1 09:00": (lambda day: day.day == 1, time(9, 0)),
    "Sun,Tue,Thu 02:30": (lambda day: day.weekday() in (6, 1, 3), time(2, 30)),
    "Fri 12:00": (lambda day: day.weekday() == 4, time(12, 0)),
    "monthly last 18:00": (lambda day: day.day == _last_of_month(day), time(18, 0)),
    "30 2 * * 0,3": (lambda day: day.weekday() in (6, 2), time(2, 30)),
    "Mon 18:30": (lambda day: day.weekday() == 0, time(18, 30)),
    "0 9 29 * *": (lambda day: day.day == 29, time(9, 0)),
}
