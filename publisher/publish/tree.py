"""The published tree: files written whole and only where they change, old ones taken away.

Only one process writes it at a time. Pictures are copied once and stay: letters that went
out show them for years. Order is the caller's business (pages before the feeds that link
to them); nothing is taken away before all is written.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from publisher.errors import Busy, Unwritable
from publisher.model.media import FOLDER
from publisher.publish.manifest import Manifest
from publisher.wholefile import TEMPORARY, write_if_changed

WAIT_SECONDS = 60.0  # for another process that is publishing
_LOOK_EVERY_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where things lie."""

    feeds: Path  # what is published
    media: Path  # pictures as they were collected
    manifest: Path  # the file that remembers what we wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a run did."""

    written: tuple[Path, ...]
    unchanged: int
    removed: tuple[Path, ...]
    missing: tuple[str, ...]  # pictures that posts show and that are not in the media folder


class Tree:
    """The folder, and what was done to it."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._manifest = Manifest(folders.manifest)
        self._written: list[Path] = []
        self._unchanged = 0
        self._belong: set[str] = set()
        self._pictures: set[str] = set()
        self._missing: set[str] = set()

    def write(self, name: str, content: bytes) -> None:
        """`name` is a path below the folder. Raises Unwritable; the old file is then unchanged."""
        self._manifest.note(name)
        self._belong.add(name)
        path = self._folders.feeds / name
        self._count(path, changed=write_if_changed(path, content))

    def copy_picture(self, name: str) -> None:
        """Its name is that of its content, so one that is there needs no second look."""
        if name in self._pictures:
            return
        self._pictures.add(name)
        source, target = self._folders.media / name, self._folders.feeds / FOLDER / name
        try:
            size = source.stat().st_size
            if target.is_file() and target.stat().st_size == size:
                self._count(target, changed=False)
                return
            content = source.read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            if not target.is_file():
                self._missing.add(name)
            return
        except OSError as wrong:
            raise Unwritable(path=target, problem=f"{source} cannot be read: {wrong.strerror}") from wrong
        self._count(target, changed=write_if_changed(target, content))

    def finish(self) -> Published:
        """Take away what no longer belongs, then remember what does."""
        removed = [path for name in sorted(self._manifest.names - self._belong) if (path := self._remove(name))]
        self._sweep()
        self._manifest.keep(self._belong)
        return Published(
            written=tuple(self._written),
            unchanged=self._unchanged,
            removed=tuple(removed),
            missing=tuple(sorted(self._missing)),
        )

    def _count(self, path: Path, *, changed: bool) -> None:
        if changed:
            self._written.append(path)
        else:
            self._unchanged += 1

    def _remove(self, name: str) -> Path | None:
        path = self._folders.feeds / name
        if not path.parent.resolve().is_relative_to(self._folders.feeds.resolve()):
            return None  # a folder became a symbolic link to somewhere else
        try:
            path.unlink()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as wrong:
            raise Unwritable(path=path, problem=f"it is to be taken away: {wrong.strerror}") from wrong
        with contextlib.suppress(OSError):  # other files are still in it
            if path.parent != self._folders.feeds:
                path.parent.rmdir()
        return path

    def _sweep(self) -> None:
        """Delete what a crash left half written, in the folders that are ours."""
        folders = {(self._folders.feeds / name).parent for name in self._belong} | {self._folders.feeds / FOLDER}
        for folder in folders:
            for part in folder.glob(f"{TEMPORARY}*"):
                with contextlib.suppress(OSError):
                    part.unlink()


@contextmanager
def open_tree(folders: Folders, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[Tree]:
    """The tree, for this process alone. Raises Busy where another one keeps it for too long."""
    with _alone(folders.manifest.with_suffix(".lock"), folders.feeds, wait_seconds):
        yield Tree(folders)


@contextmanager
def _alone(lock: Path, feeds: Path, wait_seconds: float) -> Iterator[None]:
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as wrong:
        raise Unwritable(path=lock, problem=wrong.strerror or str(wrong)) from wrong
    try:
        _wait_for(descriptor, feeds, wait_seconds)
        yield
    finally:
        os.close(descriptor)  # and with it the lock, as when the process dies


def _wait_for(descriptor: int, feeds: Path, wait_seconds: float) -> None:
    patience = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > patience:
                raise Busy(f"another process is publishing to {feeds}; try again when it is done") from None
            time.sleep(_LOOK_EVERY_SECONDS)
        else:
            return
