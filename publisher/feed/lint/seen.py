"""What the lint sees in a feed document, whatever its format, and what it says about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong."""

    severity: Severity = Severity.ERROR
    file: str  # below the top of the tree
    entry: str = ""  # its id, else `entry 3`; "" where it is the document itself
    problem: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.entry, self.problem) if part)


@dataclass(slots=True, kw_only=True)
class SeenEntry:
    """An entry as it was read."""

    name: str  # for people: its id, else its place
    id: str = ""
    title: str = ""
    content: str = ""  # HTML
    authors: list[str] = field(default_factory=list)
    published: datetime | None = None
    updated: datetime | None = None
    addresses: list[tuple[str, str]] = field(default_factory=list)  # (what for, address)


@dataclass(slots=True, kw_only=True)
class Seen:
    """A document as it was read, with what its own format finds wrong: (entry, problem)."""

    format: str
    feed_id: str = ""
    title: str = ""
    self_url: str = ""
    updated: datetime | None = None
    language: str = ""
    is_archive: bool = False
    current: str = ""
    older: str = ""
    newer: str = ""
    addresses: list[tuple[str, str]] = field(default_factory=list)
    entries: list[SeenEntry] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def blame(self, entry: str, problem: str) -> None:
        self.wrong.append((entry, problem))
