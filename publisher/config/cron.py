"""Cron expressions: five fields, as crontab(5) means them.

APScheduler computes them, but counts weekdays from Monday where cron counts from Sunday
(agronholm/apscheduler#286), so numbers are turned into names first.
"""

from __future__ import annotations

import re
from datetime import UTC, tzinfo

from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIELDS = ("minute", "hour", "day", "month", "day_of_week")


def read_cron(expression: str, zone: tzinfo = UTC) -> CronTrigger:
    """The trigger of a cron expression in a time zone.

    Raises ValueError, with what to write instead, where it cannot be read.
    """
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        raise ValueError("write five fields: minute, hour, day, month, weekday, like `0 7 * * mon-fri`")
    fields[4] = re.sub(r"(?<![/\d])[0-7](?!\d)", lambda day: _DAYS[int(day[0])], fields[4])
    try:
        return CronTrigger(**dict(zip(_FIELDS, fields, strict=True)), timezone=zone)
    except ValueError as wrong:
        raise ValueError(f"write five cron fields, like `0 7 * * mon-fri`: {wrong}") from None
