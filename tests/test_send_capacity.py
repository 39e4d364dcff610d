"""How many letters relays can carry in a time, against limits that are kept letter by letter."""

from __future__ import annotations

from collections import deque
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.model.limit import Limit
from publisher.send.capacity import Way, most_letters
from publisher.send.hours import Hours, is_open
from publisher.send.warmup import WarmUp

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")


def most(way: Way, length: timedelta = DAY, start: datetime = START) -> int | None:
    return most_letters(way, start=start, length=length, zone=BERLIN)


def limits(**letters: int) -> list[Limit]:
    seconds = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
    return [Limit(letters=number, seconds=seconds[window]) for window, number in letters.items()]


def test_what_is_not_limited_carries_any_number() -> None:
    assert most(Way()) is None
    assert most(Way(hours=Hours(opens=time(8), closes=time(9)))) is None


@pytest.mark.parametrize(
    ("given", "length", "letters"),
    [
        ({"day": 100}, DAY, 100),
        ({"day": 100}, DAY + timedelta(hours=1), 200),
        ({"hour": 10}, DAY, 240),
        ({"hour": 10, "day": 100}, DAY, 100),
        ({"second": 1, "hour": 10_000}, DAY, 86_400),
        ({"minute": 6}, timedelta(minutes=90), 540),
        ({"hour": 10}, timedelta(minutes=90), 20),
    ],
)
def test_each_window_that_is_begun_has_its_letters(given: dict[str, int], length: timedelta, letters: int) -> None:
    assert most(Way(limits=limits(**given)), length) == letters


@pytest.mark.parametrize(
    ("opens", "closes", "length", "letters"),
    [
        (time(8), time(20), DAY, 120),
        (time(20), time(8), DAY, 120),
        (time(8), time(20), timedelta(hours=3), 20),  # it is 07:00 there
        (time(22), time(4), timedelta(hours=3), 0),
        (time(6), time(6), DAY, 240),
    ],
)
def test_only_open_hours_count(opens: time, closes: time, length: timedelta, letters: int) -> None:
    assert most(Way(limits=limits(hour=10), hours=Hours(opens=opens, closes=closes)), length) == letters


def test_a_warm_up_has_its_days_and_what_comes_after_it_is_free_again() -> None:
    warm_up = WarmUp(since=date(2026, 11, 23), first_day=100, growth=2.0, days=3)
    midnight = datetime(2026, 11, 23, 0, 0, tzinfo=BERLIN)
    assert most(Way(warm_up=warm_up), timedelta(hours=20), midnight) == 100
    assert most(Way(warm_up=warm_up), DAY, START) == 200, "from 07:00 on, most of it on its second day"
    assert most(Way(warm_up=warm_up), 5 * DAY) is None
    assert most(Way(warm_up=warm_up, limits=limits(day=1000)), 5 * DAY, midnight) == 200 + 400 + 3 * 1000


@settings(max_examples=20, deadline=None)
@given(
    minute=st.none() | st.integers(1, 20),
    hour=st.none() | st.integers(1, 200),
    day=st.none() | st.integers(1, 400),
    opens=st.integers(0, 23),
    open_hours=st.integers(1, 24),
    minutes=st.integers(1, 3000),
)
def test_nobody_who_keeps_the_limits_gets_more_letters_through(
    *, minute: int | None, hour: int | None, day: int | None, opens: int, open_hours: int, minutes: int
) -> None:
    given = {"minute": minute, "hour": hour, "day": day}
    kept = limits(**{window: number for window, number in given.items() if number})
    hours = Hours(opens=time(opens), closes=time((opens + open_hours) % 24))
    found = most(Way(limits=kept, hours=hours), timedelta(minutes=minutes))
    if kept:
        assert found is not None
        assert _as_fast_as_allowed(kept, hours, minutes) <= found


def _as_fast_as_allowed(kept: list[Limit], hours: Hours, minutes: int) -> int:
    """Letters that a sender with nothing else to do gets through, minute by minute."""
    sent: list[deque[tuple[int, int]]] = [deque() for _ in kept]
    used, total = [0] * len(kept), 0
    for now in range(minutes):
        for number, limit in enumerate(kept):
            while sent[number] and sent[number][0][0] <= now - limit.seconds // 60:
                used[number] -= sent[number].popleft()[1]
        if is_open(hours, START + timedelta(minutes=now), BERLIN):
            letters = min(limit.letters - used[number] for number, limit in enumerate(kept))
            total += letters
            for number in range(len(kept)):
                sent[number].append((now, letters))
                used[number] += letters
    return total
