"""Where a site is published to: a port of few calls. A folder is one (`folder.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it is published."""

    name: str  # path below the top of the tree
    content: bytes
    version: str | None = None  # what the target called the one that it is to replace; "" not known, None: it is new


class Target(Protocol):
    """Files are put whole or not at all; those of one call become visible in the order given."""

    @property
    def place(self) -> str:
        """What it is and where, in words; another one is another place."""

    def holds(self, file: File) -> bool:
        """Whether just this file is there, with all that belongs to it."""

    def put(self, files: Sequence[File]) -> Mapping[str, str]:
        """Write files; what the target calls their versions, "" where it has no names for them.

        Raises Unwritable; files that were not reached are as before.
        """

    def read(self, name: str) -> bytes | None:
        """A file as it is there now; None where there is none."""

    def remove(self, name: str) -> bool:
        """Take a file away; False where there was none. Raises Unwritable."""

    def is_there(self) -> bool:
        """Whether anything was ever published here and is still here."""

    def sweep(self, names: Iterable[str]) -> None:
        """Delete what a crash left half done in the folders of these files."""
