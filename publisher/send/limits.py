"""How many letters a relay, or the readers of a domain, may be given now: exactly, never more.

Theory. A limit is a number of letters in any stretch of so many seconds, as it is counted by who
set it. When a letter gets there nobody tells us; it is at some moment between its marking and its
answer. So for the window that ends at t, all are taken that may have come in it: the letters on
the wire at t, and those answered since it began. That sum grows only where letters are marked (an
answer moves a letter from one part to the other, time only takes away); looked at there, and in
one transaction with the marking, it never is above the limit, and so no window ever holds more.

Answers are counted in slots, sixty to a window. The window that ends now reaches back into the
sixtieth slot before this one, and all of that slot counts. What can be kept up for ever is
therefore 60/61 of the limit. Slots later than now count as well: they were counted by a clock
that is ahead of ours.

Responsible for this arithmetic. What was counted is kept by the store; who asks is the sender.

Pure. Known weakness: letters are not counted of the time before the limit was in config.toml; and
hosts whose clocks differ see windows that are shorter by that difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from publisher.model.limit import SLOTS, Limit, oldest_slot, slot_at, start_of

__all__ = [
    "DAY_SECONDS",
    "SLOTS",
    "UNLIMITED",
    "Allowance",
    "Limit",
    "allowance",
    "pace",
    "slot_at",
    "spread",
    "tightest",
]

DAY_SECONDS = 86400
_FURTHEST = timedelta(days=3650)  # no letter lives so long, and no time beyond it is of use


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What may be marked now."""

    letters: int | None  # None: there is no limit
    again: datetime | None = None  # where it is 0: the earliest moment at which there is room


UNLIMITED = Allowance(letters=None)


def allowance(limit: Limit, uses: Mapping[int, int], *, in_flight: int, now: datetime) -> Allowance:
    """What one limit allows: `uses` are letters answered by slot, `in_flight` those marked and not answered."""
    oldest = oldest_slot(now, limit.seconds)
    counted = {slot: letters for slot, letters in uses.items() if slot >= oldest}
    left = limit.letters - in_flight - sum(counted.values())
    if left > 0:
        return Allowance(letters=left)
    return Allowance(letters=0, again=_room_again(limit, counted, missing=1 - left, now=now))


def _room_again(limit: Limit, counted: Mapping[int, int], *, missing: int, now: datetime) -> datetime:
    """When so many letters have left the window that one more may be marked."""
    for slot in sorted(counted):
        missing -= counted[slot]
        if missing <= 0:
            return start_of(slot + SLOTS + 1, limit.seconds)
    # It waits for letters that are on the wire: at best they are answered now, and count from now on.
    return start_of(slot_at(now, limit.seconds) + SLOTS + 1, limit.seconds)


def tightest(allowances: Sequence[Allowance]) -> Allowance:
    """What several limits allow together; room is there again when the last of them has some."""
    letters = [one.letters for one in allowances if one.letters is not None]
    if not letters:
        return UNLIMITED
    again = [one.again for one in allowances if one.letters == 0 and one.again]
    return Allowance(letters=min(letters), again=max(again, default=None))


def pace(limits: Sequence[Limit]) -> float | None:
    """Letters a second that can be kept up for ever; None where nothing limits them."""
    return min((limit.letters / limit.seconds * SLOTS / (SLOTS + 1) for limit in limits), default=None)


def spread(count: int, *, pace: float, start: datetime) -> list[datetime]:
    """The times of so many letters that go at this pace, the first at `start`."""
    apart = 1_000_000 / pace
    # Up to a whole microsecond: at the slot before its own a letter would find no room.
    return [start + min(timedelta(microseconds=ceil(place * apart)), _FURTHEST) for place in range(count)]
