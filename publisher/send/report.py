"""What a run of the sender tells: numbers, and in one sentence what stopped it.

Pure values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """An issue that paused itself in this run."""

    issue: int
    why: str


class Stop(StrEnum):
    """What holds letters up."""

    PARKED = "parked"  # a relay that refuses us, or that somebody parked
    RESTING = "resting"  # a relay that cannot be reached
    PAUSED = "paused"  # a domain of readers that put everything off


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUp:
    """A relay, or a domain of readers, that is left alone now."""

    stop: Stop
    name: str
    until: datetime | None  # None: that is not known
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """What became of the letters of one run so far."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    in_doubt: int = 0
    skipped: int = 0  # left since the issue was frozen, or the issue was cancelled
    found_in_doubt: int = 0  # a sender that died before this run left them on the wire
    expired: int = 0  # could not be sent in their issue's lifetime
    finished: tuple[int, ...] = ()  # issues that have no letter left to send
    paused: tuple[Paused, ...] = ()  # issues that went wrong; their letters stay due
    problem: str = ""  # what is wrong with the relays, so that letters are left; "": nothing
    troubles: tuple[str, ...] = ()  # relays that could not be used, also where others sent everything
    held_up: tuple[HeldUp, ...] = ()  # relays and domains that are left alone at this moment
    stopped: bool = False  # somebody asked for it
    next_try: datetime | None = None  # when there is something to send again, as far as is known


def parked_in_words(name: str, place: str, *, until: datetime | None, why: str) -> str:
    """That a relay is parked, why, and what to do."""
    then = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
    return f"relay {place} is parked{then}: {why}; to use it again: publisher relays resume {name}"
