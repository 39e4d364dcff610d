"""The port: all that the rest of the house knows of how sending is set in motion.

Jobs carry ids only and are enqueued in the transaction that writes the rows they are
about, so there is never a job without its rows, nor rows that nobody will send.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An issue is to be sent."""

    issue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How much there is to do; states with nothing in them are left out."""

    issues: Mapping[IssueState, int]  # those that are not at their end
    deliveries: Mapping[DeliveryState, int]  # of those issues


class Engine(Protocol):
    """Whoever sends: this process, or many hosts."""

    def enqueue(self, connection: Connection, job: Job) -> bool:
        """Let the issue be sent once the caller's transaction is committed.

        An issue that was paused or sent is queued again; one that is queued or on its way
        stays so. False where it cannot be sent: it is not released yet, or was cancelled.
        """
        ...

    def cancel(self, issue: int) -> bool:
        """Send no more of it; what is on the wire is settled as it happens. False: it had ended."""
        ...

    def run_worker(self, stop: threading.Event) -> None:
        """Send what is queued, and what comes, until `stop` is set."""
        ...

    def stats(self) -> Stats:
        """What is queued, on its way, held and paused."""
        ...
