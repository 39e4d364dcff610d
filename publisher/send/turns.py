"""The turns of a run: when one is due, and what the books tell of it; how a run begins and ends.

Theory. A turn is one transaction: it settles what the relays answered and marks what goes next.
It costs about the same for few letters as for many, so it waits for company where that keeps
nobody waiting. While the wire is the slower one (letters stand ready for all the room there is),
it is due when half of the places are free: the other half is on its way meanwhile. A relay at hand
has half of them free in no time; then three quarters are better company. Where a relay is far, half
would take long, and each moment of waiting is one of the wire's: then it is due almost at once,
which costs nothing, for letters are few. While letters are made more slowly than they go, it is
due when there is one for each place.
Where there is nothing to mark, answers are written down by the fifty, or after a tenth of a second.

Pure values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome

# A letter that was on the wire: by which relay it went, and what became of it.
Done = tuple[Delivery, str, Outcome]


SOON_SECONDS = 0.002  # in which a relay that is at hand answers more than half of what it has
FAR_SECONDS = 0.02  # an answer that takes longer comes from far away
NEAR_WAITS_SECONDS, FAR_WAITS_SECONDS = 0.005, 0.001  # how long letters wait for company while the wire has room
MAKING_SECONDS = 0.02  # and while more are being made
SETTLED_AT_ONCE = 50
SETTLE_SECONDS = 0.1  # the longest that an answer waits to be written down


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many letters are where; what is done counts as off the wire."""

    ready: int  # made, and not kept back by a limit
    room: int  # on connections, within what may be marked at a time
    most: int  # that may be marked at a time
    done: int  # answered, and not yet settled
    on_the_way: int  # marked and not answered
    to_come: bool  # others are being made, or will be ready later
    answers_per_second: float

    @property
    def may_be_due(self) -> bool:
        """Soon, if nothing else happens."""
        return bool(self.done or (self.ready and self.room))

    @property
    def enough_done(self) -> int:
        """How many must be done before a turn may be due by that alone: until then it is time that makes it so."""
        if not self.may_be_due:
            return 1
        missing = self.most // 2 - min(self.ready, self.room) if self.ready else SETTLED_AT_ONCE - self.done
        return self.done + max(1, min(missing, self.on_the_way))

    @property
    def is_far(self) -> bool:
        """As far as can be told from how many are on the wire, and how many are answered (Little's law)."""
        return self.most > self.answers_per_second * FAR_SECONDS


def is_due(load: Load, *, waited_seconds: float) -> bool:
    """Whether to settle and mark now; `waited_seconds` since that was done."""
    if not (load.ready and load.room):
        last = not (load.ready or load.to_come)
        late = waited_seconds >= SETTLE_SECONDS or load.done >= SETTLED_AT_ONCE
        return bool(load.done) and (late or (last and not load.on_the_way))
    if load.ready >= load.room or not load.to_come:
        free = min(load.ready, load.room)
        enough = free * 4 >= load.most * 3 or (free * 2 >= load.most and waited_seconds >= SOON_SECONDS)
        longest = FAR_WAITS_SECONDS if load.is_far else NEAR_WAITS_SECONDS
        return enough or not load.on_the_way or waited_seconds >= longest
    return load.ready >= load.most or waited_seconds >= MAKING_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The start of a run."""

    in_doubt: int  # what senders that died had on the wire
    expired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """What a transaction did with the letters that were ready; who is not named waits on."""

    relay_of: Mapping[int, str] = field(default_factory=dict)  # marked: on the wire with it
    turned_away: frozenset[int] = frozenset()  # left, or their issue has stopped
    put_off: frozenset[int] = frozenset()
    given_back: int = 0  # of those turned away: due, because their issue has stopped
    again: datetime | None = None  # when one that waits on may go by its limits
    shut: frozenset[str] = frozenset()  # relays that may be given nothing now


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The end of a run."""

    expired: int
    finished: tuple[int, ...]
    next_ripe: datetime | None
