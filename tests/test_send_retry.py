"""When a letter is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from publisher.send.retry import FIRST, LONGEST, next_try, pause_after

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def test_pauses_double_up_to_an_hour() -> None:
    minutes = [pause_after(attempts, jitter=1.0) / timedelta(minutes=1) for attempts in range(1, 10)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@given(attempts=st.integers(1, 10**6), jitter=st.floats(0, 1))
def test_jitter_takes_up_to_half_away(attempts: int, jitter: float) -> None:
    assert FIRST / 2 <= pause_after(attempts, jitter=jitter) <= LONGEST


def test_what_would_be_too_old_is_not_tried_again() -> None:
    assert next_try(1, now=NOW, jitter=1.0, expires=NOW + timedelta(seconds=60)) is None
    soon = next_try(1, now=NOW, jitter=1.0, expires=NOW + timedelta(seconds=61))
    assert soon == NOW + timedelta(seconds=60)
