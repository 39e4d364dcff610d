"""Agenda: what comes, when, and to how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from publisher.model.arrangement import Arrangement
from publisher.model.issue import Issue, Wish
from publisher.model.subscriber import Cadence


class Kind(StrEnum):
    """What a line of the agenda is about."""

    COLLECTING = "collecting"
    ISSUE = "issue"
    DRAFTING = "drafting"
    SKIPPED = "skipped"  # a holiday takes it out
    LEFT_OUT = "left-out"  # somebody does
    SINGLE = "single"  # a post that goes as a letter of its own
    SENDING = "sending"  # letters that are on their way


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line."""

    kind: Kind
    at: datetime | None  # None: at any time
    newsletter: str = ""  # slug
    cadence: Cadence | None = None
    issue: Issue | None = None  # None: not made yet
    readers: int = 0  # who read it at this cadence
    letters: int = 0  # who would get one, as things stand
    variants: int = 0
    posts: tuple[int, ...] = ()  # in it so far
    notes: tuple[str, ...] = ()  # a clause each


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What is known of a newsletter at one cadence."""

    newsletter: str  # slug
    cadence: Cadence
    columns: tuple[str, ...]
    readers: Mapping[Wish, int]  # how many have each wish
    news: tuple[tuple[int, str], ...]  # (seq, column), oldest first
    proposals: tuple[Issue, ...]  # made and not released, oldest first
    paused: bool = False  # its schedule is
    minimum: int = 1
    maximum: int
    skip_empty: bool = True
    approve: bool = False
    arranged: Mapping[int, Arrangement] = field(default_factory=dict)  # by issue: those that editors changed
    draft: timedelta | None = None  # how long before its slot it is made
    draft_paused: bool = False  # the schedule of its drafts is
