"""When somebody who did not answer as hoped is told again, and when we give up.

Pure: `now` and the random part come in. WebSub §7 leaves both to the hub. News grows old
quickly, so we begin at a minute; a day later the next change is nearer than this one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=4)
TRIED_FOR = timedelta(hours=24)


def next_try(
    attempts: int, *, due: datetime, now: datetime, jitter: float, asked_for: timedelta = timedelta(0)
) -> datetime | None:
    """When to try again after `attempts` tries (1 or more); None where a day since `due` is then over.

    Pauses are 1, 2, 4 … 240 minutes, less up to half by the jitter (0 to 1), which spreads
    those who failed in one moment; never shorter than what the other side `asked_for`.
    """
    doublings = min(max(attempts, 1) - 1, 10)  # beyond this the longest pause holds anyway
    pause = min(FIRST * (1 << doublings), LONGEST) * (0.5 + 0.5 * min(max(jitter, 0.0), 1.0))
    then = now + max(pause, asked_for)
    return then if then < due + TRIED_FOR else None
