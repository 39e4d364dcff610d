"""Hours of a relay: each date opens and closes once, also on nights when the clocks are moved."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.send.hours import Hours, is_open, next_opening

BERLIN = ZoneInfo("Europe/Berlin")
STEP = timedelta(minutes=15)  # every zone's clocks are moved by some of these, at one of these

DAYTIME = Hours(opens=time(8), closes=time(20))
NIGHT = Hours(opens=time(22), closes=time(6))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        (DAYTIME, "2026-11-23 07:59:59+01:00", "2026-11-23 08:00+01:00"),
        (DAYTIME, "2026-11-23 08:00+01:00", "2026-11-23 08:00+01:00"),
        (DAYTIME, "2026-11-23 19:59:59+01:00", "2026-11-23 19:59:59+01:00"),
        (DAYTIME, "2026-11-23 20:00+01:00", "2026-11-24 08:00+01:00"),
        (NIGHT, "2026-11-23 05:59+01:00", "2026-11-23 05:59+01:00"),
        (NIGHT, "2026-11-23 06:00+01:00", "2026-11-23 22:00+01:00"),
        (NIGHT, "2026-11-23 23:00+01:00", "2026-11-23 23:00+01:00"),
        (Hours(opens=time(0), closes=time(0)), "2026-11-23 03:00+01:00", "2026-11-23 03:00+01:00"),
        (Hours(opens=time(9), closes=time(9)), "2026-11-23 03:00+01:00", "2026-11-23 03:00+01:00"),
        # The night on which 02:00 is followed by 03:00.
        (DAYTIME, "2027-03-27 20:00+01:00", "2027-03-28 08:00+02:00"),
        (Hours(opens=time(2, 30), closes=time(5)), "2027-03-28 01:00+01:00", "2027-03-28 03:00+02:00"),
        (Hours(opens=time(1), closes=time(2, 30)), "2027-03-28 01:59+01:00", "2027-03-28 01:59+01:00"),
        (Hours(opens=time(1), closes=time(2, 30)), "2027-03-28 03:00+02:00", "2027-03-29 01:00+02:00"),
        (Hours(opens=time(2), closes=time(3)), "2027-03-28 01:00+01:00", "2027-03-29 02:00+02:00"),
        # The night on which 03:00 is followed by 02:00, once more.
        (DAYTIME, "2026-10-24 20:00+02:00", "2026-10-25 08:00+01:00"),
        (Hours(opens=time(2, 30), closes=time(5)), "2026-10-25 01:00+02:00", "2026-10-25 02:30+02:00"),
        (Hours(opens=time(2, 30), closes=time(5)), "2026-10-25 02:10+01:00", "2026-10-25 02:10+01:00"),
        (Hours(opens=time(1), closes=time(2, 30)), "2026-10-25 02:10+01:00", "2026-10-26 01:00+01:00"),
        (Hours(opens=time(23), closes=time(2, 30)), "2026-10-25 02:29+02:00", "2026-10-25 02:29+02:00"),
    ],
)
def test_hours_open_and_close_by_the_clock_on_the_wall(hours: Hours, now: str, opens: str) -> None:
    assert next_opening(hours, at(now), BERLIN) == at(opens)
    assert is_open(hours, at(now), BERLIN) is (at(now) == at(opens))


def test_a_date_that_a_zone_never_had_has_no_hours() -> None:
    apia = ZoneInfo("Pacific/Apia")  # from 2011-12-29 to 2011-12-31
    evening = at("2011-12-29 21:00-10:00")
    assert next_opening(DAYTIME, evening, apia) == at("2011-12-31 08:00+14:00")
    assert is_open(NIGHT, at("2011-12-29 23:59-10:00"), apia)
    assert not is_open(NIGHT, at("2011-12-31 06:00+14:00"), apia)


NIGHTS = (  # noon before clocks are moved: by an hour forward and back, by half an hour, by a day
    ("Europe/Berlin", "2027-03-27 12:00+01:00"),
    ("Europe/Berlin", "2026-10-24 12:00+02:00"),
    ("America/New_York", "2027-03-13 12:00-05:00"),
    ("America/New_York", "2026-10-31 12:00-04:00"),
    ("Australia/Lord_Howe", "2026-10-03 12:00+10:30"),
    ("Australia/Lord_Howe", "2027-04-03 12:00+11:00"),
    ("America/Santiago", "2026-09-05 12:00-04:00"),  # at midnight: 00:00 is missing
    ("Africa/Cairo", "2026-10-29 12:00+03:00"),
    ("Pacific/Apia", "2011-12-29 12:00-10:00"),
    ("UTC", "2026-11-22 12:00+00:00"),
)
A_TIME = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


def by_looking_at_the_clock(hours: Hours, noon: datetime, zone: ZoneInfo) -> dict[datetime, bool]:
    """The same rule, read off the clock: what each quarter of an hour of two days is."""
    moments = [noon + step * STEP for step in range(-48 * 4, 96 * 4)]
    walls = [moment.astimezone(zone).replace(tzinfo=None) for moment in moments]

    def first(wall: datetime) -> datetime:
        return next(moment for moment, shown in zip(moments, walls, strict=True) if shown >= wall)

    stretches = []
    for days in range(-1, 3):
        day = noon.astimezone(zone).date() + timedelta(days=days)
        end = day if hours.opens < hours.closes else day + timedelta(days=1)
        stretches.append((first(datetime.combine(day, hours.opens)), first(datetime.combine(end, hours.closes))))
    shown = moments[48 * 4 : 72 * 4]
    return {moment: any(begins <= moment < ends for begins, ends in stretches) for moment in shown}


@settings(deadline=None, max_examples=60)
@given(night=st.sampled_from(NIGHTS), opens=A_TIME, closes=A_TIME)
def test_on_any_night_hours_are_what_the_clock_shows(night: tuple[str, str], opens: time, closes: time) -> None:
    zone, noon = ZoneInfo(night[0]), at(night[1])
    hours = Hours(opens=opens, closes=closes)
    if hours.always:
        assert is_open(hours, noon, zone)
        return
    expected = by_looking_at_the_clock(hours, noon, zone)
    assert {moment: is_open(hours, moment, zone) for moment in expected} == expected
    for moment, after in pairwise(expected):
        opening = next_opening(hours, moment, zone)
        assert opening >= moment
        assert is_open(hours, opening, zone)
        assert (opening == moment) is expected[moment]
        assert expected[after] or opening != after
        assert opening <= moment + timedelta(days=3)
