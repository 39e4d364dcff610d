"""How many readers there are, counted when it is asked for; a count that took long is good for some minutes."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

from publisher.store import census
from publisher.store.census import Census
from publisher.store.database import Store

LONG_SECONDS = 0.05
GOOD_FOR = timedelta(minutes=5)


class KeptCensus:
    """The newest count of a site."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Lock()  # a second visitor waits for the first one's count
        self._kept: tuple[datetime, Census] | None = None

    def take(self, *, now: datetime) -> tuple[datetime, Census]:
        """When it was counted, and what."""
        with self._turn:
            if self._kept and timedelta(0) <= now - self._kept[0] < GOOD_FOR:
                return self._kept
            begun = time.monotonic()
            with self._store.read() as conn:
                found = now, census.take(conn)
            self._kept = found if time.monotonic() - begun > LONG_SECONDS else None
            return found
