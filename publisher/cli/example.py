"""The example site: found in a source checkout and in an installed package alike.

In a checkout it is the top level itself (config.toml, readers.csv, columns/), which the
main job runs on; the wheel holds the same files as `publisher/example/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import publisher

FILES = ("config.toml", "readers.csv", "columns")


def example_folder() -> Path:
    """Where the example is. Raises FileNotFoundError where the package was installed without it."""
    package = Path(publisher.__file__).parent
    for folder in (package / "example", package.parent):
        if all((folder / name).exists() for name in FILES):
            return folder
    raise FileNotFoundError(package / "example")


def example_files() -> Iterator[tuple[str, bytes]]:
    """Each file of the example: its path in a site, with slashes, and what it holds."""
    folder = example_folder()
    for name in FILES:
        start = folder / name
        found = sorted(path for path in start.rglob("*") if path.is_file()) if start.is_dir() else [start]
        for path in found:
            if not path.name.startswith("."):
                yield path.relative_to(folder).as_posix(), path.read_bytes()
