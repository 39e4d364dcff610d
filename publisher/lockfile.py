"""Files that are locked by the kernel (flock), as long as a process lives.

The lock ends with the process, however that dies: a file that is left behind holds nobody up.
Its text, the pid of the holder, is only for messages. Who needs a lock says where its file is and
what it means; that stands where the lock is taken.

Known weakness: on a network file system flock may not reach other hosts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from publisher.errors import Unwritable


def open_lock(path: Path) -> int:
    """A descriptor of the lock's file, which is made where it is missing; to close it gives the lock back.

    Raises Unwritable where the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as wrong:
        raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong


def take(descriptor: int) -> bool:
    """Take the lock; False where another process holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    pid = f"{os.getpid()}\n".encode("ascii")
    with contextlib.suppress(OSError):  # a disk that is full keeps nobody from a lock
        if os.pread(descriptor, 20, 0) != pid:  # else the disk would be busy each time that one process takes it
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, pid, 0)
    return True


def holder(descriptor: int) -> str:
    """The pid of who holds the lock, for a message."""
    return os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of this file now; a file that is missing has no holder.

    Looking takes the lock for a moment, shared with whoever looks at the same time. So it must
    not be done to a lock that somebody may be about to take.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as wrong:
        raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
