"""What must be known to tell why a reader has a post or has it not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from publisher.model.arrangement import Arrangement
from publisher.model.issue import Issue, Newsletter
from publisher.model.post import Post
from publisher.model.subscriber import Cadence, SubscriberState
from publisher.model.whereabouts import Standing, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """How issues of one newsletter and cadence are made."""

    slots: tuple[datetime, ...]  # the next ones, also those whose issue is a proposal already
    paused: bool  # its schedule is
    minimum: int = 1
    maximum: int
    quiet: timedelta
    approve: bool = False
    proposals: tuple[Issue, ...] = ()  # made and not released, oldest first
    arranged: Mapping[int, Arrangement] = field(default_factory=dict)  # by issue: those that editors changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One reader, one post, one newsletter: all that is known."""

    newsletter: Newsletter
    offered: tuple[Cadence, ...]
    post: Post
    reader: SubscriberState
    rests_until: datetime | None = None  # mail to the address came back; None: it does not rest
    paused_until: datetime | None = None  # by the reader's own wish; None: there is no pause
    outside: bool = False  # does not belong to the segment that the newsletter's issues go to
    standing: Standing
    traces: tuple[Trace, ...] = ()  # oldest first
    cancelled: int | None = None  # the issue of the post alone, where somebody cancelled that
    unread: tuple[int, ...] = ()  # posts that are news to the reader, oldest first
    coming: Coming
    zone: tzinfo
    now: datetime
