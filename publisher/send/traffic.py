"""What a run of the sender is handed: by which ways letters go, its manners, and whom it tells how it goes.

Values only.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome
from publisher.send.patience import PAUSES_SECONDS
from publisher.send.report import SendReport
from publisher.send.route import Destination, Route
from publisher.send.wellbeing import Limits

DRAIN_SECONDS = 6.0  # of the ten in which a stopped sender ends; then connections are closed and all is written down
RECONNECT_SECONDS = (1.0, 3.0)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a run goes about its work; what stands here suits everybody but tests."""

    clock: Callable[[], datetime] = utc_now
    jitter: Callable[[], float] = random.random
    drain_seconds: float = DRAIN_SECONDS  # how long a stopped run waits for answers to what is on the wire
    reconnect_seconds: Sequence[float] = RECONNECT_SECONDS  # before each new try after the last connection failed
    patience_seconds: Sequence[float] = PAUSES_SECONDS  # before each new try of a database that cannot be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """By which ways letters go, and what limits them."""

    routes: Sequence[Route]
    presence: Path  # a folder for the locks of senders, one for all of this machine that share the database
    destinations: Sequence[Destination] = ()
    zone: tzinfo = UTC  # that hours and days of a warm-up are in
    limits: Limits = field(default_factory=Limits)  # above which an issue pauses itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run is to call."""

    progress: Callable[[SendReport], None] = lambda _: None
    answered: Callable[[Delivery, Outcome], None] = lambda *_: None
    say: Callable[[str], None] = lambda _: None  # a line for people
