"""What a reply means for the letter, and whether the relay itself is in trouble.

Responsible for one decision: reply and phase in, verdict out. It does not decide when to
try again (`retry.py`), nor what a refusal says about a reader (that is bounce/).

Pure. RFC 5321 §4.2.1 for the first digit, RFC 3463 for enhanced codes. Known weakness: a
relay that refuses everybody at RCPT in words we do not know is taken at its word; those
readers stand in `failed` with its text, and an admin can have them tried again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from publisher.model.outcome import Outcome, Verdict
from publisher.send.replies import Reply


class Phase(StrEnum):
    """The command of a letter that a reply answers."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    END = "the end of the letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of the letter; `relay_trouble` says that it is not about this reader."""

    outcome: Outcome
    relay_trouble: bool


# Codes that speak about us or the relay whatever the phase, with the reason of each.
_ABOUT_THE_RELAY = {
    421: "the relay is closing (RFC 5321 §3.8)",
    500: "it does not know a command that every server has",
    502: "the same",
    503: "it lost track of the order of commands",
    504: "it does not know a parameter that it offered",
    530: "it wants a login (RFC 4954 §6), or TLS (RFC 3207 §4)",
    535: "it forgot our login (RFC 4954 §6)",
    538: "it wants encryption (RFC 4954 §6)",
    555: "it refuses a parameter that it offered (RFC 5321 §4.1.1.11)",
}
# Open relays are rare: who is refused for relaying is us, not the reader.
_RELAYING = re.compile(r"\brelay(?:ing)?\b.{0,40}\b(?:denied|permit|allow|prohibit|reject)|\bunable to relay\b", re.I)


def judge(phase: Phase, reply: Reply) -> Judgement:
    """The verdict on a reply; a 2xx means sent at END only, elsewhere such replies need no judge."""
    verdict, relay_trouble = _verdict(phase, reply)
    return Judgement(outcome=told(verdict, reply), relay_trouble=relay_trouble)


def told(verdict: Verdict, reply: Reply) -> Outcome:
    """A verdict with the relay's words; those of a 2xx are not kept."""
    text = "" if verdict is Verdict.SENT else reply.text
    return Outcome(verdict=verdict, code=reply.code, enhanced=reply.enhanced, text=text)


def _verdict(phase: Phase, reply: Reply) -> tuple[Verdict, bool]:
    if phase is Phase.END and reply.kind == 2:
        return Verdict.SENT, False
    if phase is Phase.END and reply.kind == 3:
        return Verdict.IN_DOUBT, True  # no answer that the end of a letter can have
    if reply.kind in (2, 3) or reply.code in _ABOUT_THE_RELAY:
        return Verdict.LATER, True
    if reply.kind == 4:
        return Verdict.LATER, phase is Phase.MAIL
    return _refused(phase, reply)


def _refused(phase: Phase, reply: Reply) -> tuple[Verdict, bool]:
    """A 5xx: the reader's mailbox at RCPT, the letter at DATA and its end, we ourselves at MAIL."""
    if phase is Phase.MAIL:
        too_large = reply.code == 552 or reply.enhanced in ("5.3.4", "5.2.3")  # RFC 1870 §6.1
        return (Verdict.NEVER, False) if too_large else (Verdict.LATER, True)
    if phase is Phase.RCPT and reply.code == 552 and reply.enhanced in ("", "5.5.3"):
        return Verdict.LATER, False  # an old way to say 452, too many recipients (RFC 5321 §4.5.3.1.10)
    if _RELAYING.search(reply.text):
        return Verdict.LATER, True
    return Verdict.NEVER, False
