"""What the books tell a run of the sender: how it begins, what each turn did, how it ends.

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
