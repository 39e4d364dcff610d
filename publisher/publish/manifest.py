"""The manifest: which files below the published folder are ours.

A file that we wrote and that no longer belongs is taken away; any other file is none of
our business. A name is noted before its file is written, so a crash leaves no file that
nobody remembers; at the end of a whole run the manifest is written anew. It is plain text,
one path a line. Known weakness: where the manifest is lost, so is the memory of files
that were withdrawn meanwhile; they stay until someone deletes them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from publisher.errors import Unwritable
from publisher.wholefile import write_if_changed


class Manifest:
    """The names that earlier runs and this one have written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = _read(path)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._names)

    def note(self, name: str) -> None:
        """Remember `name` before its file is made. Raises Unwritable."""
        if name in self._names:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as lines:
                # A line that a crash cut off ends here and names nothing.
                lines.write(f"\n{name}\n" if self._is_torn() else f"{name}\n")
        except OSError as wrong:
            raise Unwritable(path=self._path, problem=wrong.strerror or str(wrong)) from wrong
        self._names.add(name)

    def keep(self, names: Iterable[str]) -> None:
        """From now on just these are ours."""
        self._names = set(names)
        write_if_changed(self._path, "".join(f"{name}\n" for name in sorted(self._names)).encode())

    def _is_torn(self) -> bool:
        with self._path.open("rb") as lines:
            if lines.seek(0, os.SEEK_END) == 0:
                return False
            lines.seek(-1, os.SEEK_END)
            return lines.read(1) != b"\n"


def _read(path: Path) -> set[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return set()
    except OSError as wrong:
        raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong
    lines = text.split("\n")[:-1]  # what follows the last line end was cut off by a crash
    return {line for line in lines if _is_below(line)}


def _is_below(name: str) -> bool:
    """Whether it is a name that we could have written: a file in the tree, no way out of it."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
