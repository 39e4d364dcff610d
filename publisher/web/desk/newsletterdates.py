"""The next dates of times that somebody types: shown below the field, from the moment they can be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from publisher.config import values
from publisher.config.holidays import NO_HOLIDAYS, Holidays, read_holidays
from publisher.config.refused import Refused
from publisher.config.timing import ever_comes, read_timing
from publisher.config.timingwords import in_english
from publisher.house.scheduledates import dates_of
from publisher.schedule.slots import by_the_wall
from publisher.web.desk.newsletterfields import FIELDS, Kind, in_prose, value_of
from publisher.web.desk.newsletterview import Date, lines_of

_HOLIDAYS = next(field for field in FIELDS if field.kind is Kind.LINES)
LONGEST = 4000  # characters of what is typed


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What typed times come to."""

    words: str = ""
    zone: str = ""
    dates: tuple[Date, ...] = ()
    wrong: str = ""  # why there are none; "" with `words` empty: nothing was typed


def foresee(times: str, zone: str, holidays: str, *, site_zone: str, now: datetime) -> Foreseen:
    """The next dates, as the clock will keep them. A zone or a holiday that cannot be read is told."""
    if not times:
        return Foreseen()
    if max(map(len, (times, zone, holidays))) > LONGEST:
        return Foreseen(wrong="That is too long.")
    try:
        timing = read_timing(values.schedule(times))
        there = ZoneInfo(values.time_zone(zone) if zone else site_zone)
        rests = _holidays(holidays)
    except Refused as wrong:
        return Foreseen(wrong=in_prose(f"It {wrong.wrong}: {wrong.cure}."))
    if not ever_comes(timing, rests):
        return Foreseen(wrong="It never comes: all its days are holidays.")
    dates = dates_of(by_the_wall(str(timing), there, rests), now=now, site_zone=there)
    words = in_english(timing)
    return Foreseen(words=words[:1].upper() + words[1:], zone=str(there), dates=lines_of(dates, there, now=now))


def _holidays(typed: str) -> Holidays:
    found = value_of(_HOLIDAYS, typed)
    return read_holidays([values.holiday(one) for one in found]) if isinstance(found, list) else NO_HOLIDAYS
