"""When a letter is tried again: exponential back-off with jitter, until the issue expires.

Pure: `now` and the random part come in. RFC 5321 §4.5.4.1 asks for pauses that grow and
for an end; news grows old faster than mail does, so we begin at a minute.
"""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=1)


def pause_after(attempts: int, *, jitter: float) -> timedelta:
    """The pause after `attempts` failed tries (1 or more): 1, 2, 4 ... 60 minutes, less up to half.

    The jitter (0 to 1) spreads readers who were deferred in one moment, so that they do
    not come back in one moment.
    """
    doublings = min(max(attempts, 1) - 1, 10)  # beyond this the longest pause holds anyway
    whole = min(FIRST * (1 << doublings), LONGEST)
    return whole * (0.5 + 0.5 * min(max(jitter, 0.0), 1.0))


def next_try(attempts: int, *, now: datetime, jitter: float, expires: datetime) -> datetime | None:
    """When to try again after `attempts` failed tries; None where the letter would be too old by then."""
    then = now + pause_after(attempts, jitter=jitter)
    return then if then < expires else None
