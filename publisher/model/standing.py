"""Standing: how an address stands with us, and what can happen to it.

The values alone: they are stored with a reader. What an event makes of a standing is decided in
`bounce/standing.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from publisher.model.reason import Reason


class State(StrEnum):
    """How an address stands."""

    WELL = "well"
    RESTING = "resting"  # no letters until its time is over, then one
    PROBING = "probing"  # that one is under way
    DEAD = "dead"
    COMPLAINED = "complained"


class Happening(StrEnum):
    """What can happen to a letter, or to its reader."""

    SENT = "sent"
    ARRIVED = "arrived"  # and nothing came back in `ARRIVED_AFTER`
    BOUNCED = "bounced"  # for good: by a reply while it was sent, or by a report
    COMPLAINED = "complained"
    REJOINED = "rejoined"  # by a new double opt-in


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One of them; they come in the order in which they are learned of."""

    happening: Happening
    at: datetime  # it was learned of
    sent_at: datetime  # the letter was, that it is about
    reason: Reason = Reason.UNCLEAR  # of BOUNCED
    is_sure: bool = True  # a report or a reply named an address; not so, where only the letter that came back did
    is_own: bool = True  # and that is the reader's; not so, where the reader's mail goes on to another, or to several


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that is kept of an address; a new one is well."""

    state: State = State.WELL
    since: datetime | None = None  # it is in this state; None: always
    until: datetime | None = None  # of RESTING: letters go again; of PROBING: its letter has arrived by then
    why: Reason | None = None  # of RESTING, PROBING, DEAD
    points: float = 0.0  # as of `counted_at`
    counted_at: datetime | None = None  # the last point
    first_at: datetime | None = None  # the first point since a letter arrived
    last_bounced: datetime | None = None  # when the newest letter was sent that bounced
    last_arrived: datetime | None = None  # when the newest letter was sent that arrived

    @property
    def is_suppressed(self) -> bool:
        """No letter may go to it any more."""
        return self.state in (State.DEAD, State.COMPLAINED)
