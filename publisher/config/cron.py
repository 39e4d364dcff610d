"""Cron expressions: five fields, as crontab(5) means them.

APScheduler computes them, but it counts weekdays from Monday where crontab(5) counts from
Sunday (agronholm/apscheduler#286), and lets a day of the month *and* a weekday hold where
crontab(5) lets either do. So weekdays are turned into a list of names first, and an
expression that restricts both is refused: no reading of it would please everybody.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = ("minute", "hour", "day", "month", "day_of_week")
# What may stand in a field, in words; weekdays have their own.
_RANGES = (
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31"),
    ("month", "1 to 12 or `jan` to `dec`"),
)
# A step needs a range to go through: `*/2`, `mon-sat/2`.
_WEEKDAYS = re.compile(
    r"(?P<day>[0-7]|[a-z]{3})\Z|(?:\*|(?P<first>[0-7]|[a-z]{3})-(?P<last>[0-7]|[a-z]{3}))(?:/(?P<step>[1-7]))?\Z"
)
_LEAP_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


def read_cron(expression: str, zone: tzinfo = UTC) -> CronTrigger:
    """The trigger of a cron expression in a time zone.

    Raises ValueError, with what to write instead, where it cannot be read.
    """
    fields = expression.lower().split()
    if len(fields) != len(_FIELDS):
        raise ValueError("write five fields: minute, hour, day, month, weekday, like `0 7 * * mon-fri`")
    if fields[2] != "*" and fields[4] != "*":
        raise ValueError("name a day of the month or a weekday, not both; leave the other `*`")
    fields[4] = _weekdays(fields[4])
    for field, name, (what, allowed) in zip(fields, _FIELDS, _RANGES, strict=False):
        _refuse_unless_read(field, name, what, allowed)
    trigger = CronTrigger(**dict(zip(_FIELDS, fields, strict=True)), timezone=zone)
    if trigger.get_next_fire_time(None, _LEAP_YEAR) is None:
        raise ValueError("write a date that exists: this one never comes")
    return trigger


def _refuse_unless_read(field: str, name: str, what: str, allowed: str) -> None:
    try:
        CronTrigger(**{name: field}, timezone=UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"`{field}` is no {what}: write {allowed}, a list like `1,5`, a range like `1-5`, or `*`; the five cron "
            "fields are minute, hour, day, month, weekday, like `0 7 * * mon-fri`"
        ) from None


def _weekdays(field: str) -> str:
    """Weekdays as names, each once: `0-2,7` -> `sun,mon,tue`; every day as `*`."""
    days: set[int] = set()
    for part in field.split(","):
        found = _WEEKDAYS.match(part)
        if not found:
            raise ValueError(
                f"write weekdays as `mon-fri`, `sat,sun` or numbers 0 to 7 (0 and 7: Sunday), not `{part or field}`"
            )
        first, last = _ends(found["day"] or found["first"], found["day"] or found["last"])
        days.update(day % 7 for day in range(first, last + 1, int(found["step"] or 1)))
    return "*" if len(days) == len(_DAYS) else ",".join(_DAYS[day] for day in sorted(days))


def _ends(first: str | None, last: str | None) -> tuple[int, int]:
    """First and last day as numbers, the last not before the first: `fri-mon` goes over Sunday."""
    if first is None or last is None:
        return 0, 6
    start, end = _day(first), _day(last)
    return start, end if end >= start else end + 7


def _day(word: str) -> int:
    if word.isdigit():
        return int(word)
    if word not in _DAYS:
        raise ValueError(f"write weekdays as sun mon tue wed thu fri sat, not `{word}`")
    return _DAYS.index(word)
