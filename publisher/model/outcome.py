"""Outcome: what became of one letter on the wire.

`Sent` the relay took it · `Later` try again · `Never` do not · `InDoubt` nobody knows ·
`Unsent` no relay has heard of it, or said anything about it.
An outcome is a value, never an exception: a 550 is a fact about a mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from publisher.model.delivery import DeliveryEvent
from publisher.model.reason import Reason


class Verdict(StrEnum):
    SENT = "sent"
    LATER = "later"
    NEVER = "never"
    IN_DOUBT = "in_doubt"
    UNSENT = "unsent"


SETTLES: dict[Verdict, DeliveryEvent] = {
    Verdict.SENT: DeliveryEvent.ACCEPT,
    Verdict.LATER: DeliveryEvent.DEFER,
    Verdict.NEVER: DeliveryEvent.REFUSE,
    Verdict.IN_DOUBT: DeliveryEvent.LOSE,
    Verdict.UNSENT: DeliveryEvent.RETURN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A verdict with the relay's own words."""

    verdict: Verdict
    code: int = 0  # reply code (RFC 5321 §4.2); 0: there was no reply
    enhanced: str = ""  # enhanced status (RFC 3463), e.g. `5.1.1`
    text: str = ""  # the reply's text, or what happened instead of one
    reason: Reason | None = None  # why it was not taken; None: it was, or nobody was asked
