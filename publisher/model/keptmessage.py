"""A message that came back, as it is kept: what it was, whose letter it is about, what was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

RAW_KEPT_FOR = timedelta(days=90)


class Acted(StrEnum):
    """What was done about a message; the values stand in the database."""

    NOT_YET = ""
    NOTHING = "nothing"  # it says nothing that counts: a delay, an auto-reply, a person's letter
    NOT_OURS = "not ours"  # a bounce or complaint without a token of ours: shown, never acted on
    TEST = "test"  # about a letter that was sent to try it out
    UNKNOWN_LETTER = "unknown letter"  # its token is ours; the letter, or its reader, is not here any more
    COUNTED = "counted"
    RESTED = "rested"  # its reader gets no letters for a while
    SUPPRESSED = "suppressed"
    LEFT = "left"  # its reader is out of that newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMessage:
    """A row of `messages`, without what it was made of."""

    id: int
    digest: str
    came: datetime
    came_by: str
    came_to: tuple[str, ...] = ()
    kind: str = ""  # "": not read yet
    delivery: int | None = None
    subscription: int | None = None
    subscriber: int | None = None
    reason: str = ""
    address: str = ""
    detail: str = ""
    acted: Acted = Acted.NOT_YET
    raw: bytes | None = field(default=None, repr=False)  # None: not asked for, or too old to be kept
