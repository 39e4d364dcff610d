"""Lists of readers that were brought to the desk, and how far each came: a folder each below var/imports.

What is decided and what was found stands in `job.json` there, written whole; how far a run has read
stands in `progress`, written often and lost without harm. Whether somebody works at it just now
is told by a lock, which ends with whoever holds it. The list itself goes when it was taken in; a folder
that nobody touched for a month goes whole.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from publisher.errors import PublisherError, Unwritable
from publisher.house.readererasing import IMPORTS
from publisher.lockfile import is_held
from publisher.wholefile import write_if_changed

LARGEST_BYTES = 100 << 20
KEPT = timedelta(days=30)
STARTS_WITHIN = timedelta(seconds=20)  # a run that was begun holds its lock by then
_FOLDER, _JOB, _LIST, _LOCK, _PROGRESS, SAID = "uploads", "job.json", "list", "lock", "progress", "said"
_NAME = re.compile(r"[0-9a-f]{16}")
_CHUNK = 1 << 20


class Stage(StrEnum):
    """How far a list came."""

    BROUGHT = "brought"  # its columns are to be looked at
    LOOKING = "looking"  # a dry run is under way
    LOOKED = "looked"  # and came to an end
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"


UNDER_WAY = (Stage.LOOKING, Stage.IMPORTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person says of a list."""

    newsletter: str  # "": those that the list names; of our own export alone
    cadence: str = ""  # "": what the list says, else the first that is offered
    columns: tuple[str, ...] = ()
    consent: str = ""
    encoding: str = ""  # "": as it is recognised
    places: Mapping[str, int] | None = None  # which column is what, by names of fields; None: as recognised


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShown:
    """One list as its first lines tell."""

    name: str
    title: str  # which program wrote it, or `a list`; "": it names no addresses
    is_own: bool
    coding: str
    delimiter: str
    headings: tuple[str, ...]  # those that are shown
    columns: int  # that there are
    places: Mapping[str, int]
    rows: tuple[tuple[str, ...], ...]  # the first
    all_are: str = ""  # what everybody on it is; "": that differs


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A list on its way."""

    id: str
    file_name: str
    octets: int
    user: int
    who: str
    ip: str
    brought: str  # ISO 8601, as are all times here
    stage: Stage = Stage.BROUGHT
    begun: str = ""  # the run that is under way, or was the last
    lists: tuple[ListShown, ...] = ()
    choice: Choice | None = None
    told: Mapping[str, Any] = field(default_factory=dict)  # numbers and bad rows; see readerimporting.py
    problem: str = ""  # of a run that failed

    @property
    def is_own(self) -> bool:
        named = [one for one in self.lists if one.title]
        return bool(named) and all(one.is_own for one in named)

    @property
    def is_partly_own(self) -> bool:
        """Whether an export of this program is in it, which tells of all newsletters' readers."""
        return any(one.is_own for one in self.lists)


class Uploads:
    """All of a site."""

    def __init__(self, var: Path) -> None:
        self._folder = var / IMPORTS / _FOLDER

    def bring(self, content: IO[bytes], *, file_name: str, user: int, who: str, ip: str, now: datetime) -> Job:
        """Keep a file, some octets at a time. Raises Unwritable, PublisherError for one that is empty or too large."""
        self._sweep(now)
        job = Job(
            id=secrets.token_hex(8), file_name=_plain(file_name), octets=0, user=user, who=who, ip=ip,
            brought=now.isoformat(),
        )  # fmt: skip
        path = self.list_of(job)
        try:
            path.parent.mkdir(mode=0o700, parents=True)
            with path.open("xb") as file:
                shutil.copyfileobj(content, file, _CHUNK)
                octets = file.tell()
        except OSError as wrong:
            self._remove(job.id)
            raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong
        if not 0 < octets <= LARGEST_BYTES:
            self._remove(job.id)
            problem = "is empty" if not octets else f"is larger than {LARGEST_BYTES >> 20} MB; use the command line"
            raise PublisherError(f"{job.file_name} {problem}")
        return replace(job, octets=octets)

    def put(self, job: Job) -> Job:
        """Raises Unwritable."""
        write_if_changed(self.folder_of(job) / _JOB, json.dumps(asdict(job)).encode(), mode=0o600)
        return job

    def find(self, number: str) -> Job | None:
        """None where there is none, any more."""
        if not _NAME.fullmatch(number):
            return None
        try:
            return _job_of(json.loads((self._folder / number / _JOB).read_bytes()))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def newest(self) -> list[Job]:
        """The newest first."""
        names = [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []
        return sorted(filter(None, map(self.find, names)), key=lambda job: job.brought, reverse=True)

    def drop(self, job: Job) -> None:
        self._remove(job.id)

    def drop_list(self, job: Job) -> None:
        """It was taken in: people's addresses are not kept longer than they are needed."""
        self.list_of(job).unlink(missing_ok=True)

    def folder_of(self, job: Job) -> Path:
        return self._folder / job.id

    def list_of(self, job: Job) -> Path:
        return self.folder_of(job) / _LIST

    def lock_of(self, job: Job) -> Path:
        return self.folder_of(job) / _LOCK

    def bad_rows_of(self, job: Job) -> list[Path]:
        """Files of rows that could not be used."""
        return sorted(self.folder_of(job).glob("bad*.csv"))

    def stands(self, job: Job, *, now: datetime) -> bool:
        """Whether a run that should be under way is not: it was killed, or the machine was."""
        if job.stage not in UNDER_WAY or now - datetime.fromisoformat(job.begun) < STARTS_WITHIN:
            return False
        return not is_held(self.lock_of(job))

    def tell(self, job: Job, read: int, total: int) -> None:
        """How many octets are read."""
        part = self.folder_of(job) / f".{_PROGRESS}"
        with contextlib.suppress(OSError):  # who looks sees the older one
            part.write_text(f"{read} {total}", "ascii")
            part.replace(self.folder_of(job) / _PROGRESS)

    def progress(self, job: Job) -> int:
        """In a hundred."""
        try:
            read, _, total = (self.folder_of(job) / _PROGRESS).read_text("ascii").partition(" ")
            return min(100, 100 * int(read) // max(1, int(total)))
        except (OSError, ValueError):
            return 0

    def last_words(self, job: Job) -> str:
        """Of a run that ended unforeseen."""
        try:
            said = (self.folder_of(job) / SAID).read_text("utf-8", "replace").split("\n")
        except OSError:
            return ""
        return next((line.strip()[:500] for line in reversed(said) if line.strip()), "")

    def _sweep(self, now: datetime) -> None:
        for job in self.newest():
            if now - datetime.fromisoformat(job.brought) > KEPT and not is_held(self.lock_of(job)):
                self.drop(job)

    def _remove(self, number: str) -> None:
        shutil.rmtree(self._folder / number, ignore_errors=True)


def _plain(name: str) -> str:
    """A file's name as it may stand in a page and in the record."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:100].strip() or "a list"


def _job_of(facts: dict[str, Any]) -> Job:
    choice, lists = facts["choice"], facts["lists"]
    shown = [ListShown(**one | {"headings": tuple(one["headings"]), "rows": _rows(one["rows"])}) for one in lists]
    return Job(
        **facts
        | {
            "stage": Stage(facts["stage"]),
            "lists": tuple(shown),
            "choice": Choice(**choice | {"columns": tuple(choice["columns"])}) if choice else None,
        }
    )


def _rows(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in rows)
