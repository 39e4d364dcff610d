"""A lease: that the hub of a feed tells us at once what is new in it (WebSub §1, §5).

A value; who decides about it is `collect/websub/decide.py`, who keeps it is
`store/hubleases.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class LeaseState(StrEnum):
    """Where it stands."""

    FOUND = "found"  # its feed names the hub; nothing is granted, or no more
    ACTIVE = "active"  # granted, until `ends`
    DENIED = "denied"  # the hub does not want to; it is asked again after a long time
    LEAVING = "leaving"  # no longer wanted; the hub is told so


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What was asked of a hub for one source, and what became of it."""

    token: str  # last part of the address at which the hub calls us; nobody else knows it
    source: str  # its name in config.toml
    hub: str
    topic: str  # the feed's own word for its address; need not be where it is fetched
    secret: str = field(repr=False)  # what the hub signs with
    callback: str = ""  # where the hub was told to call; "": it was never asked
    state: LeaseState = LeaseState.FOUND
    asked: datetime | None = None  # since when an answer is awaited; None: none is
    ends: datetime | None = None  # None: nothing is granted
    pushed: datetime | None = None  # when the hub last told news; None: never, or it has missed some since
    next_try: datetime | None = None  # when the hub is asked next; None: it is not
    failures: int = 0  # times that it was asked in vain, in a row
    problem: str = ""  # in words; "" when all is well


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A document that a hub sent, signed, and that is not taken yet."""

    id: int
    token: str
    source: str
    content_type: str
    content: bytes = field(repr=False)
    came: datetime
    attempts: int = 0  # to take it
