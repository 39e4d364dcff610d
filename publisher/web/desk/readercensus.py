"""How many readers there are, counted beside the page: no page waits for it longer than one notices.

A count that took long is good for some minutes. One that is older is shown with its time, while the next is under
way; before the first one there is none. A count that is under way ends with the program.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta

from publisher.errors import PublisherError
from publisher.store import census
from publisher.store.census import Census
from publisher.store.database import Store

LONG_SECONDS = 0.05
PATIENCE_SECONDS = 0.08
GOOD_FOR = timedelta(minutes=5)

log = logging.getLogger(__name__)


class KeptCensus:
    """The newest count of a site."""

    def __init__(self, store: Store, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._store = store
        self._patience_seconds = patience_seconds
        self._turn = threading.Lock()
        self._kept: tuple[datetime, Census] | None = None
        self._took_seconds = 0.0
        self._under_way: threading.Event | None = None  # set when it is over

    def begin_first(self, *, now: datetime) -> None:
        """Count, where that was never done: so that there is a number when somebody asks for it."""
        with self._turn:
            if self._kept is None:
                self._begin(now)

    def take(self, *, now: datetime) -> tuple[datetime, Census] | None:
        """When it was counted, and what; None where the first count is still under way."""
        with self._turn:
            if self._kept and self._took_seconds > LONG_SECONDS and timedelta(0) <= now - self._kept[0] < GOOD_FOR:
                return self._kept
            over = self._begin(now)
        over.wait(self._patience_seconds)
        return self._kept

    def _begin(self, now: datetime) -> threading.Event:
        if self._under_way is None:
            self._under_way = threading.Event()
            threading.Thread(target=self._count, args=(now, self._under_way), name="census", daemon=True).start()
        return self._under_way

    def _count(self, now: datetime, over: threading.Event) -> None:
        begun = time.monotonic()
        try:
            with self._store.read() as conn:
                found = census.take(conn)
            self._kept, self._took_seconds = (now, found), time.monotonic() - begun
        except PublisherError as wrong:
            log.error("readers could not be counted: %s", wrong)  # noqa: TRY400  the message says it all
        finally:
            with self._turn:
                self._under_way = None
            over.set()
