"""Warm-up: what a new relay carries from day to day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.send.limits import DAY_SECONDS, Limit, allowance, slot_at, tightest
from publisher.send.warmup import WarmUp, day_limit, day_of, limit_of

SINCE = date(2026, 12, 1)
WARM_UP = WarmUp(since=SINCE, first_day=100, growth=1.5, days=30)


def days_after(days: int) -> date:
    return SINCE + timedelta(days=days)


def test_the_limit_grows_from_day_to_day_and_then_there_is_none() -> None:
    assert [day_limit(WARM_UP, days_after(day)) for day in range(5)] == [100, 150, 225, 337, 506]
    assert day_limit(WARM_UP, days_after(29)) == 12_783_403
    assert day_limit(WARM_UP, days_after(30)) is None
    assert limit_of(WARM_UP, days_after(1)) == Limit(letters=150, seconds=DAY_SECONDS)
    assert limit_of(WARM_UP, days_after(30)) is None
    assert [day_of(WARM_UP, days_after(day)) for day in (-9, 0, 1, 29, 30)] == [0, 0, 1, 29, None]


def test_before_its_first_day_the_limit_is_that_of_the_first_day() -> None:
    assert day_limit(WARM_UP, days_after(-100)) == 100


@pytest.mark.parametrize(("growth", "day", "letters"), [(1.1, 1, 110), (1.1, 2, 121), (1.15, 1, 115), (1.0, 20, 100)])
def test_growth_is_reckoned_as_it_is_written(growth: float, day: int, letters: int) -> None:
    assert day_limit(WarmUp(since=SINCE, first_day=100, growth=growth, days=30), days_after(day)) == letters


@given(
    first_day=st.integers(1, 10**9), growth=st.floats(0.01, 100), days=st.integers(1, 4000), day=st.integers(-99, 4000)
)
def test_no_warm_up_stops_a_relay_or_overflows(first_day: int, growth: float, days: int, day: int) -> None:
    limit = day_limit(WarmUp(since=SINCE, first_day=first_day, growth=growth, days=days), days_after(day))
    assert (limit is None) is (day >= days)
    assert limit is None or 1 <= limit <= 10**12


def send_all_that_goes(limits: Sequence[Limit], uses: dict[int, int], *, now: datetime) -> int:
    """Letters that a relay carries at once of a list without an end."""
    letters = tightest([allowance(limit, uses, in_flight=0, now=now) for limit in limits]).letters
    assert letters is not None
    slot = slot_at(now, DAY_SECONDS)
    uses[slot] = uses.get(slot, 0) + letters
    return letters


def test_a_ramp_over_a_month_of_days_keeps_to_it_in_any_24_hours_also_when_clocks_are_moved() -> None:
    zone = ZoneInfo("Europe/Berlin")
    warm_up = WarmUp(since=date(2027, 3, 20), first_day=100, growth=1.5, days=14)
    of_the_relay = Limit(letters=20_000, seconds=DAY_SECONDS)
    uses: dict[int, int] = {}
    sent: list[tuple[datetime, int]] = []
    now = datetime(2027, 3, 19, 23, tzinfo=UTC)  # midnight in Berlin
    for _ in range(24 * 20 * 3):
        warm = limit_of(warm_up, now.astimezone(zone).date())
        sent.append((now, send_all_that_goes([of_the_relay, warm] if warm else [of_the_relay], uses, now=now)))
        now += timedelta(minutes=20)

    by_day = Counter[date]()
    for moment, letters in sent:
        by_day[moment.astimezone(zone).date()] += letters
        warm_limit = day_limit(warm_up, moment.astimezone(zone).date()) or of_the_relay.letters
        day_before = moment - timedelta(days=1)
        assert sum(count for at, count in sent if day_before < at <= moment) <= min(warm_limit, of_the_relay.letters)
    days = sorted(by_day)
    assert days[0] == warm_up.since
    assert by_day[days[0]] == 100
    assert max(by_day[day] for day in days[14:]) == 20_000, "what the relay can carry, when it is over"
    for number, day in enumerate(days[:14]):
        assert by_day[day] <= min(20_000, 100 * 1.5**number)
        assert by_day[day] >= 0.4 * min(20_000, 100 * 1.5**number), "and it carries what it may"
