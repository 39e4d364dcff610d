"""The lock that lets one process serve a site (`lockfile.py`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import Busy
from publisher.lockfile import holder, open_lock, take


@contextmanager
def sole_sender(path: Path) -> Iterator[None]:
    """Hold the lock at `path`, e.g. `var/publisher.lock`.

    Raises Busy where another process holds it, Unwritable where the file cannot be made.
    """
    descriptor = open_lock(path)
    try:
        if not take(descriptor):
            raise Busy(f"another publisher (pid {holder(descriptor)}) serves this site; stop it or wait")
        yield
    finally:
        os.close(descriptor)
