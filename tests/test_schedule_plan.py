"""What is done about slots that have come: the latest runs, the others are seen to be missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.model.schedule import Slot
from publisher.schedule.plan import MOST_MISSED, Plan, first_slot, plan
from publisher.schedule.slots import Every, Times, next_slot

SEVEN = Times(cron="0 7 * * *", zone=UTC)
QUARTERLY = Every(interval=timedelta(minutes=15))
SIX_HOURS = timedelta(hours=6)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(key: str) -> Slot:
    return Slot(key=key, at=utc(f"{key}T07:00"))


def test_before_its_time_nothing_is_done() -> None:
    waiting = day("2026-11-22")
    assert plan(SEVEN, waiting, now=utc("2026-11-22T06:59:59"), grace=SIX_HOURS) == Plan(
        run=None, missed=(), next=waiting
    )


def test_a_schedule_that_never_waited_begins_with_its_next_slot() -> None:
    found = plan(SEVEN, None, now=utc("2026-11-22T07:00"), grace=SIX_HOURS)
    assert found == Plan(run=None, missed=(), next=day("2026-11-23"))


def test_a_slot_runs_the_moment_it_comes() -> None:
    assert plan(SEVEN, day("2026-11-22"), now=utc("2026-11-22T07:00"), grace=SIX_HOURS) == Plan(
        run=day("2026-11-22"), missed=(), next=day("2026-11-23")
    )


def test_after_three_days_down_a_daily_schedule_runs_once_and_the_others_are_missed() -> None:
    assert plan(SEVEN, day("2026-11-20"), now=utc("2026-11-22T09:00"), grace=SIX_HOURS) == Plan(
        run=day("2026-11-22"), missed=(day("2026-11-20"), day("2026-11-21")), next=day("2026-11-23")
    )


def test_beyond_the_grace_time_all_are_missed() -> None:
    assert plan(SEVEN, day("2026-11-21"), now=utc("2026-11-22T13:00:01"), grace=SIX_HOURS) == Plan(
        run=None, missed=(day("2026-11-21"), day("2026-11-22")), next=day("2026-11-23")
    )


def test_an_interval_is_only_late_and_misses_nothing() -> None:
    waiting = Slot(key="20261119T070000Z", at=utc("2026-11-19T07:00"))
    found = plan(QUARTERLY, waiting, now=utc("2026-11-22T07:14"), grace=timedelta(seconds=1))
    assert found.run == Slot(key="20261122T070000Z", at=utc("2026-11-22T07:00"))
    assert found.missed == ()


def test_a_slot_that_was_announced_counts_though_its_schedule_was_edited_meanwhile() -> None:
    six = Times(cron="0 6 * * *", zone=UTC)
    found = plan(six, day("2026-11-22"), now=utc("2026-11-22T07:30"), grace=SIX_HOURS)
    assert found.run == day("2026-11-22")
    assert found.next == Slot(key="2026-11-23", at=utc("2026-11-23T06:00"))


def test_a_day_that_was_moved_to_a_later_hour_still_has_one_slot() -> None:
    nine = Times(cron="0 9 * * *", zone=UTC)
    found = plan(nine, day("2026-11-22"), now=utc("2026-11-22T09:30"), grace=SIX_HOURS)
    assert found.run == Slot(key="2026-11-22", at=utc("2026-11-22T09:00"))
    assert found.missed == ()


def test_an_edit_before_the_slot_comes_moves_it() -> None:
    nine = Times(cron="0 9 * * *", zone=UTC)
    found = plan(nine, day("2026-11-22"), now=utc("2026-11-22T06:00"), grace=SIX_HOURS)
    assert found == Plan(run=None, missed=(), next=Slot(key="2026-11-22", at=utc("2026-11-22T09:00")))


def test_a_new_interval_begins_at_once_and_a_new_time_when_it_comes() -> None:
    now = utc("2026-11-22T07:05")
    assert first_slot(QUARTERLY, now=now) == Slot(key="20261122T070000Z", at=utc("2026-11-22T07:00"))
    assert first_slot(SEVEN, now=now) == day("2026-11-23")


def test_of_a_long_silence_only_so_many_missed_slots_are_recorded() -> None:
    minutely = Times(cron="*/5 * * * *", zone=UTC)
    long_ago = Slot(key="20250101T000000Z", at=utc("2025-01-01"))
    found = plan(minutely, long_ago, now=utc("2026-11-22T07:01"), grace=SIX_HOURS)
    assert found.run == Slot(key="20261122T070000Z", at=utc("2026-11-22T07:00"))
    assert len(found.missed) == MOST_MISSED - 1
    assert found.missed[-1].at == utc("2026-11-22T06:55")


@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(("Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Kiritimati")),
    start=st.integers(0, 20 * 366 * 86_400).map(lambda seconds: utc("2015-01-01") + timedelta(seconds=seconds)),
    looks=st.lists(st.integers(1, 100_000), min_size=1, max_size=30),
    hour=st.integers(0, 23),
)
def test_however_seldom_one_looks_each_date_is_run_or_missed_exactly_once(
    zone: str, start: datetime, looks: list[int], hour: int
) -> None:
    when = Times(cron=f"30 {hour} * * *", zone=ZoneInfo(zone))
    now = begun = start
    waiting = first_slot(when, now=now)
    settled: list[Slot] = []
    for seconds in looks:
        now += timedelta(seconds=seconds)
        found = plan(when, waiting, now=now, grace=SIX_HOURS)
        if found.run:
            assert now - found.run.at <= SIX_HOURS
        settled += (*found.missed, *((found.run,) if found.run else ()))
        waiting = found.next
    expected, slot = [], next_slot(when, after=begun)
    while slot.at <= now:
        expected.append(slot)
        slot = next_slot(when, after=slot.at)
    assert settled == expected
