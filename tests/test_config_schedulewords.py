"""Schedules in words: read as they are meant, or refused with one that would be taken."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config.recurrence import Monthly, Recurrence, Weekly
from publisher.config.schedulewords import read_words
from publisher.config.timing import is_cron, read_timing

times = st.lists(st.times().map(lambda at: time(at.hour, at.minute)), min_size=1, max_size=3, unique=True).map(
    lambda found: tuple(sorted(found))
)
weekdays = st.frozensets(st.integers(0, 6), min_size=1)
starts = st.none() | st.dates(date(2000, 1, 1), date(2199, 12, 31))
weekly = st.builds(Weekly, weekdays=weekdays, every=st.integers(1, 52), start=starts)
nths = st.tuples(st.sampled_from((1, 2, 3, 4, -1)), st.integers(0, 6))
monthly = st.builds(
    Monthly,
    numbers=st.frozensets(st.integers(1, 28), max_size=4),
    nth=st.frozensets(nths, max_size=3),
    last=st.booleans(),
).filter(lambda days: days.numbers or days.nth or days.last)
recurrences = st.builds(Recurrence, days=weekly | monthly, times=times)
dates = st.dates(date(1995, 1, 1), date(2060, 1, 1))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("weekdays 07:00", "weekdays 07:00"), ("Mon,Thu 18:30", "Mon,Thu 18:30"), ("DAILY 7:05", "daily 07:05"),
        ("monthly 1 09:00", "monthly 1 09:00"), ("every 2 weeks Fri 12:00", "every 2 weeks Fri 12:00"),
        ("thursday and mondays at 18:30", "Mon,Thu 18:30"), ("Mon - Fri 07:00", "weekdays 07:00"),
        ("mon\u2013wed, sun  7:00", "Mon,Tue,Wed,Sun 07:00"), ("Fri-Mon 7:00", "Mon,Fri,Sat,Sun 07:00"),
        ("weekends, weekdays 7:00", "daily 07:00"), ("every day 7:00", "daily 07:00"),
        ("Sat,Sun 9:00", "weekends 09:00"),
        ("daily at 18:00 and 7:00, and 07:00", "daily 07:00,18:00"), ("weekly Fri 12:00", "Fri 12:00"),
        ("every Fri 12:00", "Fri 12:00"), ("every week Fri 12:00", "Fri 12:00"),
        ("every other week Fri 12:00", "every 2 weeks Fri 12:00"), ("every 1 week Fri 12:00", "Fri 12:00"),
        ("Every 3 Weeks weekdays 12:00 FROM 2027-01-04", "every 3 weeks weekdays 12:00 from 2027-01-04"),
        ("Fri 12:00 from 2027-01-04", "Fri 12:00 from 2027-01-04"), ("monthly 15, 1 9:00", "monthly 1,15 09:00"),
        ("monthly last 9:00", "monthly last 09:00"), ("monthly last,1 9:00", "monthly 1,last 09:00"),
        ("monthly first Mon and last fri 9:00", "monthly first Mon,last Fri 09:00"),
        ("every other Friday 12:00", "every 2 weeks Fri 12:00"), ("monthly last day 9:00", "monthly last 09:00"),
        ("every weekday at 07:00", "weekdays 07:00"), ("each Monday at 7:00", "Mon 07:00"),
        ("the first Monday of the month at 9:30", "monthly first Mon 09:30"),
        ("on the 1st and the 15th of every month at 9:00", "monthly 1,15 09:00"),
        ("on the 2nd, the last Friday and the last day of each month at 9:00", "monthly 2,last Fri,last 09:00"),
        ("every month on the 3rd at 9:00", "monthly 3 09:00"), ("on Mondays at 9:00", "Mon 09:00"),
        ("every 2 weeks on Friday at 12:00", "every 2 weeks Fri 12:00"),
    ],
)  # fmt: skip
def test_words_have_one_normal_form(text: str, normal: str) -> None:
    assert str(read_words(text)) == normal


@settings(max_examples=60, deadline=None)
@given(rule=recurrences)
def test_what_a_recurrence_is_written_as_is_read_as_itself(rule: Recurrence) -> None:
    assert read_words(str(rule)) == rule


@settings(max_examples=80, deadline=None)
@given(rule=recurrences, data=st.data())
def test_case_blanks_and_little_words_change_nothing(rule: Recurrence, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from((str.upper, str.lower, str.title)))(str(rule))
    text = re.sub(" ", data.draw(st.sampled_from((" ", "  ", "\t"))), f" {text} ")
    text = text.replace(",", data.draw(st.sampled_from((",", ", ", " , ", " and ", ", and "))))
    assert read_words(text) == rule


WORDS = (
    "daily", "weekdays", "weekends", "weekly", "monthly", "every", "2", "weeks", "week", "Mon", "tuesday", "Fri-Mon",
    "first", "last", "third", "1", "15", "31", "0", "99", "from", "at", "and", ",", "-", "07:00", "7:00", "24:00",
    "7am", "2026-12-04", "2026-02-30", "fryday", "*", "\x1b", "noon",
)  # fmt: skip


def refusal_of(text: str) -> str:
    """Why it is refused; nothing where it is read."""
    try:
        read_timing(text)
    except ValueError as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("weekdays 7 pm", "`7 pm` is `19:00`"), ("weekdays 7:30 AM", "clock of 24 hours"), ("daily noon", "`12:00`"),
        ("weekdays 07.00", "a colon"), ("weekdays 7", "hours and minutes"), ("hourly", "cron fields"),
        ("every 3 hours", "cron fields"), ("@daily", "in words, like `daily 07:00`"), ("quarterly 1 9:00", "cron"),
        ("weekdays except Mon 7:00", "the days that stay"), ("every two weeks Fri 7:00", "in digits"),
        ("every 2 days 7:00", "days are named"), ("first Mon 9:00", "`monthly first Mon 09:00`"),
        ("weekdays 7:00-9:00", "each time"), ("Mon 7:00, Thu 18:30", "same times on all its days"),
        ("daily 7:00 18:30", "by commas, like `daily 07:00,18:30`"), ("Mon Thu 7:00", "part days by commas"),
        ("Mon;Thu 7:00", "part days by commas"), ("weekdays 7:00 Europe/Berlin", "time_zone"),
        ("weekdays 7:00 CET", "time_zone"), ("weekdays 7:00 and", "days and a time"),
        ("every 2 weeks Fri 12:00 from tomorrow", "a date at the end"), ("monthly first weekday 9:00", "one day"),
        ("every 2 weeks Fri 12:00 from 2026-02-30", "`2026-02-30` is no date"), ("moday 7:00", "did you mean `monday`"),
    ],
)  # fmt: skip
def test_what_people_say_is_answered_with_how_to_write_it(text: str, cure: str) -> None:
    refusal = refusal_of(text)
    assert cure in refusal
    assert any(not refusal_of(example) for example in re.findall("`([^`]+)`", refusal)), refusal


@settings(max_examples=120, deadline=None)
@given(text=st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join) | st.text(max_size=30))
def test_any_text_is_read_or_refused_with_one_that_would_be_taken(text: str) -> None:
    refusal = refusal_of(text)
    if refusal:
        examples = re.findall("`([^`]+)`", refusal)
        assert is_cron(text) or any(not refusal_of(example) for example in examples), refusal
        assert is_cron(text) or refusal.isprintable()
        return
    timing = read_timing(text)
    assert read_timing(str(timing)) == timing
    if isinstance(timing, Recurrence):
        walls = list(islice(timing.walls(wall("2026-11-22")), 20))
        assert all(one < two and two.time() in timing.times for one, two in pairwise(walls))


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def days_of(text: str, start: date, length: int) -> list[date]:
    first, last = datetime.combine(start, time()), datetime.combine(start + timedelta(days=length), time())
    return [wall.date() for wall in takewhile(lambda wall: wall < last, read_words(text).walls(first))]


@given(start=dates, weekdays=weekdays, number=st.integers(2, 52))
@settings(max_examples=60, deadline=None)
def test_every_so_many_weeks_keeps_its_pace_over_years_of_53_weeks(
    start: date, weekdays: frozenset[int], number: int
) -> None:
    names = ",".join(("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day] for day in weekdays)
    found = days_of(f"every {number} weeks {names} 12:00", start, 7 * number * 4)
    assert len(found) == len(weekdays) * 4
    mondays = {day - timedelta(days=day.weekday()) for day in found}
    assert {(monday - date(1970, 1, 5)).days % (7 * number) for monday in mondays} == {0}
    assert {day.weekday() for day in found} == weekdays


def test_weeks_that_begin_with_a_date_count_from_its_week() -> None:
    found = days_of("every 2 weeks Wed,Fri 12:00 from 2026-12-03", date(2026, 11, 1), 60)  # a Thursday
    assert found == [date(2026, 12, 4), date(2026, 12, 16), date(2026, 12, 18), date(2026, 12, 30)]
    other = days_of("every 2 weeks Fri 12:00 from 2026-12-11", date(2026, 12, 1), 28)
    assert other == [date(2026, 12, 11), date(2026, 12, 25)]


@settings(max_examples=60, deadline=None)
@given(year=st.integers(1995, 2105), month=st.integers(1, 12), weekday=st.integers(0, 6))
def test_days_of_the_month_are_those_of_the_calendar(year: int, month: int, weekday: int) -> None:
    length = calendar.monthrange(year, month)[1]
    name = calendar.day_abbr[weekday]
    each = [day for day in (date(year, month, number + 1) for number in range(length)) if day.weekday() == weekday]
    first = date(year, month, 1)
    assert days_of("monthly last 09:00", first, length) == [date(year, month, length)]
    assert days_of(f"monthly last {name} 09:00", first, length) == [each[-1]]
    for number, ordinal in enumerate(("first", "second", "third", "fourth")):
        assert days_of(f"monthly {ordinal} {name} 09:00", first, length) == [each[number]]
    assert days_of("monthly 1,28 09:00", first, length) == [first, date(year, month, 28)]


def test_a_time_that_has_passed_on_the_first_day_is_left_out() -> None:
    walls = read_words("daily 07:00,18:00").walls(wall("2026-11-22T07:01"))
    assert list(islice(walls, 2)) == [wall("2026-11-22T18:00"), wall("2026-11-23T07:00")]
