"""Rows that could not be used, in a file that may be mended and imported again.

Each row stands there as it was, after the line where it was found and the reason; the headings are
the list's own. What a spreadsheet would run is kept from it. The file takes its name when it is
whole; only its owner may read it.
"""

from __future__ import annotations

import contextlib
import csv
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from publisher.errors import Unwritable
from publisher.subscribe.csvrows import Row
from publisher.subscribe.layout import LINE, PROBLEM, Layout
from publisher.subscribe.spreadsheets import as_it_was, kept_from_running
from publisher.wholefile import TEMPORARY


class BadRows:
    """Writes a file for each list that has any: the first as it is named, others with a number."""

    def __init__(self, path: Path | None) -> None:
        self.path = path  # None: none is wanted
        self._parts: list[tuple[Path, Path]] = []  # under which name it is written, and the one it is to take

    def open(self, path: Path) -> tuple[IO[str], Path]:
        """A file for one more list, and its name. Raises Unwritable."""
        number = len(self._parts) + 1
        path = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        part = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
        with _telling(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.fdopen(
                os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600),
                "w", encoding="utf-8", errors="backslashreplace", newline="",
            )  # fmt: skip
        self._parts.append((part, path))
        return file, path

    def take_names(self) -> tuple[Path, ...]:
        """All is written. Raises Unwritable."""
        for part, path in self._parts:
            with _telling(path):
                part.replace(path)
        names = tuple(path for _, path in self._parts)
        self._parts = []
        return names

    def close(self) -> None:
        for part, _ in self._parts:
            with contextlib.suppress(OSError):
                part.unlink()


class BadRowsOfList:
    """The bad rows of one list; its file is made with the first."""

    def __init__(self, files: BadRows, layout: Layout) -> None:
        self._files = files
        self._layout = layout
        self._file: tuple[IO[str], Path] | None = None

    def close(self) -> None:
        if self._file:
            file, path = self._file
            with _telling(path):
                file.close()

    def add(self, row: Row) -> None:
        """Raises Unwritable."""
        if self._files.path is None:
            return
        if self._file is None:
            self._file = self._files.open(self._files.path)
            self._write([LINE, PROBLEM, *self._headings()])
        cells = row.cells
        if self._layout.mended and len(cells) > 2:  # it comes back unmended: with its new line and reason
            cells = [as_it_was(cell) for cell in cells[2:]]
        self._write([str(row.line), row.problem, *map(kept_from_running, cells)])

    def _headings(self) -> Sequence[str]:
        named = self._layout.headings[2:] if self._layout.mended else self._layout.headings
        if named:
            return named
        last = max(self._layout.places.values())
        told = {at: str(field) for field, at in self._layout.places.items()}
        return [told.get(at, f"column {at + 1}") for at in range(last + 1)]

    def _write(self, cells: Sequence[str]) -> None:
        if self._file:
            file, path = self._file
            with _telling(path):
                csv.writer(file, lineterminator="\n").writerow(cells)


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong
