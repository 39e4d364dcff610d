"""What is done some time before each slot of another schedule: at the right moment, under the same key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from publisher.config.holidays import read_holidays
from publisher.model.schedule import Slot
from publisher.schedule.plan import plan
from publisher.schedule.slots import (
    Ahead,
    by_the_wall,
    is_on_holiday,
    latest_slot,
    next_slot,
    skipped_between,
    slots_between,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = timedelta(hours=1)
DAILY = by_the_wall("daily 03:30", BERLIN, read_holidays(["2026-12-25"]))
moments = st.integers(0, 2 * 365 * 86_400).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
leads = st.integers(1, 48).map(lambda hours: hours * HOURS)
times = st.sampled_from(["daily 02:30", "weekdays 07:00", "every 2 weeks Fri 12:00", "*/15 * * * *", "monthly 1 00:15"])


@given(text=times, by=leads, moment=moments)
def test_each_slot_has_one_ahead_of_it_with_its_key(text: str, by: timedelta, moment: datetime) -> None:
    of = by_the_wall(text, BERLIN)
    ahead = Ahead(of=of, by=by)
    until = moment + timedelta(days=3)
    found = slots_between(ahead, after=moment, until=until)
    assert [ahead.aim(slot) for slot in found] == slots_between(of, after=moment + by, until=until + by)
    first = next_slot(ahead, after=moment)
    assert ahead.aim(first) == next_slot(of, after=moment + by)
    assert first.at > moment
    assert ahead.aim(latest_slot(ahead, not_after=moment)) == latest_slot(of, not_after=moment + by)


def test_a_draft_is_so_long_before_its_slot_also_over_a_change_of_the_clocks() -> None:
    """On 29 March 2026 the clocks go from 2 to 3: three hours before half past three is 23:30 of the day before."""
    ahead = Ahead(of=DAILY, by=3 * HOURS)
    slot = next_slot(ahead, after=datetime(2026, 3, 28, 20, tzinfo=UTC))
    assert slot.key == "2026-03-29"
    assert f"{slot.at.astimezone(BERLIN):%d %H:%M}" == "28 23:30"


def test_on_a_holiday_nothing_is_drafted_although_it_would_be_on_the_day_before() -> None:
    ahead = Ahead(of=DAILY, by=6 * HOURS)
    eve = Slot(key="2026-12-25", at=datetime(2026, 12, 24, 20, 30, tzinfo=UTC))
    assert is_on_holiday(ahead, eve)
    until = eve.at + timedelta(hours=30)
    assert [slot.key for slot in slots_between(ahead, after=eve.at - HOURS, until=until)] == ["2026-12-26"]
    assert skipped_between(ahead, after=eve.at - HOURS, until=until) == [eve]
    assert plan(ahead, eve, now=eve.at, grace=6 * HOURS).run is None


def test_a_draft_whose_slot_has_come_is_not_made_any_more() -> None:
    ahead = Ahead(of=DAILY, by=3 * HOURS)
    slot = next_slot(ahead, after=datetime(2026, 11, 22, 12, tzinfo=UTC))
    at_the_last_moment, too_late = (slot.at + 3 * HOURS, slot.at + 3 * HOURS + timedelta(seconds=1))
    assert plan(ahead, slot, now=at_the_last_moment, grace=ahead.by).run == slot
    assert plan(ahead, slot, now=too_late, grace=ahead.by).run is None
    assert plan(ahead, slot, now=too_late, grace=ahead.by).missed == (slot,)
