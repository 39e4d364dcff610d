"""Limit: so many letters in so much time, and the slots in which letters are counted for it.

A window of time is cut into sixty slots, numbered from 1970 on. What is made of these numbers is
`send/limits.py`; they are here because the store keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SLOTS = 60  # to a window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `letters` in any window of so many seconds; both are 1 or more."""

    letters: int
    seconds: int


def slot_at(moment: datetime, seconds: int) -> int:
    """The slot of a moment, for windows of this length."""
    return (moment - _EPOCH) // _MICROSECOND * SLOTS // (seconds * _MICROSECONDS)


def start_of(slot: int, seconds: int) -> datetime:
    """The first moment of a slot."""
    return _EPOCH - (slot * seconds * _MICROSECONDS // -SLOTS) * _MICROSECOND  # rounded up to a microsecond


def oldest_slot(now: datetime, seconds: int) -> int:
    """The oldest slot that counts now: a window that ends now reaches back into it."""
    return slot_at(now, seconds) - SLOTS
