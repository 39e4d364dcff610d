"""Cron times mean what crontab(5) says they mean."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config.cron import read_cron

SUNDAY = datetime(2026, 11, 22, tzinfo=UTC)
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def weekdays_of(expression: str) -> set[int]:
    """The weekdays on which it fires in a fortnight; Sunday is 0."""
    trigger = read_cron(expression)
    found = set()
    at = trigger.get_next_fire_time(None, SUNDAY)
    while at is not None and at < SUNDAY + timedelta(days=14):
        found.add((at.weekday() + 1) % 7)
        at = trigger.get_next_fire_time(at, at + timedelta(seconds=1))
    return found


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("*", {0, 1, 2, 3, 4, 5, 6}), ("0", {0}), ("7", {0}), ("1-5", {1, 2, 3, 4, 5}), ("0-4", {0, 1, 2, 3, 4}),
        ("5-7", {5, 6, 0}), ("mon-fri", {1, 2, 3, 4, 5}), ("sun-tue", {0, 1, 2}), ("fri-mon", {5, 6, 0, 1}),
        ("sat,sun", {6, 0}), ("*/2", {0, 2, 4, 6}), ("1-5/2", {1, 3, 5}), ("0,3", {0, 3}), ("0-7", set(range(7))),
        ("SAT", {6}),
    ],
)  # fmt: skip
def test_weekdays_count_from_sunday(field: str, days: set[int]) -> None:
    assert weekdays_of(f"0 7 * * {field}") == days


@settings(max_examples=40)
@given(st.integers(0, 7), st.integers(0, 7))
def test_numbers_and_names_of_weekdays_say_the_same(first: int, last: int) -> None:
    if first <= last:
        expected = {day % 7 for day in range(first, last + 1)}
        assert weekdays_of(f"0 7 * * {first}-{last}") == expected
    assert weekdays_of(f"0 7 * * {first},{last}") == {first % 7, last % 7}
    assert weekdays_of(f"0 7 * * {DAYS[first % 7]}") == {first % 7}


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ("", "five fields"), ("0 7 * *", "five fields"), ("0 7 * * * *", "five fields"), ("7:00", "five fields"),
        ("60 7 * * *", "59"), ("0 24 * * *", "23"), ("0 7 32 * *", "31"), ("0 7 * 13 *", "12"),
        ("0 7 * * 8", "weekdays"), ("0 7 * * monday", "weekdays"), ("0 7 * * abc", "weekdays"),
        ("0 7 * * 1/2", "weekdays"), ("0 7 * * -1", "weekdays"), ("0 7 1 * mon", "not both"),
        ("0 7 31 2 *", "never comes"), ("0 7 30 feb *", "never comes"), ("x 7 * * *", "five cron fields"),
        ("0 7 * * 1,", "not `1,`"), ("*/0 * * * *", "five cron fields"), ("60 7 * * *", "`60` is no minute"),
        ("0 7 L * *", "`l` is no day of the month: write 1 to 31"), ("0 7 * 13 *", "`jan` to `dec`"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_with_what_to_write(wrong: str, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        read_cron(wrong)


def test_a_leap_day_is_a_date_that_comes() -> None:
    fires = read_cron("0 7 29 2 *").get_next_fire_time(None, SUNDAY)
    assert fires == datetime(2028, 2, 29, 7, tzinfo=UTC)


@settings(max_examples=60)
@given(st.lists(st.text(alphabet="0123456789*/,-abcdefmnorstu", min_size=1, max_size=6), min_size=4, max_size=6))
def test_hostile_text_is_refused_or_read_and_never_breaks(fields: list[str]) -> None:
    with contextlib.suppress(ValueError):
        read_cron(" ".join(fields))  # any other error would come through
