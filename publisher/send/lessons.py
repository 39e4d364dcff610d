"""What answers tell of relays and of readers' domains: which refuse us, put all off, or block us.

Each answer counts once, whatever becomes of the transaction that settles it: a transaction may be
tried again, and may be done though we are told that it failed. So they are counted before it, in memory,
and what follows from them is written by it (`gate.py`), as often as need be.

The counting itself is `refusals.py`'s, `deferrals.py`'s and `blocks.py`'s. Pure but for what it remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from publisher.model.outcome import Outcome, Verdict
from publisher.send.blocks import Blocks
from publisher.send.deferrals import Deferrals
from publisher.send.refusals import Refusals

# What became of a letter by which relay, to an address.
Answer = tuple[str, str, Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What follows from some answers."""

    to_park: Mapping[str, str] = field(default_factory=dict)  # relays, and what each said
    to_pause: Mapping[str, Outcome] = field(default_factory=dict)  # domains, and the last answer of each


class Lessons:
    """The answers of one run."""

    def __init__(self, destination_of: Callable[[str], str]) -> None:
        self._destination_of = destination_of
        self._deferrals = Deferrals()
        self._blocks = Blocks()
        self._refusals = Refusals()

    def saw(self, answers: Sequence[Answer], *, on_trial: Collection[str]) -> Lesson:
        """Count these. `on_trial`: domains that were paused, and took nothing since."""
        counts = self._deferrals.any or self._refusals.any or self._blocks.any
        if not counts and all(one.verdict is Verdict.SENT for _, _, one in answers):
            return Lesson()  # most of the time
        to_park: dict[str, str] = {}
        to_pause: dict[str, Outcome] = {}
        for relay, address, outcome in answers:
            if outcome.verdict is Verdict.UNSENT:
                continue
            destination = self._destination_of(address)
            if self._refusals.saw(relay, destination, outcome):
                to_park[relay] = outcome.text
            puts_off = self._deferrals.saw(destination, outcome, on_trial=destination in on_trial)
            if self._blocks.saw(destination, outcome) or puts_off:
                to_pause[destination] = outcome
        return Lesson(to_park=to_park, to_pause=to_pause)
