"""The published tree: files written whole and only where they change, old ones taken away.

What is there is remembered in the database (`store/files.py`), so that a run that changes
ten files looks at ten, however many there are. Names are noted before their files are
made, and what was made after: whatever a crash leaves is found and made good.

Order is the caller's business (pages before the feeds that link to them): files become
visible in the order in which they are handed over. Pictures are copied once and stay:
letters that went out show them for years.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from publisher.errors import Unwritable
from publisher.model.author import Author
from publisher.model.media import FOLDER
from publisher.model.post import Post
from publisher.publish.pictures import pictures_of
from publisher.publish.target import File, Target
from publisher.store import files
from publisher.store.database import Store
from publisher.store.files import StoredFile

_NOTHING = StoredFile(digest="")
_MOST_FILES, _MOST_BYTES = 200, 16 * 2**20  # that wait to be written together


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a run did; names are paths below the top of the tree."""

    written: tuple[str, ...] = ()
    unchanged: int = 0
    removed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()  # pictures that posts show and that are not in the media folder


class Tree:
    """What is published, and what was done to it; for one run.

    `careful`: what is remembered is not believed, each file is looked at.
    """

    def __init__(
        self, store: Store, target: Target, *, media: Path, clock: Callable[[], datetime], careful: bool = False
    ) -> None:
        self._store, self._target, self._media, self._clock, self._careful = store, target, media, clock, careful
        self._waiting: list[File] = []
        self._waiting_bytes = 0
        self._written: list[str] = []
        self._unchanged = 0
        self._belong: set[str] = set()
        self._leaving: set[str] = set()
        self._removed: list[str] = []
        self._pictures: set[str] = set()
        self._missing: set[str] = set()
        self._swept: set[str] = set()  # folders

    def write(self, name: str, content: bytes) -> None:
        """`name` is a path below the top. Raises Unwritable; the old file is then unchanged."""
        self._add(File(name=name, content=content))

    def copy_pictures(self, post: Post) -> None:
        """Every picture of ours that a post's page shows."""
        for name in pictures_of(post.authors, post):
            self.copy_picture(name)

    def copy_pictures_of(self, authors: Iterable[Author]) -> None:
        """The portraits of authors, as far as they are ours."""
        for name in pictures_of(authors, None):
            self.copy_picture(name)

    def copy_picture(self, name: str) -> None:
        """Its name is that of its content, so one that is there needs no second look."""
        if name in self._pictures:
            return
        self._pictures.add(name)
        path = f"{FOLDER}/{name}"
        with self._store.read() as conn:
            known = files.find(conn, [path]).get(path, _NOTHING)
        if known.digest and not self._careful:
            self._unchanged += 1
            return
        try:
            content = (self._media / name).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            if not known.digest:
                self._missing.add(name)
            return
        except OSError as wrong:
            raise Unwritable(
                path=Path(path), problem=f"{self._media / name} cannot be read: {wrong.strerror}"
            ) from wrong
        self._add(File(name=path, content=content))

    def flush(self) -> None:
        """Write what waits. Raises Unwritable."""
        some, self._waiting, self._waiting_bytes = self._waiting, [], 0
        digests = {file.name: hashlib.sha256(file.content).hexdigest() for file in some}
        with self._store.read() as conn:
            known = files.find(conn, list(digests))
        changed = [
            self._versioned(file, known)
            for file in some
            if known.get(file.name, _NOTHING).digest != digests[file.name]
            or self._is_lost(replace(file, version=known[file.name].version))
        ]
        self._unchanged += len(some) - len(changed)
        if not changed:
            return
        self._sweep(file.name for file in changed if self._careful or _is_half_done(known.get(file.name)))
        self._note({file.name: StoredFile(digest="") for file in changed})
        versions = self._target.put(changed)
        self._note({name: StoredFile(digest=digests[name], version=version) for name, version in versions.items()})
        self._written += [file.name for file in changed]

    def remove(self, names: Iterable[str]) -> None:
        """Take files away when the run is finished, those that it writes excepted."""
        self._leaving.update(names)

    def remove_all_others(self) -> None:
        """Take away what earlier runs wrote and this one did not. Pictures stay."""
        with self._store.read() as conn:
            others = [name for name in files.all_paths(conn) if name not in self._belong]
        self.remove(name for name in others if not name.startswith(f"{FOLDER}/"))

    def names_below(self, start: str) -> list[str]:
        """The files of ours whose names start so, as it will be when this run is finished."""
        with self._store.read() as conn:
            names = set(files.starting(conn, start))
        names |= {file.name for file in self._waiting if file.name.startswith(start)}
        return sorted(names - (self._leaving - self._belong))

    def finish(self) -> Published:
        """Write what waits, take away what is to go, and tell what was done. Raises Unwritable."""
        self.flush()
        self._take_away(sorted(self._leaving - self._belong))
        return Published(
            written=tuple(self._written),
            unchanged=self._unchanged,
            removed=tuple(self._removed),
            missing=tuple(sorted(self._missing)),
        )

    def _add(self, file: File) -> None:
        self._belong.add(file.name)
        self._waiting.append(file)
        self._waiting_bytes += len(file.content)
        if len(self._waiting) >= _MOST_FILES or self._waiting_bytes >= _MOST_BYTES:
            self.flush()

    def _take_away(self, names: Sequence[str]) -> None:
        if not names:
            return
        with self._store.write() as conn:  # whoever is killed in between must not take them for written
            known = files.find(conn, names)
            files.put(conn, {name: replace(file, digest="") for name, file in known.items()}, now=self._clock())
        self._sweep(name for name, file in known.items() if _is_half_done(file))
        self._removed += [name for name in names if self._target.remove(name)]
        with self._store.write() as conn:
            files.forget(conn, names)

    def _sweep(self, names: Iterable[str]) -> None:
        """What a crash left beside these files, before it is forgotten that there was one; each folder once."""
        beside = {name.rpartition("/")[0]: name for name in names}
        self._target.sweep(name for folder, name in beside.items() if folder not in self._swept)
        self._swept |= beside.keys()

    def _is_lost(self, file: File) -> bool:
        return self._careful and not self._target.holds(file)

    def _versioned(self, file: File, known: Mapping[str, StoredFile]) -> File:
        """Who looks at each file may replace any; else only what is known to be there is replaced."""
        if self._careful:
            return replace(file, version="")
        return replace(file, version=known[file.name].version) if file.name in known else file

    def _note(self, found: Mapping[str, StoredFile]) -> None:
        with self._store.write() as conn:
            files.put(conn, found, now=self._clock())


def _is_half_done(file: StoredFile | None) -> bool:
    """Whether a run began to write it or to take it away, and was killed."""
    return file is not None and not file.digest
