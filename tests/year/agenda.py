"""The clock of the simulation: what happens next, happens now."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

Deed = Callable[[], None]


class Agenda:
    """What is to happen, in order of time; `now` is the injected clock."""

    def __init__(self, begin: datetime) -> None:
        self._moment = begin
        self._waiting: list[tuple[datetime, int, Deed]] = []
        self._numbers = count()

    def now(self) -> datetime:
        return self._moment

    def at(self, moment: datetime, deed: Deed) -> None:
        """What should have happened already, happens at once."""
        heapq.heappush(self._waiting, (max(moment, self._moment), next(self._numbers), deed))

    def run(self, until: datetime) -> None:
        while self._waiting and self._waiting[0][0] < until:
            self._moment, _, deed = heapq.heappop(self._waiting)
            deed()
        self._moment = until
