"""Schedules in words and with holidays: each slot once, the same as by cron, none on a holiday."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.assemble.slots import assemble
from publisher.config.holidays import Holidays, read_holidays
from publisher.model.schedule import Run, Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.jobs import Clockwork, Entry
from publisher.schedule.plan import Plan, first_slot, plan
from publisher.schedule.slots import (
    ByTheWall,
    Recurring,
    Times,
    by_the_wall,
    is_on_holiday,
    next_slot,
    skipped_between,
    slots_between,
)
from publisher.store import issues
from publisher.store.database import Store
from publisher.templating import open_templates
from tests.morning import ASSEMBLY
from tests.writers import a_post, put_posts, put_readers

SIX_HOURS = timedelta(hours=6)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BERLIN = ZoneInfo("Europe/Berlin")

zones = st.sampled_from(
    ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Nuuk", "Asia/Gaza")
).map(ZoneInfo)
starts = st.integers(0, 45 * 366 * 86_400).map(lambda seconds: utc("1995-01-01") + timedelta(seconds=seconds))
hours = st.integers(0, 23)
minutes = st.integers(0, 59)
weekdays = st.sets(st.integers(0, 6), min_size=1).map(lambda days: ",".join(DAYS[day] for day in sorted(days)))
numbers = st.sets(st.integers(1, 28), min_size=1, max_size=3).map(lambda days: ",".join(map(str, sorted(days))))
holidays = st.lists(
    st.dates(date(1995, 1, 1), date(2041, 1, 1)).map(lambda day: f"{day:%m-%d}/{day + timedelta(days=9):%m-%d}"),
    max_size=4,
).map(read_holidays)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@st.composite
def said_twice(draw: st.DrawFn) -> tuple[str, str]:
    """The same schedule in words and as cron fields."""
    hour, minute = draw(hours), draw(minutes)
    at, fields = f"{hour:02}:{minute:02}", f"{minute} {hour}"
    days, month_days = draw(weekdays), draw(numbers)
    return draw(
        st.sampled_from(
            (
                (f"{days} {at}", f"{fields} * * {days}"),
                (f"daily {at}", f"{fields} * * *"),
                (f"Weekdays {at}", f"{fields} * * 1-5"),
                (f"weekends at {at}", f"{fields} * * sat,sun"),
                (f"Fri-Mon {at}", f"{fields} * * fri-mon"),
                (f"monthly {month_days} {at}", f"{fields} {month_days} * *"),
                (f"monthly last {at}", f"{fields} last * *"),
                (f"daily {at} and {(hour + 5) % 24}:{minute:02}", f"{minute} {hour},{(hour + 5) % 24} * * *"),
            )
        )
    )


@settings(max_examples=60, deadline=None)
@given(both=said_twice(), zone=zones, start=starts, rests=holidays)
def test_words_and_the_cron_fields_that_say_the_same_have_the_same_slots(
    both: tuple[str, str], zone: ZoneInfo, start: datetime, rests: Holidays
) -> None:
    words, cron = (by_the_wall(text, zone, rests) for text in both)
    assert isinstance(words, Recurring)
    assert isinstance(cron, Times)
    until = start + timedelta(days=120)
    assert slots_between(words, after=start, until=until) == slots_between(cron, after=start, until=until)
    assert next_slot(words, after=start) == next_slot(cron, after=start)


@settings(max_examples=20, deadline=None)
@given(zone=zones, year=st.integers(1995, 2040), hour=hours, minute=minutes, rests=holidays)
def test_over_a_year_each_date_has_its_slot_once_or_is_skipped_once(
    zone: ZoneInfo, year: int, hour: int, minute: int, rests: Holidays
) -> None:
    when = by_the_wall(f"daily {hour:02}:{minute:02}", zone, rests)
    first, last = date(year, 1, 1), date(year, 12, 31)
    around = {
        "after": datetime.combine(first, time(), UTC) - timedelta(days=3),
        "until": datetime.combine(last, time(), UTC) + timedelta(days=3),
    }
    found, skipped = slots_between(when, **around), skipped_between(when, **around)
    assert all(one.at < two.at for one, two in pairwise(found))
    kept, left = ([date.fromisoformat(slot.key) for slot in slots] for slots in (found, skipped))
    assert not any(rests.hold(day) for day in kept)
    assert all(rests.hold(day) for day in left)
    every_date = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if zone.key == "Pacific/Apia" and year == 2011:
        every_date.remove(date(2011, 12, 30))  # the zone never had it
    assert [day for day in sorted(kept + left) if first <= day <= last] == every_date


@settings(max_examples=25, deadline=None)
@given(zone=zones, start=starts, gaps=st.lists(st.integers(600, 400_000), min_size=1, max_size=25), rests=holidays)
def test_however_seldom_one_looks_each_slot_is_settled_once_and_none_of_a_holiday(
    zone: ZoneInfo, start: datetime, gaps: list[int], rests: Holidays
) -> None:
    when = by_the_wall("weekdays 02:30 and 18:00", zone, rests)
    now, waiting = start, first_slot(when, now=start)
    settled: list[Slot] = []
    for seconds in gaps:
        now += timedelta(seconds=seconds)
        found = plan(when, waiting, now=now, grace=SIX_HOURS)
        settled += (*found.missed, *((found.run,) if found.run else ()))
        waiting = found.next
    assert settled == slots_between(when, after=start, until=now)
    assert len({slot.key for slot in settled}) == len(settled)
    assert not any(is_on_holiday(when, slot) for slot in settled)


@pytest.mark.parametrize(
    ("text", "after", "key", "at"),
    [
        ("weekdays 07:00", "2026-12-24T06:00", "2026-12-28", "2026-12-28T06:00"),  # 25 a holiday, 26 and 27 a weekend
        ("daily 02:30", "2026-03-28T12:00", "2026-03-29", "2026-03-29T01:30"),  # a gap: shown as 03:30
        ("daily 02:30", "2026-10-25T00:30", "2026-10-26", "2026-10-26T01:30"),  # not the second 02:30
        ("monthly last 09:00", "2028-02-01T00:00", "2028-02-29", "2028-02-29T08:00"),  # a leap day
        ("monthly first Mon 09:00", "2026-12-01T00:00", "2026-12-07", "2026-12-07T08:00"),
        ("daily 07:00,18:00", "2026-11-22T06:00", "20261122T170000Z", "2026-11-22T17:00"),
        ("every 2 weeks Fri 12:00", "2026-11-22T00:00", "2026-11-27", "2026-11-27T11:00"),
        ("every 2 weeks Fri 12:00", "2026-11-27T11:00", "2026-12-11", "2026-12-11T11:00"),
        ("every 2 weeks Fri 12:00", "2026-12-11T11:00", "2027-01-08", "2027-01-08T11:00"),  # over 25 December
        ("0 7 25 * *", "2026-11-26T00:00", "2027-01-25", "2027-01-25T06:00"),  # cron rests, too
    ],
)
def test_the_next_slot_is_told_with_its_key(text: str, after: str, key: str, at: str) -> None:
    when = by_the_wall(text, BERLIN, read_holidays(["12-25"]))
    assert next_slot(when, after=utc(after)) == Slot(key=key, at=utc(at))


def test_a_slot_that_moves_over_midnight_is_of_the_date_it_is_named_by() -> None:
    when = by_the_wall("sat 23:30", ZoneInfo("America/Nuuk"), read_holidays(["2025-03-29"]))
    assert next_slot(when, after=utc("2025-03-28T00:00")).key == "2025-04-05"


def morning(*rests: str) -> ByTheWall:
    return by_the_wall("daily 07:00", UTC, read_holidays(rests))


def test_a_slot_whose_day_became_a_holiday_while_nothing_ran_is_not_run() -> None:
    waiting = Slot(key="2026-12-25", at=utc("2026-12-25T07:00"))
    after = Slot(key="2026-12-26", at=utc("2026-12-26T07:00"))
    found = plan(morning("12-25"), waiting, now=utc("2026-12-25T09:00"), grace=SIX_HOURS)
    assert found == Plan(run=None, missed=(), next=after)


def test_holidays_are_neither_run_nor_missed(sqlite_store: Store) -> None:
    ran: list[str] = []
    now = utc("2026-12-24T06:00")

    def job(run: Run) -> str:
        ran.append(run.slot.key)
        return ""

    works = Clockwork(
        sqlite_store, {"morning": Entry(when=morning("12-25/12-26"), grace=SIX_HOURS, job=job)}, lambda: now
    )
    works.sync()
    for _ in range(24 * 5):
        now += timedelta(hours=1)
        works.run_due()
    assert ran == ["2026-12-24", "2026-12-27", "2026-12-28"]
    with sqlite_store.read() as conn:
        notes = conn.exec_driver_sql("SELECT count(*) FROM schedule_runs WHERE state = 'missed'").scalar()
    assert notes == 0


def test_a_holiday_that_is_added_takes_out_the_slot_that_was_waited_for(sqlite_store: Store) -> None:
    ran: list[str] = []
    now = utc("2026-12-24T08:00")

    def entry(*rests: str) -> Entry:
        return Entry(when=morning(*rests), grace=SIX_HOURS, job=lambda run: ran.append(run.slot.key) or "")

    works = Clockwork(sqlite_store, {"morning": entry()}, lambda: now)
    works.sync()
    works.take_up({"morning": entry("12-25")})
    for moment in ("25T07:00", "26T07:00"):
        now = utc(f"2026-12-{moment}")
        works.run_due()
    assert ran == ["2026-12-26"]


def test_what_a_holidays_issue_would_have_held_comes_with_the_next(sqlite_store: Store) -> None:
    now = utc("2026-11-22T06:00")
    texts: dict[str, str] = {}

    def job(run: Run) -> str:
        made = assemble(
            sqlite_store,
            ASSEMBLY,
            cadence=Cadence.DAILY,
            slot=run.slot,
            now=now,
            templates=open_templates(None),
            enqueue=lambda _conn, _issue: None,
        )
        with sqlite_store.read() as conn:
            letter = issues.find_letter(conn, made.issue)
        texts[run.slot.key] = letter.text if letter else ""
        return str(made)

    with sqlite_store.write() as conn:
        put_readers(conn, 1)
    works = Clockwork(sqlite_store, {"m": Entry(when=morning("11-23"), grace=SIX_HOURS, job=job)}, lambda: now)
    works.sync()
    for number, moment in enumerate(("22T07:00", "23T07:00", "24T07:00"), 1):
        with sqlite_store.write() as conn:
            put_posts(conn, [a_post(number)])
        now = utc(f"2026-11-{moment}")
        works.run_due()
    held = {key: [number for number in (1, 2, 3) if f"All of post {number}." in text] for key, text in texts.items()}
    assert held == {"2026-11-22": [1], "2026-11-24": [2, 3]}


def test_a_schedule_rewritten_in_words_after_it_ran_does_not_run_twice_that_day(sqlite_store: Store) -> None:
    ran: list[str] = []
    now = utc("2026-11-22T06:00")

    def entry(text: str) -> Entry:
        return Entry(when=by_the_wall(text, UTC), grace=SIX_HOURS, job=lambda run: ran.append(run.slot.key) or "")

    works = Clockwork(sqlite_store, {"morning": entry("0 7 * * *")}, lambda: now)
    works.sync()
    for moment in ("22T07:00", "22T09:00", "23T09:00", "24T10:00"):
        now = utc(f"2026-11-{moment}")
        works.run_due()
        works.take_up({"morning": entry("daily 09:00")})
    assert ran == ["2026-11-22", "2026-11-23", "2026-11-24"]
