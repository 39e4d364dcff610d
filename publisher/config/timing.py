"""The times of a schedule as they stand in config.toml: cron fields or words, without holidays.

Times here are those on a wall, without a zone; what a zone makes of them is told in
schedule/slots.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from publisher.config.cron import read_cron
from publisher.config.holidays import LAST_YEAR, NO_HOLIDAYS, Holidays
from publisher.config.recurrence import Recurrence
from publisher.config.schedulewords import LIKE, read_words

# The first field of a cron time, the minute; in words, a schedule begins with a word.
_CRON = re.compile(r"[0-9*][0-9*/,-]*( |\Z)")
_CRON_FIELDS = 5
_LOOK_AHEAD = timedelta(days=366 * 10)  # 2200 has no 29 February; the next one that has is 2204


def read_timing(text: str) -> str | Recurrence:
    """A cron expression in its normal form, or what the words say; ValueError, with what to write, for neither."""
    fields = text.lower().split()
    if not is_cron(text):
        return read_words(text)
    if len(fields) != _CRON_FIELDS:
        raise ValueError(f"write {LIKE} (minute, hour, day, month, weekday)")
    expression = " ".join(fields)
    read_cron(expression)
    return expression


def is_cron(text: str) -> bool:
    return bool(_CRON.match(text.lstrip()))


def walls(timing: str | Recurrence, start: datetime, holidays: Holidays = NO_HOLIDAYS) -> Iterator[datetime]:
    """Naive wall times from `start` on, in order, without end; none that falls on a holiday."""
    if isinstance(timing, Recurrence):
        yield from (wall for wall in timing.walls(start) if not holidays.hold(wall.date()))
        return
    # Computed as if in UTC, where no time is missing or double.
    trigger = read_cron(timing, UTC)
    look_from = start.replace(tzinfo=UTC)
    while True:
        fire = trigger.get_next_fire_time(None, look_from)
        if holidays.hold(fire.date()):
            look_from = datetime.combine(fire.date() + timedelta(days=1), time(), UTC)
        else:
            yield fire.replace(tzinfo=None)
            look_from = fire + timedelta(seconds=1)


def ever_comes(timing: str | Recurrence, holidays: Holidays) -> bool:
    """Whether the holidays of every year leave it a day; those with a date come to an end."""
    look_from = datetime(LAST_YEAR + 1, 1, 1)  # noqa: DTZ001  a time on the wall
    end = look_from + _LOOK_AHEAD
    while look_from < end:
        day = next(walls(timing, look_from)).date()
        if (day.month, day.day) not in holidays.yearly:
            return True
        look_from = datetime.combine(day + timedelta(days=1), time())
    return False
