"""Reading a source's files: which there are, how large they may be.

A source's folder is its border: a link that leads out of it is not followed. Files that
an editor or a sync tool is still writing (`.x`, `x~`, `#x#`, `x.part`, `x.tmp`) are not
there yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher.errors import SourceError

_UNFINISHED = (".part", ".tmp", ".swp", ".bak", ".crdownload", "~", "#")
_MOST_FILES = 20_000
QUIET = timedelta(seconds=5)  # since the last change, before a file counts as written to its end
_SKEW = timedelta(seconds=1)  # a file system's clock may be a little ahead of ours


def files_of(name: str, path: Path, suffixes: Sequence[str]) -> list[Path]:
    """The source's files in order of their paths. Raises SourceError where there are none."""
    if path.is_file():
        return [path]
    if not path.exists():
        raise SourceError(source=name, place=str(path), problem="there is no such file or folder; correct `path`")
    try:
        found = sorted(file for file in path.rglob("*") if _belongs(file, path, suffixes))
    except OSError as wrong:
        raise _unreadable(name, path, wrong) from wrong
    if not found:
        wanted = ", ".join(f"*{suffix}" for suffix in suffixes)
        raise SourceError(source=name, place=str(path), problem=f"the folder holds no {wanted}; put one there")
    if len(found) > _MOST_FILES:
        raise SourceError(source=name, place=str(path), problem=f"more than {_MOST_FILES:,} files; split the source")
    return found


def is_being_written(path: Path, *, now: datetime) -> bool:
    """Whether anything of the source was changed a moment ago.

    Then all of it is left for later: of a folder that is being copied, the second half would
    be taken for news. What cannot be looked at is told by who reads it.
    """
    try:
        changed = [file.lstat().st_mtime for file in [path, *path.rglob("*")]]
    except OSError:
        return False
    ages = (now - datetime.fromtimestamp(moment, UTC) for moment in changed)
    return any(-_SKEW <= age < QUIET for age in ages)


def read_file(name: str, file: Path, *, max_bytes: int) -> bytes:
    """The file's bytes. Raises SourceError where it cannot be read or is larger than `max_bytes`."""
    try:
        with file.open("rb") as opened:
            content = opened.read(max_bytes + 1)
    except OSError as wrong:
        raise _unreadable(name, file, wrong) from wrong
    if len(content) > max_bytes:
        raise SourceError(
            source=name,
            place=str(file),
            problem=f"it is larger than {max_bytes:,} bytes; make it smaller or raise `collect.max_bytes`",
        )
    return content


def is_inside(file: Path, folder: Path) -> bool:
    """Whether `file`, with every link followed, lies in `folder`."""
    return file.resolve().is_relative_to(folder.resolve())


def _belongs(file: Path, folder: Path, suffixes: Sequence[str]) -> bool:
    parts = file.relative_to(folder).parts
    hidden = any(part.startswith((".", "#")) for part in parts)
    return (
        not hidden
        and file.suffix.lower() in suffixes
        and not file.name.endswith(_UNFINISHED)
        and file.is_file()
        and is_inside(file, folder)
    )


def _unreadable(name: str, path: Path, wrong: OSError) -> SourceError:
    return SourceError(
        source=name, place=str(path), problem=f"it cannot be read ({wrong.strerror or wrong}); check its permissions"
    )
