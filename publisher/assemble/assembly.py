"""What config.toml says about making an issue, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection

from publisher.assemble.gallery import Gallery
from publisher.model.column import Column
from publisher.model.issue import Newsletter
from publisher.model.service import Welcome


class Enqueue(Protocol):
    """The engine's door: called in the transaction that releases the issue."""

    def __call__(self, conn: Connection, issue: int, /) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What config.toml says about making an issue of one newsletter."""

    newsletter: Newsletter
    columns: Mapping[str, Column]
    site_name: str
    site_url: str
    postal_address: str
    zone: tzinfo  # of the newsletter; the letter's date is in it
    maximum: int  # posts in one letter
    minimum: int = 1  # posts in a digest; fewer wait
    skip_empty: bool = True  # False: a digest also says that nothing is new
    quiet: timedelta = timedelta(minutes=10)  # a post stood unchanged for so long before it goes alone
    approve: bool = False  # nothing goes without somebody's word
    grace: timedelta  # later than this, the issue is held
    lifetime: timedelta  # how long its letters are tried
    welcome: Welcome = Welcome.LETTER  # what who has joined gets at once
    gallery: Gallery | None = None  # what pictures travel with its letters; None: all of them are links


class Result(StrEnum):
    QUEUED = "queued"
    HELD = "held"
    DRAFT = "draft"
    APPROVED = "approved"
    ALREADY = "already made"
    CANCELLED = "nothing in it is news any more"
    TOO_FEW = "too few posts yet"
    NO_NEWS = "nothing new"
    NO_READERS = "no readers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """What came of it."""

    result: Result
    issue: int = 0  # 0: none
    deliveries: int = 0  # of a proposal 0: it has none
    variants: int = 0
    subject: str = ""
    why: str = ""  # why it is held
    faulty: bool = False  # it is held because a letter has an error
    due: datetime | None = None  # when a proposal was, or is, to go; None: there is none

    def __str__(self) -> str:
        """One line for people; of a proposal without its times, for which one must know a zone."""
        if self.deliveries:
            letters = "1 letter" if self.deliveries == 1 else f"{self.deliveries} letters"
            return f"issue {self.issue}: {letters}, “{self.subject}”"
        if self.result is Result.CANCELLED:
            return f"issue {self.issue} is cancelled: {self.result}"
        if self.result in (Result.HELD, Result.DRAFT, Result.APPROVED):
            return f"issue {self.issue}: {self.result}" + (f", {self.why}" if self.why else "")
        return str(self.result)
