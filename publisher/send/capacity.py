"""How many letters relays can carry in a time: known beforehand, so that nobody learns it when the time is over.

Theory. In a stretch of time no more letters go than each limit allows in it: `letters` for each
window of its length that was begun. Days are looked at one by one, from the start on, because a
warm-up changes from day to day, and of each only its open hours count; the least of what the
limits say is what a relay carries on that day. Relays together carry the sum.

It is the most that can be carried, not what will be: what else goes by these relays, and what
they put off, is not known. Days on which the clocks change count as any other.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from math import ceil

from publisher.model.limit import Limit
from publisher.send.hours import Hours, is_open
from publisher.send.warmup import WarmUp, limit_of

_DAY = timedelta(days=1)
_STEP = timedelta(minutes=5)  # in which open hours of a part of a day are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What bounds one relay."""

    limits: Sequence[Limit] = ()
    hours: Hours | None = None
    warm_up: WarmUp | None = None


def most_letters(way: Way, *, start: datetime, length: timedelta, zone: tzinfo) -> int | None:
    """The most letters that it carries from `start` on for so long; None where nothing limits it."""
    total = 0
    end = start + length
    while start < end:
        part = min(_DAY, end - start)
        limits = _limits_within(way, start, start + part, zone)
        if not limits:
            return None  # as soon as there is none on a day in its time
        seconds = _open_seconds(way.hours, start, part, zone)
        total += min(limit.letters * ceil(seconds / limit.seconds) for limit in limits)
        start += part
    return total


def _limits_within(way: Way, start: datetime, end: datetime, zone: tzinfo) -> list[Limit]:
    """With that of the warm-up; where it changes meanwhile, the higher one holds for all the time."""
    first, last = (moment.astimezone(zone).date() for moment in (start, end))
    return [*way.limits, *_warm(way.warm_up, first, last)]


def _warm(warm_up: WarmUp | None, first: date, last: date) -> list[Limit]:
    if warm_up is None:
        return []
    found = [limit_of(warm_up, day) for day in (first, last)]
    known = [limit for limit in found if limit]
    return [max(known, key=lambda limit: limit.letters)] if len(known) == len(found) else []


def _open_seconds(hours: Hours | None, start: datetime, length: timedelta, zone: tzinfo) -> float:
    if hours is None or hours.always:
        return length.total_seconds()
    if length == _DAY:
        opens, closes = (timedelta(hours=time.hour, minutes=time.minute) for time in (hours.opens, hours.closes))
        return ((closes - opens) % _DAY).total_seconds()
    steps = ceil(length / _STEP)
    return sum(is_open(hours, start + step * _STEP, zone) for step in range(steps)) * _STEP.total_seconds()
