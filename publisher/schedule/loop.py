"""The loop: APScheduler looks at the clock once a second and lets the clockwork do what is due.

What may be due at any moment (`errand`: what hubs pushed) is done by the same thread, after that.

APScheduler keeps one job in memory and nothing else: what is due stands in our database,
so several processes may tick. Stopping lets the job that is being done finish.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from publisher.errors import StorageError
from publisher.schedule.jobs import Clockwork

TICK_SECONDS = 1

log = logging.getLogger(__name__)


class Loop:
    """Runs what is due, in a thread of its own, from `start` to `stop`."""

    def __init__(
        self,
        clockwork: Clockwork,
        *,
        tick_seconds: float = TICK_SECONDS,
        errand: Callable[[], object] = int,  # nothing
    ) -> None:
        self._clockwork = clockwork
        self._errand = errand
        self._stopping = threading.Event()
        # It warns at each tick that meets a job still running, which is no news.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._scheduler.add_job(
            self.tick,
            "interval",
            seconds=tick_seconds,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Return when the job that is being done has ended; those behind it stay due."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def tick(self) -> None:
        """One look at the clock. Whatever goes wrong, the next one comes."""
        try:
            for ended in self._clockwork.run_due(stop=self._stopping.is_set):
                if not ended.went_well:
                    log.warning("%s %s failed: %s", ended.run.schedule, ended.run.slot.key, ended.note)
            if not self._stopping.is_set():
                self._errand()
        except StorageError as wrong:
            log.error("nothing could be run: %s", wrong)  # noqa: TRY400  the message says it all
        except Exception:
            log.exception("a look at the clock failed by a fault of the program")
