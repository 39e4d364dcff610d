"""Every error of the publisher, drawn as a tree.

PublisherError
├── ConfigError        config.toml cannot be used; lists every mistake with its line
├── WrongUse           a command was called in a way that cannot work
├── StorageError       the database refused, is locked, full or gone
├── ImpossibleMove     a state machine was asked for a move that its table does not have
├── SourceError        a source could not be read, or holds nothing we understand
│   └── Refused        its server answered with a status that brings nothing (404, 410, 429)
├── TemplateError      a template is missing or broken; names file, line, variable
├── PublishError       the published tree could not be written
├── RelayError         a relay cannot be used: unknown scheme, refused login, no TLS
├── MailboxError       a mailbox that bounces come to could not be read
├── Crowded            more ask at once than is good for all else; waiting helps
├── Busy               another process holds what only one may hold
└── Unwritable         a file could not be written whole: disk full, no permission

Facts stand in fields, so that callers and logs need not read sentences. What is
expected (a 550, a 304, a source with nothing new) is a value, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class PublisherError(Exception):
    """Anything the publisher itself says went wrong; `str()` is one clear message."""


class ConfigError(PublisherError):
    """config.toml holds mistakes; `mistakes` has one line for each, in file order."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


class WrongUse(PublisherError):
    """A command was called in a way that cannot work; the message says what to type."""


class StorageError(PublisherError):
    """The database refused; `retry` says whether waiting may help (locked, full, restarting)."""

    def __init__(self, message: str, *, retry: bool) -> None:
        self.retry = retry
        super().__init__(message)


class ImpossibleMove(PublisherError):
    """A state has no such move; raised before anything was changed."""

    def __init__(self, state: str, event: str) -> None:
        self.state = state
        self.event = event
        super().__init__(f"no move {event!r} from state {state!r}")


@dataclass
class SourceError(PublisherError):
    """A source failed; the others are not touched by it."""

    source: str  # the source's name in config.toml
    place: str  # the file or URL
    problem: str  # what is wrong, and what to do

    def __str__(self) -> str:
        return f"source {self.source!r} ({self.place}): {self.problem}"


@dataclass
class Refused(SourceError):
    """The source's server answered, and not with what was asked for."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case


@dataclass
class TemplateError(PublisherError):
    """A template is missing or broken; nothing was rendered with it."""

    template: str  # e.g. `letter/column.html`, or the full path of a site's own file
    line: int | None  # None: the error has no line (the file is missing)
    problem: str

    def __str__(self) -> str:
        place = self.template if self.line is None else f"{self.template}:{self.line}"
        return f"{place}: {self.problem}"


class PublishError(PublisherError):
    """The published tree could not be made."""


class RelayError(PublisherError):
    """A relay cannot be used as configured."""


@dataclass
class MailboxError(PublisherError):
    """A mailbox could not be read; what was not stored is still in it."""

    mailbox: str  # for people, without its password
    problem: str  # what is wrong, and what to do
    permanent: bool = False  # trying again soon will not help: a refused login, no such folder

    def __str__(self) -> str:
        return f"mailbox {self.mailbox}: {self.problem}"


class Crowded(PublisherError):
    """More ask for something slow at once than is good for all else; trying again soon helps."""


class Busy(PublisherError):
    """Another process holds what only one may hold (the sender's lock)."""


@dataclass
class Unwritable(PublisherError):
    """A file could not be written; the old one, if any, is untouched."""

    path: Path
    problem: str

    def __str__(self) -> str:
        return f"cannot write {self.path}: {self.problem}; the file there is unchanged"
