"""Slots: each matching local date once, whatever the clocks of a zone do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.model.schedule import Slot
from publisher.schedule.slots import EPOCH, Every, Times, When, latest_slot, next_slot, slots_between

# Odd clocks: half-hour and two-hour summer times, jumps at midnight and before it, a
# month without summer time inside the summer, days that never were.
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Apia",
    "Africa/Casablanca", "America/Nuuk", "America/Havana", "America/Santiago", "Antarctica/Troll", "Asia/Kathmandu",
    "America/Asuncion", "Asia/Gaza", "Africa/Monrovia", "Europe/Dublin",
)  # fmt: skip
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2037, 12, 1))
moments = st.integers(0, 2**31).map(lambda seconds: EPOCH + timedelta(seconds=seconds))
hours = st.integers(0, 23)
minutes = st.integers(0, 59)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def berlin(cron: str) -> Times:
    return Times(cron=cron, zone=ZoneInfo("Europe/Berlin"))


def walked(when: When, after: datetime, until: datetime) -> Iterator[Slot]:
    slot = next_slot(when, after=after)
    while slot.at <= until:
        yield slot
        slot = next_slot(when, after=slot.at)


def dates_of(zone: ZoneInfo, first: date, last: date) -> list[date]:
    """Dates the zone really had: those that some half hour of UTC falls on."""
    moment = datetime.combine(first, time(), UTC) - timedelta(days=2)
    end = datetime.combine(last, time(), UTC) + timedelta(days=2)
    seen: set[date] = set()
    while moment < end:
        seen.add(moment.astimezone(zone).date())
        moment += timedelta(minutes=30)
    return sorted(day for day in seen if first <= day <= last)


@settings(max_examples=30, deadline=None)
@given(zone=zones, start=days, hour=hours, minute=minutes, weekdays=st.sets(st.integers(0, 6), min_size=1))
def test_each_matching_local_date_has_exactly_one_slot(
    zone: ZoneInfo, start: date, hour: int, minute: int, weekdays: set[int]
) -> None:
    names = ",".join(WEEKDAYS[day] for day in sorted(weekdays))
    times = Times(cron=f"{minute} {hour} * * {names}", zone=zone)
    end = start + timedelta(days=25)
    around = (datetime.combine(day, time(), UTC) for day in (start - timedelta(days=3), end + timedelta(days=3)))
    found = list(walked(times, *around))
    keys = [slot.key for slot in found if start.isoformat() <= slot.key <= end.isoformat()]
    assert keys == [day.isoformat() for day in dates_of(zone, start, end) if day.weekday() in weekdays]
    assert all(one.at < two.at for one, two in pairwise(found))


@settings(max_examples=50, deadline=None)
@given(zone=zones, start=days, hour=hours, minute=minutes)
def test_a_time_that_exists_is_kept_and_one_that_does_not_moves_forward(
    zone: ZoneInfo, start: date, hour: int, minute: int
) -> None:
    midnight = datetime.combine(start, time(), UTC)
    for slot in slots_between(
        Times(cron=f"{minute} {hour} * * *", zone=zone), after=midnight, until=midnight + timedelta(days=20)
    ):
        wanted = datetime.combine(date.fromisoformat(slot.key), time(hour, minute))
        shown = slot.at.astimezone(zone).replace(tzinfo=None)
        assert slot.at.tzinfo is UTC
        assert timedelta() <= shown - wanted < timedelta(hours=24)
        exists = wanted.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wanted
        assert (shown == wanted) == exists
        assert slot.at == wanted.replace(tzinfo=zone, fold=0).astimezone(UTC)


def test_ten_years_of_berlin_mornings_are_as_many_as_its_dates() -> None:
    found = slots_between(berlin("30 2 * * *"), after=utc("2024-01-01"), until=utc("2034-01-01"))
    assert len(found) == (date(2034, 1, 1) - date(2024, 1, 1)).days
    assert len({slot.key for slot in found}) == len(found)


@pytest.mark.parametrize(
    ("zone", "cron", "after", "key", "at"),
    [
        ("Europe/Berlin", "0 7 * * *", "2026-11-22T05:59", "2026-11-22", "2026-11-22T06:00"),
        ("Europe/Berlin", "0 7 * * *", "2026-11-22T06:00", "2026-11-23", "2026-11-23T06:00"),
        ("Europe/Berlin", "30 2 * * *", "2026-03-28T12:00", "2026-03-29", "2026-03-29T01:30"),  # shown as 03:30
        ("Europe/Berlin", "30 2 * * *", "2026-10-24T12:00", "2026-10-25", "2026-10-25T00:30"),  # the first 02:30
        ("Europe/Berlin", "30 2 * * *", "2026-10-25T00:30", "2026-10-26", "2026-10-26T01:30"),  # not the second
        ("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00", "2026-10-04", "2026-10-03T15:45"),  # +30 minutes
        ("America/Nuuk", "30 23 * * sat", "2025-03-29T12:00", "2025-03-29", "2025-03-30T01:30"),  # past midnight
        ("Pacific/Apia", "0 9 * * *", "2011-12-29T19:00", "2011-12-31", "2011-12-30T19:00"),  # no 30th
        ("Pacific/Kiritimati", "0 9 * * *", "2026-11-21T19:00", "2026-11-23", "2026-11-22T19:00"),  # UTC+14
        ("UTC", "0 0 29 2 *", "2096-03-01T00:00", "2104-02-29", "2104-02-29T00:00"),  # 2100 has none
        ("UTC", "0 8 * * 0", "2026-11-21T00:00", "2026-11-22", "2026-11-22T08:00"),  # 0 is Sunday
        ("Europe/Berlin", "0 7,18 * * *", "2026-11-22T06:00", "20261122T170000Z", "2026-11-22T17:00"),
    ],
)
def test_the_next_slot_is_told_with_its_key(zone: str, cron: str, after: str, key: str, at: str) -> None:
    assert next_slot(Times(cron=cron, zone=ZoneInfo(zone)), after=utc(after)) == Slot(key=key, at=utc(at))


def test_a_schedule_by_the_hour_keeps_its_pace_through_both_nights() -> None:
    for night in ("2026-03-28T22:00", "2026-10-24T22:00"):
        found = slots_between(berlin("*/15 * * * *"), after=utc(night), until=utc(night) + timedelta(hours=8))
        assert [slot.at for slot in found] == [utc(night) + timedelta(minutes=15 * n) for n in range(1, 33)]


def test_two_fixed_times_a_day_fire_twice_in_autumn_too() -> None:
    found = slots_between(berlin("0 2,18 * * *"), after=utc("2026-10-24T22:00"), until=utc("2026-10-25T22:00"))
    assert [slot.at for slot in found] == [utc("2026-10-25T00:00"), utc("2026-10-25T17:00")]


whens = st.one_of(
    st.builds(lambda seconds: Every(interval=timedelta(seconds=seconds)), st.integers(600, 90_000)),
    st.builds(
        Times,
        cron=st.sampled_from(("0 7 * * *", "30 2 * * *", "*/9 * * * *", "30 0 * * mon", "0 1,2 1 * *", "9 23 1-7 * *")),
        zone=zones,
    ),
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(when=whens, start=days, offset=st.integers(0, 86_399), length=st.integers(0, 4 * 86_400))
def test_walking_slot_by_slot_finds_what_a_look_at_the_whole_time_finds(
    when: When, start: date, offset: int, length: int
) -> None:
    after = datetime.combine(start, time(), UTC) + timedelta(seconds=offset)
    until = after + timedelta(seconds=length)
    found = slots_between(when, after=after, until=until)
    assert found == list(walked(when, after, until))
    if found:
        assert latest_slot(when, not_after=until) == found[-1]


@given(seconds=st.integers(1, 86_400), now=moments)
def test_intervals_are_counted_from_1970_whenever_one_starts_to_count(seconds: int, now: datetime) -> None:
    when = Every(interval=timedelta(seconds=seconds))
    last, coming = latest_slot(when, not_after=now), next_slot(when, after=now)
    assert last.at <= now < coming.at == last.at + when.interval
    assert (last.at - EPOCH) % when.interval == timedelta()


def test_the_last_slot_of_a_rare_schedule_is_found() -> None:
    found = latest_slot(berlin("0 0 29 2 *"), not_after=utc("2026-11-22"))
    assert found == Slot(key="2024-02-29", at=utc("2024-02-28T23:00"))
