"""The lock that lets one process send for a site.

It is held by the kernel (flock) and ends with the process, however that dies: a lock file
left behind holds nobody up. The pid in it is only for the message. Known weakness: on a
network file system flock may not reach other hosts; one site is served by one host.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import Busy, Unwritable


@contextmanager
def sole_sender(path: Path) -> Iterator[None]:
    """Hold the lock at `path`, e.g. `var/publisher.lock`.

    Raises Busy where another process holds it, Unwritable where the file cannot be made.
    """
    descriptor = _open(path)
    try:
        _take(descriptor)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as wrong:
        raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong


def _take(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise Busy(f"another publisher (pid {holder}) is sending for this site; stop it or wait") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
