"""What is counted by the hour, as a chart has it: a place for each hour or day, also where nothing happened. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TypeVar

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_COLOURS = {
    "sent": "--good", "joined": "--good", "deferred": "--wait", "failed": "--bad", "bounced": "--bad",
    "complained": "--wait", "left": "--bad",
}  # fmt: skip

Event = TypeVar("Event", bound=StrEnum)


def hourly(
    counted: Mapping[tuple[datetime, Event], int],
    events: Sequence[Event],
    *,
    since: datetime,
    until: datetime,
    zone: tzinfo,
) -> dict[str, object]:
    """Hour by hour on a wall clock. The hour that comes twice in autumn stands there twice."""
    first = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    places = [first + number * _HOUR for number in range(int((until - first) / _HOUR) + 1)]
    walls = [place.astimezone(zone) for place in places]
    labels = [f"{wall:%a %H:%M}" for wall in walls]
    return _chart(labels, {event: [counted.get((place, event), 0) for place in places] for event in events})


def daily(
    counted: Mapping[tuple[datetime, Event], int],
    events: Sequence[Event],
    *,
    since: datetime,
    until: datetime,
    zone: tzinfo,
) -> dict[str, object]:
    """Day by day in a zone; an hour that lies in two days counts for that in which it began."""
    days: list[date] = []
    day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        days.append(day)
        day += _DAY
    sums = {(place, event): 0 for place in days for event in events}
    for (hour, event), number in counted.items():
        place = hour.astimezone(zone).date()
        if (place, event) in sums:
            sums[(place, event)] += number
    labels = [f"{place.day} {place:%b}" for place in days]
    return _chart(labels, {event: [sums[(place, event)] for place in days] for event in events})


def _chart(labels: list[str], values: Mapping[Event, list[int]]) -> dict[str, object]:
    series = [
        {"name": event.value, "values": numbers, "colour": _COLOURS.get(event.value, "--soft")}
        for event, numbers in values.items()
    ]
    return {"kind": "line", "labels": labels, "series": series, "is_empty": not any(map(any, values.values()))}
