"""Times as pages of the desk tell them: the newsroom's clock, in few words, with the exact time beside. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    iso: str  # for `<time datetime>`
    day: str  # e.g. `Mon 23 Nov`, with the year where it is another one
    clock: str  # e.g. `07:00`
    exact: str  # e.g. `Mon 2026-11-23 07:00:12 CET`
    distance: str  # e.g. `in 3 hours`, `5 minutes ago`


def moment_of(at: datetime, zone: tzinfo, *, now: datetime) -> Moment:
    there, here = at.astimezone(zone), now.astimezone(zone)
    return Moment(
        iso=there.isoformat(timespec="seconds"),
        day=f"{there:%a} {there.day} {there:%b}" + ("" if there.year == here.year else f" {there.year}"),
        clock=f"{there:%H:%M}",
        exact=f"{there:%a %Y-%m-%d %H:%M:%S %Z}",
        distance=distance(at - now),
    )


def distance(length: timedelta) -> str:
    """How far off, e.g. `in 3 hours`, `5 minutes ago`, `now`."""
    words = span(abs(length))
    if not words:
        return "now"
    return f"in {words}" if length > timedelta(0) else f"{words} ago"


def span(length: timedelta) -> str:
    """A length of time in its largest unit, e.g. `3 hours`; "" for less than half a minute."""
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        number = round(length / unit)
        if number >= 1 and length >= unit * 0.95:
            return f"{number:,} {name}{'' if number == 1 else 's'}"
    return "1 minute" if length >= _MINUTE / 2 else ""
