"""Suppression: an address that no mail may go to any more, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Grounds(StrEnum):
    """Why no mail may go there."""

    GONE = "gone"  # nobody reads mail there
    COMPLAINT = "complaint"
    BY_HAND = "by hand"
    ERASED = "erased"  # the reader's own wish: only they come back, by asking for it and confirming it


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One of them; the row stays when it is lifted."""

    id: int = 0  # 0: it is still to be written down
    email: str  # "": erased
    since: datetime
    why: Grounds
    detail: str = ""
    delivery: int | None = None  # the letter that it was about
    message: int | None = None  # what said so
    lifted: datetime | None = None  # None: in force
