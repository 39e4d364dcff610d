"""Schedules as one says them, and read again."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config.recurrence import Recurrence
from publisher.config.schedulewords import read_words
from publisher.config.timing import read_timing, walls
from publisher.config.timingwords import in_english
from tests.test_config_schedulewords import recurrences


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("weekdays 07:00", "every weekday at 07:00"),
        ("daily 7:00,18:00", "every day at 07:00 and 18:00"),
        ("Mon,Thu 18:30", "every Monday and Thursday at 18:30"),
        ("every 2 weeks Fri 12:00 from 2026-12-04", "every 2 weeks on Friday at 12:00 from 2026-12-04"),
        ("monthly first Mon 9:30", "on the first Monday of each month at 09:30"),
        ("monthly 1,22,last 9:30", "on the 1st, the 22nd and the last day of each month at 09:30"),
        ("0 7 * * mon-fri", "every weekday at 07:00"),
        ("30 6,18 * * 0,6", "every Saturday and Sunday at 06:30 and 18:30"),
        ("0 9 1 * *", "on the 1st of each month at 09:00"),
        ("*/15 8-18 * * *", "at the cron times */15 8-18 * * *"),
        ("0 9 1 1,4 *", "at the cron times 0 9 1 1,4 *"),
        ("0 9 31 * *", "at the cron times 0 9 31 * *"),
        ("0 9 * * mon-fri/2", "at the cron times 0 9 * * mon-fri/2"),
    ],
)
def test_a_schedule_is_told_as_one_says_it(text: str, told: str) -> None:
    assert in_english(read_timing(text)) == told


@settings(max_examples=150)
@given(rule=recurrences)
def test_what_is_told_is_read_as_itself(rule: Recurrence) -> None:
    assert read_words(in_english(rule)) == rule


numbers = st.lists(st.integers(0, 23), min_size=1, max_size=3).map(lambda found: ",".join(map(str, found)))
days = st.sampled_from(("*", "mon-fri", "0", "7", "5-1", "sun,2", "1-3,sat"))


@settings(max_examples=60)
@given(minute=numbers, hour=numbers, day=days)
def test_words_for_cron_fields_mean_the_same_times(minute: str, hour: str, day: str) -> None:
    cron = read_timing(f"{minute} {hour} * * {day}")
    told = in_english(cron)
    if not told.startswith("at the cron times"):
        start = datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None)
        assert list(islice(walls(read_words(told), start), 30)) == list(islice(walls(cron, start), 30))
