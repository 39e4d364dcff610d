"""Files written whole or not at all, and only when their bytes change.

A reader sees the old file or the new one, never a part, also after a power cut: the new
bytes go into a temporary file of the same folder, are synced, and take the old one's
name in one step; then the folder is synced. A failure leaves the old file untouched.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from types import TracebackType

from publisher.errors import Unwritable

TEMPORARY = ".part-"  # how a temporary file's name starts; what is left of a crash may be deleted
_FEW = 16  # files that are synced one by one; of more, the whole disk is, once


def write_if_changed(path: Path, content: bytes, *, mode: int = 0o644) -> bool:
    """Write `content` unless the file holds just that; True where it was written.

    Raises Unwritable (disk full, no permission); the old file is then unchanged.
    """
    try:
        if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
            return False
    except OSError as wrong:
        raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong
    with WholeFiles() as writer:
        writer.write(path, content, mode=mode)
    return True


def write_new(path: Path, content: bytes) -> bool:
    """Write a file that only its owner may read; False where the name is taken: nobody's file is replaced.

    It is linked to its name when it is whole, and linking fails where the name is taken: of
    two processes that try, one wins and none reads a part. Raises Unwritable.
    """
    part = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(part, path)
        except FileExistsError:
            return False
        finally:
            part.unlink()
    except OSError as wrong:
        raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong
    _sync([path.parent], names=[])
    return True


class WholeFiles:
    """Writes several files, which take their names in this order when the block ends; none does where it fails."""

    def __init__(self) -> None:
        self._parts: list[tuple[Path, Path]] = []  # temporary file, and the name it is to take
        self._folders: set[Path] = set()  # that are there

    def __enter__(self) -> WholeFiles:
        return self

    def write(self, path: Path, content: bytes, *, mode: int = 0o644, mtime_ns: int = 0) -> None:
        """Raises Unwritable. `mtime_ns` 0: the time of writing."""
        try:
            if path.parent not in self._folders:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._folders.add(path.parent)
            name = path.parent / f"{TEMPORARY}{secrets.token_hex(8)}"
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._parts.append((name, path))
            with os.fdopen(descriptor, "wb", buffering=0) as part:
                left = memoryview(content)
                while left:
                    left = left[part.write(left) :]
                os.fchmod(descriptor, mode)
                if mtime_ns:
                    os.utime(descriptor, ns=(mtime_ns, mtime_ns))
        except OSError as wrong:
            raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong

    def __exit__(
        self, kind: type[BaseException] | None, _wrong: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._take_names()
        finally:
            for part, _ in self._parts:
                with contextlib.suppress(OSError):
                    part.unlink()

    def _take_names(self) -> None:
        _sync([part for part, _ in self._parts], names=self._parts)
        folders: dict[Path, None] = {}
        for at, (part, path) in enumerate(list(self._parts)):
            try:
                part.replace(path)
            except OSError as wrong:
                self._parts = self._parts[at:]
                raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong
            folders[path.parent] = None
        _sync(list(folders), names=self._parts)
        self._parts = []


def _sync(paths: list[Path], *, names: list[tuple[Path, Path]]) -> None:
    """Bring files or folders to the disk. Raises Unwritable."""
    if len(paths) > _FEW:
        os.sync()
        return
    for path in paths:
        try:
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as wrong:
            meant = dict(names).get(path, path)
            raise Unwritable(path=meant, problem=wrong.strerror or str(wrong)) from wrong
