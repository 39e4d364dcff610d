"""A reader is erased, by their own wish that came another way; and the files that still have the address are named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

IMPORTS = "imports"
"""Where lists of readers are kept, below var/: rows that could not be used, and lists that were uploaded."""


def files_with(var: Path, address: str) -> Iterator[tuple[Path, str]]:
    """Files of imports that have the address, each with ""; or with what is wrong, where it cannot be read."""
    folder, wanted = var / IMPORTS, address.lower().encode()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            try:
                with path.open("rb") as lines:
                    if any(wanted in line.lower() for line in lines):
                        yield path, ""
            except OSError as wrong:  # the reader is erased all the same
                yield path, wrong.strerror or str(wrong)
