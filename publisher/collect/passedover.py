"""Which links of a column's page are to be fetched, and which were there before us.

The first visit takes the newest articles alone; the other links of that day are remembered
and left alone. Every other link that is not known is fetched, wherever it stands: lists are
not always the newest first, an article may be pinned to the top, and after a long silence
none of those that we know may be left. What stands below one that we know, and is older
than our first visit, came to light late: it is archive and no news.

What stands there and cannot be read is tried twice, so that a link that is no article does
not take the place of one that is. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

MOST = 20  # articles fetched in one visit
_MOST_KEPT = 10_000  # links; the oldest are forgotten
_MARK = 12  # hex digits


class PassedOver(BaseModel):
    """What is remembered of a page between two visits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str  # of the page: another page is another list
    passed: tuple[str, ...] = ()  # marks of links that are left alone
    failed: tuple[str, ...] = ()  # of such as could not be read once


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a visit fetches of a list."""

    above: Sequence[str] = ()  # new, above one that we know, newest first
    below: Sequence[str] = ()  # new to us, and perhaps no news
    pending: bool = False  # there is more; the next visit goes on
    memory: PassedOver = field(default_factory=lambda: PassedOver(url=""))


def choose(links: Sequence[str], known: Collection[str], *, memory: str, url: str) -> Choice:
    """What is to be fetched of `links`, which are the newest first as a rule; `memory` is what `after` said last."""
    lowest = max((place for place, link in enumerate(links) if link in known), default=-1)
    kept = _read(memory)
    if kept is None or kept.url != url:
        before = links[lowest + 1 :] if lowest >= 0 else links[MOST:]
        kept = PassedOver(url=url, passed=tuple(map(mark_of, before)))
    passed = set(kept.passed)
    fresh = [(place, link) for place, link in enumerate(links) if link not in known and mark_of(link) not in passed]
    above = [link for place, link in fresh if place < lowest]
    below = [link for place, link in fresh if place > lowest]
    room = max(MOST - len(above), 0)
    # Of too many the oldest: the others come next time, and none is passed over.
    return Choice(above=above[-MOST:], below=below[-room:] if room else (), pending=len(fresh) > MOST, memory=kept)


def after(memory: PassedOver, *, unread: Sequence[str]) -> str:
    """What is to be remembered, where of those below `unread` could not be read."""
    marks = [mark_of(link) for link in unread]
    twice = [mark for mark in marks if mark in memory.failed]
    failed = dict.fromkeys([*memory.failed, *marks])
    return PassedOver(
        url=memory.url,
        passed=(*memory.passed, *twice)[-_MOST_KEPT:],
        failed=tuple(mark for mark in failed if mark not in twice)[-_MOST_KEPT:],
    ).model_dump_json()


def mark_of(link: str) -> str:
    """The same after a move to https or to another host."""
    parts = urlsplit(link)
    return hashlib.sha256(f"{parts.path}?{parts.query}".encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]


def _read(memory: str) -> PassedOver | None:
    try:
        return PassedOver.model_validate_json(memory) if memory else None
    except ValidationError:  # of another version
        return None
