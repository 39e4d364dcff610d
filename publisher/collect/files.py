"""Reading a source's files: which there are, how large they may be, what they look like from outside.

A source's folder is its border: a link that leads out of it is not followed. Files that
an editor or a sync tool is still writing (`.x`, `x~`, `#x#`, `x.part`, `x.tmp`) are not
there yet.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher.errors import SourceError

_UNFINISHED = (".part", ".tmp", ".swp", ".bak", ".crdownload", "~", "#")
_MOST_FILES = 20_000
QUIET = timedelta(seconds=5)  # since the last change, before a file counts as written to its end
_SKEW = timedelta(seconds=1)  # a file system's clock may be a little ahead of ours


@dataclass(frozen=True, slots=True)
class Look:
    """A file from outside; two looks at one that nobody touched are equal."""

    mark: str  # size, times of its last changes, and which file of the disk it is; "": there is none
    changed_seconds: float = 0.0  # since 1970

    def is_settled(self, now: datetime) -> bool:
        """Whether it was changed so long ago that another change cannot look the same."""
        return not -_SKEW.total_seconds() <= now.timestamp() - self.changed_seconds < QUIET.total_seconds()


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file of a source."""

    place: str  # below the source's folder, with `/`
    where: str  # from here
    look: Look

    @property
    def path(self) -> Path:  # made when it is asked for: of most files the look is enough
        return Path(self.where)


def files_of(name: str, path: Path, suffixes: Sequence[str]) -> list[Path]:
    """The source's files in order of their paths. Raises SourceError where there are none."""
    return [file.path for file in look_around(name, path, suffixes)]


def look_around(name: str, path: Path, suffixes: Sequence[str]) -> list[SeenFile]:
    """The same, with what they look like."""
    if path.is_file():
        return [SeenFile(path.name, str(path), look_at(path))]
    if not path.exists():
        raise SourceError(source=name, place=str(path), problem="there is no such file or folder; correct `path`")
    try:
        found = sorted(_entries(str(path), "", tuple(suffixes)), key=lambda file: file.place.split("/"))
    except OSError as wrong:
        raise _unreadable(name, Path(wrong.filename or path), wrong) from wrong
    if not found:
        wanted = ", ".join(f"*{suffix}" for suffix in suffixes)
        raise SourceError(source=name, place=str(path), problem=f"the folder holds no {wanted}; put one there")
    if len(found) > _MOST_FILES:
        raise SourceError(source=name, place=str(path), problem=f"more than {_MOST_FILES:,} files; split the source")
    return found


def look_at(path: Path | str) -> Look:
    """What is there, behind any link."""
    try:
        found = os.stat(path)  # noqa: PTH116  thousands of them: a Path takes longer than the question
    except (OSError, ValueError):
        return Look("")
    mark = f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
    return Look(mark, max(found.st_mtime, found.st_ctime))


def _entries(folder: str, below: str, suffixes: tuple[str, ...], top: Path | None = None) -> Iterator[SeenFile]:
    top = top or Path(folder)
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith((".", "#")):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(entry.path, f"{below}{name}/", suffixes, top)
            elif name.lower().endswith(suffixes) and not name.endswith(_UNFINISHED) and entry.is_file():
                look = look_at(entry.path)
                if look.mark and (not entry.is_symlink() or is_inside(Path(entry.path), top)):
                    yield SeenFile(f"{below}{name}", entry.path, look)


def is_being_written(path: Path, *, now: datetime) -> bool:
    """Whether anything of the source was changed a moment ago.

    Then all of it is left for later: of a folder that is being copied, the second half would
    be taken for news. What cannot be looked at is told by who reads it.
    """
    try:
        return any(-_SKEW <= now - datetime.fromtimestamp(moment, UTC) < QUIET for moment in _changes(str(path)))
    except OSError:
        return False


def _changes(path: str) -> Iterator[float]:
    """When each thing in there was changed last, hidden ones too."""
    yield os.lstat(path).st_mtime
    if not os.path.isdir(path):  # noqa: PTH112  text, like its neighbours here
        return
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _changes(entry.path)
            else:
                yield entry.stat(follow_symlinks=False).st_mtime


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


def _unreadable(name: str, path: Path, wrong: OSError) -> SourceError:
    return SourceError(
        source=name, place=str(path), problem=f"it cannot be read ({wrong.strerror or wrong}); check its permissions"
    )
