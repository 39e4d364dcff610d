"""The embedded engine: the ledger is the queue, this process sends.

What is to be sent stands in the rows of issues and deliveries and nowhere else, so a
crash loses no job, and an issue that another process queued (`publisher assemble`) is
found here within a second. How letters get on the wire is handed in.

Whoever runs the worker holds the lock (`lock.py`) and has let the ledger recover first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from publisher.engine.port import Job, Stats
from publisher.errors import PublisherError
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueEvent, IssueKind, IssueState
from publisher.store import issues, ledger
from publisher.store.database import Store

POLL_SECONDS = 1.0  # how soon an issue that another process queued is seen
WAKE_SECONDS = 0.05  # who enqueues wakes us before its transaction is committed
LOOK_ANYWAY_SECONDS = 30.0  # for what came back to `due` and is told by nothing else
SHORTEST_REST_SECONDS = 5.0  # after trouble with the relay; doubled each time
LONGEST_REST_SECONDS = 300.0
STATS_ISSUES = 1000

# Sends everything that is due and ripe, until done or until the event is set. False where
# the relay could not be used, so that trying again at once is of no use.
SendDue = Callable[[threading.Event], bool]
Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


class EmbeddedEngine:
    """The port's four calls over the ledger."""

    def __init__(self, store: Store, send_due: SendDue, clock: Clock) -> None:
        self._store = store
        self._send_due = send_due
        self._clock = clock
        self._woken = threading.Event()

    def enqueue(self, connection: Connection, job: Job) -> bool:
        now = self._clock()
        moved = any(
            issues.move_if(connection, job.issue, event, now=now) for event in (IssueEvent.RESUME, IssueEvent.REOPEN)
        )
        issue = issues.find_issue(connection, job.issue)
        self._woken.set()
        return moved or (issue is not None and issue.state in (IssueState.QUEUED, IssueState.SENDING))

    def cancel(self, issue: int) -> bool:
        with self._store.write() as conn:
            return self.cancel_in(conn, issue)

    def cancel_in(self, connection: Connection, issue: int) -> bool:
        """The same in the caller's transaction."""
        now = self._clock()
        moved = issues.move_if(connection, issue, IssueEvent.CANCEL, now=now)
        if moved:
            ledger.cancel(connection, issue, now=now)
        return moved

    def stats(self) -> Stats:
        ended = (IssueState.SENT, IssueState.CANCELLED)
        with self._store.read() as conn:
            live = [
                issue
                for issue in issues.recent(conn, limit=STATS_ISSUES, kinds=tuple(IssueKind))
                if issue.state not in ended
            ]
            deliveries: Counter[DeliveryState] = Counter()
            for issue in live:
                deliveries.update(ledger.counts(conn, issue.id))
        return Stats(issues=Counter(issue.state for issue in live), deliveries=deliveries)

    def run_worker(self, stop: threading.Event) -> None:
        # Pauses are measured on a clock that nobody can set.
        look_at = go_on_at = time.monotonic()
        rest = SHORTEST_REST_SECONDS
        while not stop.is_set():
            if time.monotonic() >= go_on_at and (self._found_work() or time.monotonic() >= look_at):
                went_well = self._send(stop)
                look_at = time.monotonic() + LOOK_ANYWAY_SECONDS
                go_on_at = time.monotonic() + (0.0 if went_well else rest)
                rest = SHORTEST_REST_SECONDS if went_well else min(rest * 2, LONGEST_REST_SECONDS)
            self._wait(stop)

    def _found_work(self) -> bool:
        """Start what is queued; say whether that, or something deferred, may be sent now."""
        now = self._clock()
        try:
            with self._store.write() as conn:
                started = issues.start_queued(conn, now=now)
                ripe = ledger.next_ripe(conn)
                asked = ledger.has_service_letters(conn)
        except PublisherError as wrong:
            log.error("the queue could not be read: %s", wrong)  # noqa: TRY400  the message says it all
            return False
        return bool(started) or asked or (ripe is not None and ripe <= now)

    def _send(self, stop: threading.Event) -> bool:
        """Every failure ends here: what was not sent stands in the ledger and is tried again."""
        try:
            return self._send_due(stop)
        except PublisherError as wrong:
            log.error("sending stopped: %s", wrong)  # noqa: TRY400  the message says it all
        except Exception:
            log.exception("sending stopped by a fault of the program")
        return False

    def _wait(self, stop: threading.Event) -> None:
        """Until someone enqueues, or it is time to look; returns at once when stopped."""
        waited = 0.0
        while waited < POLL_SECONDS and not stop.is_set():
            if self._woken.is_set():
                self._woken.clear()
                stop.wait(WAKE_SECONDS)
                return
            stop.wait(WAKE_SECONDS)
            waited += WAKE_SECONDS
