"""Only one process publishes at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import Busy
from publisher.lockfile import open_lock, take

WAIT_SECONDS = 60.0  # for another process that is publishing
_LOOK_EVERY_SECONDS = 0.1


@contextmanager
def alone(lock: Path, place: str, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock file. Raises Busy where another process keeps it for too long."""
    descriptor = open_lock(lock)
    try:
        _wait_for(descriptor, place, wait_seconds)
        yield
    finally:
        os.close(descriptor)  # and with it the lock, as when the process dies


def _wait_for(descriptor: int, place: str, wait_seconds: float) -> None:
    patience = time.monotonic() + wait_seconds
    while not take(descriptor):
        if time.monotonic() > patience:
            raise Busy(f"another process is publishing to {place}; try again when it is done")
        time.sleep(_LOOK_EVERY_SECONDS)
