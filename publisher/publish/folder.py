"""The folder `feeds/` as a target.

Beside each text lie the same bytes packed by gzip and brotli, so that no server has to do
it for each reader. They have the very time of the file that they stand for: a packed copy
of another time is of another version, and is not served (`web/published.py`).

Of many files the disk is synced once and not for each: before the first of them takes its
name, all their bytes are on it.
"""

from __future__ import annotations

import contextlib
import gzip
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import brotli

from publisher.errors import PublishError, Unwritable
from publisher.model.filekinds import kind_of
from publisher.publish.target import File
from publisher.wholefile import TEMPORARY, WholeFiles

SMALLEST_PACKED_BYTES = 200  # below, headers weigh more than what is saved
PACKED = (".gz", ".br")
MARK = "index.html"  # what is always there once a site was published
_GZIP_LEVEL, _BROTLI_QUALITY = 6, 5  # what servers take by themselves; the highest cost fifty times as much


class Folder:
    """A target that any web server can serve as it lies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        return f"folder {self._folder}"

    def holds(self, file: File) -> bool:
        path = self._folder / file.name
        try:
            if path.stat().st_size != len(file.content) or path.read_bytes() != file.content:
                return False
            seen = path.stat().st_mtime_ns
            return all(Path(f"{path}{end}").stat().st_mtime_ns == seen for end in _packed_of(file))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return False
        except OSError as wrong:
            raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong

    def put(self, files: Sequence[File]) -> Mapping[str, str]:
        now = time.time_ns()
        with WholeFiles() as writer:
            for file in files:
                path = self._folder / file.name
                for end, content in _packings(file):
                    writer.write(Path(f"{path}{end}"), content, mtime_ns=now)
                writer.write(path, file.content, mtime_ns=now)
        return dict.fromkeys((file.name for file in files), "")

    def read(self, name: str) -> bytes | None:
        path = self._folder / name
        try:
            return path.read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as wrong:
            raise PublishError(f"{path} cannot be read: {wrong.strerror}") from wrong

    def remove(self, name: str) -> bool:
        path = self._folder / name
        if not path.parent.resolve().is_relative_to(self._folder.resolve()):
            return False  # a folder became a symbolic link to somewhere else
        try:
            path.unlink()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return False
        except OSError as wrong:
            raise Unwritable(path=path, problem=f"it is to be taken away: {wrong.strerror}") from wrong
        for end in PACKED:
            with contextlib.suppress(OSError):  # it had none
                Path(f"{path}{end}").unlink()
        self._leave(path.parent)
        return True

    def is_there(self) -> bool:
        return (self._folder / MARK).is_file()

    def sweep(self, names: Iterable[str]) -> None:
        for folder in {(self._folder / name).parent for name in names}:
            for part in folder.glob(f"{TEMPORARY}*"):
                with contextlib.suppress(OSError):
                    part.unlink()

    def _leave(self, folder: Path) -> None:
        """Remove folders that became empty."""
        while folder != self._folder and folder.is_relative_to(self._folder):
            try:
                folder.rmdir()
            except OSError:  # other files are still in it
                return
            folder = folder.parent


def _packed_of(file: File) -> tuple[str, ...]:
    return PACKED if kind_of(file.name).is_text and len(file.content) >= SMALLEST_PACKED_BYTES else ()


def _packings(file: File) -> Iterator[tuple[str, bytes]]:
    """The same bytes packed; the same each time, for gzip would else write the hour into them."""
    if _packed_of(file):
        yield ".gz", gzip.compress(file.content, _GZIP_LEVEL, mtime=0)
        yield ".br", brotli.compress(file.content, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
