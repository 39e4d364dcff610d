"""Which relays refuse us as their customer: counted answer by answer, forgotten with the first letter that is taken.

A relay that says so is of no use for now: it is parked, and others take its letters. But one
answer proves little. Words can be misread; and a relay that asks the reader's server before it
takes a letter passes on what that says, which may not serve the domain any more, or want TLS.
So it takes three in a row, and where the reader's domain may be meant, three domains.

Known weakness: each sender counts its own answers.
"""

from __future__ import annotations

from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason

IN_A_ROW = 3
_MAY_BE_OF_A_DOMAIN = (Reason.RELAY_DENIED, Reason.TLS)


class Refusals:
    """The relays that refused us since they took a letter, in one run."""

    def __init__(self) -> None:
        self._in_a_row: dict[str, list[str]] = {}  # by relay: domains that may be meant, or "" where we are

    @property
    def any(self) -> bool:
        """Whether some relay refused us since it took a letter."""
        return bool(self._in_a_row)

    def saw(self, relay: str, destination: str, outcome: Outcome) -> bool:
        """One more answer; whether the relay should be parked."""
        if outcome.verdict is Verdict.SENT:
            self._in_a_row.pop(relay, None)
            return False
        if outcome.reason is None or not outcome.reason.about_relay:
            return False
        meant = self._in_a_row.setdefault(relay, [])
        domain = destination if outcome.reason in _MAY_BE_OF_A_DOMAIN else ""
        if not domain or domain not in meant:
            meant.append(domain)
        if len(meant) < IN_A_ROW:
            return False
        del self._in_a_row[relay]
        return True
