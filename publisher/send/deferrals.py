"""Which destinations put everything off: counted answer by answer, forgotten with the first letter that is taken.

Who answers twenty letters in a row with "later" (a provider that throttles us, a server that is
down) is asked no further for a while: going on would cost attempts of every reader there, and
our good name. One letter that is taken, or refused for its reader's sake, shows that it works.

Known weakness: each sender counts its own answers.
"""

from __future__ import annotations

from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import About

IN_A_ROW = 20
ON_TRIAL = 5  # after a pause
MOST_DOMAINS = 10_000  # that are counted at a time; those beyond it are not paused


class Deferrals:
    """The destinations that took nothing lately, in one run."""

    def __init__(self) -> None:
        self._in_a_row: dict[str, int] = {}

    @property
    def any(self) -> bool:
        """Whether some destination put off its last letter."""
        return bool(self._in_a_row)

    def saw(self, destination: str, outcome: Outcome, *, on_trial: bool) -> bool:
        """One more answer; whether the destination should pause."""
        if outcome.verdict is not Verdict.LATER or _is_of_one_mailbox(outcome):
            self._in_a_row.pop(destination, None)
            return False
        if not outcome.code or (destination not in self._in_a_row and len(self._in_a_row) >= MOST_DOMAINS):
            return False  # a connection that broke is the relay's matter
        self._in_a_row[destination] = self._in_a_row.get(destination, 0) + 1
        if self._in_a_row[destination] < (ON_TRIAL if on_trial else IN_A_ROW):
            return False
        del self._in_a_row[destination]
        return True


def _is_of_one_mailbox(outcome: Outcome) -> bool:
    """Who says that a mailbox is full has looked at it: the server works."""
    return outcome.reason is not None and outcome.reason.about is About.MAILBOX
