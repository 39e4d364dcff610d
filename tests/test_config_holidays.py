"""Holidays: dates, days of every year, ranges of either."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config import values
from publisher.config.holidays import read_holidays
from publisher.config.timing import ever_comes, read_timing

dates = st.dates(date(2000, 1, 1), date(2198, 12, 31))


@settings(max_examples=100, deadline=None)
@given(first=dates, length=st.integers(0, 365), other=dates)
def test_a_range_holds_its_days_with_both_ends_and_no_other(first: date, length: int, other: date) -> None:
    last = first + timedelta(days=length)
    holidays = read_holidays([f"{first}/{last}"])
    assert holidays.hold(first)
    assert holidays.hold(last)
    assert holidays.hold(other) == (first <= other <= last)
    assert not holidays.hold(first - timedelta(days=1))
    assert not holidays.hold(last + timedelta(days=1))


@given(first=dates, last=dates, other=dates)
@settings(max_examples=100, deadline=None)
def test_a_range_of_every_year_may_go_over_new_year(first: date, last: date, other: date) -> None:
    holidays = read_holidays([f"{first:%m-%d}/{last:%m-%d}"])
    start, end, day = ((one.month, one.day) for one in (first, last, other))
    inside = start <= day <= end if start <= end else day >= start or day <= end
    assert holidays.hold(other) == inside


def test_a_leap_day_may_be_a_holiday_of_every_year() -> None:
    holidays = read_holidays(["02-29", "2026-12-25"])
    assert holidays.hold(date(2028, 2, 29))
    assert not holidays.hold(date(2027, 3, 1))
    assert holidays.hold(date(2026, 12, 25))
    assert not holidays.hold(date(2027, 12, 25))


def test_a_date_of_toml_needs_no_quotes() -> None:
    assert values.holiday(date(2026, 12, 25)) == "2026-12-25"
    assert values.holiday(" 12-24 / 12-26 ") == "12-24/12-26"


@pytest.mark.parametrize(
    ("text", "holidays", "comes"),
    [
        ("0 7 25 12 *", ["12-25"], False), ("0 7 25 12 *", ["2026-12-25"], True), ("0 7 29 2 *", ["02-29"], False),
        ("0 7 29 2 *", ["02-28"], True), ("daily 07:00", ["01-01/12-31"], False),
        ("*/5 * * * *", ["01-01/12-31"], False),
        ("daily 07:00", ["01-01/12-30"], True), ("monthly 1 07:00", ["01-01/11-30"], True),
        ("every 52 weeks Fri 07:00", ["01-01/01-31"], True),
    ],
)  # fmt: skip
def test_a_schedule_that_holidays_leave_no_day_is_found(text: str, holidays: list[str], *, comes: bool) -> None:
    assert ever_comes(read_timing(text), read_holidays(holidays)) is comes


def test_a_day_before_its_month_is_told_the_other_way_round() -> None:
    with pytest.raises(ValueError, match="the month stands first: write `12-25`"):
        read_holidays(["25-12"])
    with pytest.raises(ValueError, match="`30-30` does not exist; write a date like `2026-12-25`"):
        read_holidays(["30-30"])
