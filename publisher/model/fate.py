"""Fate: why a reader got a post, or did not; for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from publisher.model.reason import Reason


class Fate(StrEnum):
    """What becomes of a post and a reader."""

    GOT = "got"
    IN_DOUBT = "in doubt"  # it may have arrived; nobody knows
    ON_ITS_WAY = "on its way"  # a letter with it is to go out
    COMING = "coming"  # by itself, with an issue to come
    WAITING = "waiting"  # for somebody's word, or for more posts
    NOT = "not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer."""

    fate: Fate
    why: str  # a sentence without its full stop
    issue: int | None = None
    at: datetime | None = None  # when it was, or will be
    reason: Reason | None = None  # why a server did not take it


def moment(at: datetime, zone: tzinfo) -> str:
    """`Mon 2026-11-23 07:00 CET`"""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
