"""Which domains of readers block us: letters that are taken for spam, a bad name, a policy, a login of mail that fails.

Theory. No reader is to blame for such an answer, and the next letters to that domain will fare alike: each makes
our name there worse. So the domain is left alone for a while, and the others go on. A few answers prove nothing,
for filters are wrong about single letters; many, that are half of all or more, are a decision about us.

While letters go out, the last answers of each domain are looked at. What relays take and send back later comes by
mail in no order; there all letters of the issue to that domain are. What it was paused for is known then, and not
counted again: somebody has looked at it, or its time was over.

Pure. Known weakness: each sender counts its own answers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from publisher.model.outcome import Outcome, Verdict

LEAST = 10  # blocks; an issue pauses itself before that, where these are many of all its answers
WINDOW = 2 * LEAST  # the last answers of a domain
MOST_DOMAINS = 10_000  # that are counted at a time; those beyond it are not paused


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """What became of letters to a domain."""

    letters: int = 0  # that had an answer, or went out
    blocked: int = 0

    def without(self, known: Blocked) -> Blocked:
        """What came since."""
        return Blocked(letters=self.letters - known.letters, blocked=self.blocked - known.blocked)

    @property
    def is_a_decision(self) -> bool:
        """Whether they are many, and half of all or more."""
        return self.blocked >= LEAST and 2 * self.blocked >= self.letters


class Blocks:
    """The domains that block us, by their last answers in one run."""

    def __init__(self) -> None:
        self._last: dict[str, deque[bool]] = {}  # of domains that blocked a letter lately: whether each answer did

    @property
    def any(self) -> bool:
        """Whether some domain blocked one of its last letters."""
        return bool(self._last)

    def saw(self, destination: str, outcome: Outcome) -> bool:
        """One more answer; whether the domain should pause."""
        is_block = outcome.reason is not None and outcome.reason.about_us
        last = self._last.get(destination)
        if last is None:
            if not is_block or len(self._last) >= MOST_DOMAINS:
                return False
            last = self._last[destination] = deque(maxlen=WINDOW)
        elif not is_block and outcome.verdict not in (Verdict.SENT, Verdict.NEVER):
            return False  # a connection that broke, a server that is busy
        last.append(is_block)
        if Blocked(letters=len(last), blocked=last.count(True)).is_a_decision or True not in last:
            del self._last[destination]
            return is_block
        return False
