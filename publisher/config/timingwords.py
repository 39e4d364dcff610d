"""The times of a schedule as one says them: `every weekday at 07:00`, `on the first Monday of each month at 09:30`.

What is told of words is read as itself (`schedulewords`), so that it can be typed as well. Cron
fields are told in words where words say the same, and else as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.config.recurrence import EVERY_DAY, ORDINALS, WEEKDAYS, Monthly, Recurrence, Weekly
from publisher.config.schedulewords import read_words

_FULL = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CRON_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALONE = {EVERY_DAY: "day", WEEKDAYS: "weekday"}
_TOGETHER = {EVERY_DAY: "Monday-Sunday", WEEKDAYS: "weekdays"}
_ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}
_NUMBERS = re.compile(r"[0-9]{1,2}(?:,[0-9]{1,2})*\Z")
_MOST_TIMES = 6  # that are told one by one


def in_english(timing: str | Recurrence) -> str:
    """What `read_timing` gave, in words."""
    if isinstance(timing, Recurrence):
        return _told(timing)
    same = _of_cron(timing)
    return _told(same) if same else f"at the cron times {timing}"


def _told(rule: Recurrence) -> str:
    days = rule.days
    told = _monthly(days) if isinstance(days, Monthly) else _weekly(days)
    times = listed([f"{at:%H:%M}" for at in rule.times])
    start = f" from {days.start}" if isinstance(days, Weekly) and days.start else ""
    return f"{told} at {times}{start}"


def _weekly(days: Weekly) -> str:
    named = listed([_FULL[day] for day in sorted(days.weekdays)])
    if days.every == 1:
        return f"every {_ALONE.get(days.weekdays, named)}"
    return f"every {days.every} weeks on {_TOGETHER.get(days.weekdays, named)}"


def _monthly(days: Monthly) -> str:
    by_weekday = sorted(days.nth, key=lambda one: (one[0] < 0, one))
    parts = [f"the {number}{_ENDINGS.get(number, 'th')}" for number in sorted(days.numbers)]
    parts += [f"the {'last' if nth < 0 else ORDINALS[nth - 1]} {_FULL[day]}" for nth, day in by_weekday]
    parts += ["the last day"] if days.last else []
    return f"on {listed(parts)} of each month"


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _of_cron(expression: str) -> Recurrence | None:
    """The words that say the same, where there are any."""
    minute, hour, day, month, weekday = expression.split()
    if month != "*" or not _NUMBERS.match(minute) or not _NUMBERS.match(hour):
        return None
    times = [f"{int(one)}:{int(two):02}" for one in hour.split(",") for two in minute.split(",")]
    if len(times) > _MOST_TIMES:
        return None
    days = f"monthly {day}" if day != "*" else _weekdays(weekday)
    try:
        return read_words(f"{days} {','.join(times)}")
    except ValueError:
        return None


def _weekdays(field: str) -> str:
    return "daily" if field == "*" else re.sub(r"[0-7]", lambda found: _CRON_DAYS[int(found[0])], field)
