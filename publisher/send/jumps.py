"""A clock that jumps is said: somebody set it, or the machine slept.

Known weakness: a clock that is made to run faster or slower until it is right does not jump.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

WORTH_SAYING = timedelta(minutes=1)


class Watched:
    """The same clock, held against seconds that nobody can set."""

    def __init__(
        self, clock: Callable[[], datetime], *, seconds: Callable[[], float], say: Callable[[str], None]
    ) -> None:
        self._clock = clock
        self._seconds = seconds
        self._say = say
        self._origin = self._origin_of(clock())

    def __call__(self) -> datetime:
        now = self._clock()
        origin = self._origin_of(now)
        jump = origin - self._origin
        if abs(jump) >= WORTH_SAYING:
            self._origin = origin
            which = "was set back" if jump < timedelta() else "went forward at once"
            length = timedelta(seconds=round(abs(jump).total_seconds()))
            self._say(f"the clock {which} by {length}, to {now:%Y-%m-%d %H:%M:%S} UTC")
        return now

    def _origin_of(self, now: datetime) -> datetime:
        """The moment at which the seconds began; it stays as it is unless the clock jumps."""
        return now - timedelta(seconds=self._seconds())
