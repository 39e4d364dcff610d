"""What a reply means for the letter, and whether the relay itself is in trouble.

Responsible for one decision: reply and phase in, verdict out. It does not decide when to
try again (`retry.py`), nor what a refusal says about a reader (that is bounce/).

What is refused for our reputation, for a policy or as spam is no reader's fault: it is tried
again until the issue's time is over (`standing.py` tells these).

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
from publisher.send.standing import is_about_us


class Phase(StrEnum):
    """The command of a letter that a reply answers."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    END = "the end of the letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of the letter, and whether to go on with this relay."""

    outcome: Outcome
    relay_trouble: bool = False  # it is not about this reader: the connection is of no more use
    lasting: bool = False  # nor will a new one be


CLOSING, LOGIN_REFUSED = 421, 535

# What speaks about the connection whatever the phase, with the reason of each.
_ABOUT_THE_CONNECTION = {
    CLOSING: "the relay is closing (RFC 5321 §3.8)",
    503: "it lost track of the order of commands",
    530: "it wants a login (RFC 4954 §6), or TLS (RFC 3207 §4)",
    LOGIN_REFUSED: "it forgot our login (RFC 4954 §6)",
    538: "it wants encryption (RFC 4954 §6)",
}
_NOT_LASTING = (CLOSING, 503)
# What speaks about our words and not about the reader; but other readers may still be served.
_ABOUT_OUR_WORDS = {
    500: "it does not know a command that every server has",
    502: "the same",
    504: "it does not know a parameter that it offered",
    555: "it refuses a parameter that it offered (RFC 5321 §4.1.1.11)",
}
# Open relays are rare: who is refused for relaying is us, not the reader.
_RELAYING = re.compile(r"\brelay(?:ing)?\b.{0,40}\b(?:denied|permit|allow|prohibit|reject)|\bunable to relay\b", re.I)


def judge(phase: Phase, reply: Reply) -> Judgement:
    """The verdict on a reply to a command of a letter; at MAIL, RCPT and DATA one that does not go on."""
    verdict = _verdict(phase, reply)
    outcome = told(verdict, reply)
    out_of_place = reply.kind == 3 or (reply.kind == 2 and phase is not Phase.END)
    about_us = phase is Phase.MAIL and verdict is Verdict.LATER
    trouble = out_of_place or about_us or reply.code in _ABOUT_THE_CONNECTION
    lasting = trouble and reply.kind == 5 and reply.code not in _NOT_LASTING
    return Judgement(outcome=outcome, relay_trouble=trouble, lasting=lasting)


def told(verdict: Verdict, reply: Reply) -> Outcome:
    """A verdict with the relay's words; those of a 2xx are not kept."""
    text = "" if verdict is Verdict.SENT else reply.text
    return Outcome(verdict=verdict, code=reply.code, enhanced=reply.enhanced, text=text)


def _verdict(phase: Phase, reply: Reply) -> Verdict:
    if phase is Phase.END and reply.kind == 2:
        return Verdict.SENT
    if phase is Phase.END and reply.kind == 3:
        return Verdict.IN_DOUBT  # no answer that the end of a letter can have
    if reply.kind != 5 or reply.code in _ABOUT_THE_CONNECTION or reply.code in _ABOUT_OUR_WORDS:
        return Verdict.LATER
    if phase is Phase.MAIL:
        return Verdict.NEVER if _is_about_the_letter(reply) else Verdict.LATER
    if phase is Phase.RCPT and reply.code == 552 and reply.enhanced in ("", "5.5.3"):
        return Verdict.LATER  # an old way to say 452, too many recipients (RFC 5321 §4.5.3.1.10)
    about_us = _RELAYING.search(reply.text) or is_about_us(code=reply.code, enhanced=reply.enhanced, text=reply.text)
    return Verdict.LATER if about_us else Verdict.NEVER


def _is_about_the_letter(refused_mail: Reply) -> bool:
    """A refused MAIL is about us, but for a letter too large (RFC 1870 §6.1) or an address beyond ASCII (RFC 6531)."""
    return refused_mail.code == 552 or refused_mail.enhanced in ("5.3.4", "5.2.3", "5.6.7")
