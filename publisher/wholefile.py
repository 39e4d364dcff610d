"""Files written whole or not at all, and only when their bytes change.

A reader sees the old file or the new one, never a part, also after a power cut: the new
bytes go into a temporary file of the same folder, are synced, and take the old one's
name in one step; then the folder is synced. A failure leaves the old file untouched.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from publisher.errors import Unwritable

TEMPORARY = ".part-"  # how a temporary file's name starts; what is left of a crash may be deleted


def write_if_changed(path: Path, content: bytes, *, mode: int = 0o644) -> bool:
    """Write `content` unless the file holds just that; True where it was written.

    Raises Unwritable (disk full, no permission); the old file is then unchanged.
    """
    try:
        if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content, mode)
    except OSError as wrong:
        raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong
    return True


def _replace(path: Path, content: bytes, mode: int) -> None:
    descriptor, name = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as part:
            part.write(content)
            part.flush()
            os.fchmod(part.fileno(), mode)
            os.fsync(part.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
