"""What a reply means for the letter, and whether the relay itself is in trouble.

Responsible for one decision: reply and phase in, verdict out. It does not decide when to
try again (`retry.py`), nor what a refusal says about a reader (that is bounce/). Why a letter
was refused is told by `mail/reason/`.

What is refused because of us, by a relay that does not serve us, or in words for "not now", is
no reader's fault: it is tried again until the issue's time is over, also after a 5xx.

Pure. RFC 5321 §4.2.1 for the first digit, RFC 3463 for enhanced codes. Known weakness: a
relay that refuses everybody at RCPT in words we do not know is taken at its word; those
readers stand in `failed` with its text, and an admin can have them tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from publisher.mail.reason import of_sender, reason_of
from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import About, Reason
from publisher.send.replies import Reply


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
# With a 5 before them, too, these ask for patience.
_NOT_NOW = (Reason.GREYLISTED, Reason.RATE_LIMITED, Reason.BUSY)
# A refused MAIL is about us, but for a letter too large (RFC 1870 §6.1) or an address beyond ASCII (RFC 6531).
_ABOUT_THE_LETTER = (Reason.TOO_LARGE, Reason.NO_UTF8)


def judge(phase: Phase, reply: Reply) -> Judgement:
    """The verdict on a reply to a command of a letter; at MAIL, RCPT and DATA one that does not go on."""
    reason = why(phase, reply) if reply.kind >= 4 else None
    verdict = _verdict(phase, reply, reason)
    outcome = told(verdict, reply, reason)
    out_of_place = reply.kind == 3 or (reply.kind == 2 and phase is not Phase.END)
    about_us = phase is Phase.MAIL and verdict is Verdict.LATER
    trouble = out_of_place or about_us or reply.code in _ABOUT_THE_CONNECTION
    lasting = trouble and reply.kind == 5 and reply.code not in _NOT_LASTING
    return Judgement(outcome=outcome, relay_trouble=trouble, lasting=lasting)


def told(verdict: Verdict, reply: Reply, reason: Reason | None = None) -> Outcome:
    """A verdict with the relay's words; those of a 2xx are not kept."""
    text = "" if verdict is Verdict.SENT else reply.text
    return Outcome(verdict=verdict, code=reply.code, enhanced=reply.enhanced, text=text, reason=reason)


class Taken:
    """The outcomes of letters that one relay takes: one value for all that it takes in the same way."""

    def __init__(self) -> None:
        self._last: Outcome | None = None

    def by(self, reply: Reply) -> Outcome:
        """As `told` says it; what a relay calls a letter is not kept."""
        last, enhanced = self._last, reply.enhanced
        if last is None or last.code != reply.code or last.enhanced != enhanced:
            last = self._last = told(Verdict.SENT, reply)
        return last


def why(phase: Phase, reply: Reply) -> Reason:
    """The reason of a refusal; where MAIL is refused, no reader was named yet."""
    reason = reason_of(code=reply.code, enhanced=reply.enhanced, text=reply.text)
    if phase is not Phase.MAIL:
        return reason
    return Reason.TOO_LARGE if reply.code == 552 else of_sender(reason)


def happened(verdict: Verdict, text: str) -> Outcome:
    """What became of a letter that got no answer of its own, with the reason where that is in the words."""
    reason = reason_of(code=0, enhanced="", text=text)
    tells = reason.about is About.NOBODY and reason is not Reason.UNCLEAR
    return Outcome(verdict=verdict, text=text, reason=reason if tells else None)


def _verdict(phase: Phase, reply: Reply, reason: Reason | None) -> Verdict:
    if phase is Phase.END and reply.kind == 2:
        return Verdict.SENT
    if phase is Phase.END and reply.kind == 3:
        return Verdict.IN_DOUBT  # no answer that the end of a letter can have
    if reply.kind != 5 or reply.code in _ABOUT_THE_CONNECTION or reply.code in _ABOUT_OUR_WORDS:
        return Verdict.LATER
    if phase is Phase.MAIL:
        return Verdict.NEVER if reason in _ABOUT_THE_LETTER else Verdict.LATER
    if phase is Phase.RCPT and reply.code == 552 and reply.enhanced in ("", "5.5.3"):
        return Verdict.LATER  # an old way to say 452, too many recipients (RFC 5321 §4.5.3.1.10)
    patience = reason is not None and (reason.about_us or reason.about_relay or reason in _NOT_NOW)
    return Verdict.LATER if patience else Verdict.NEVER


def later(problem: str) -> Outcome:
    """The letter was begun, and did not go out."""
    return happened(Verdict.LATER, f"the letter did not go out: {problem}")


def unsent(problem: str) -> Outcome:
    """No relay has heard of the letter, or said anything about it: it may go elsewhere at once."""
    return Outcome(verdict=Verdict.UNSENT, text=f"not sent: {problem}")


def refusal_in_words(phase: Phase, reply: Reply) -> str:
    """What is wrong with a relay that refuses a letter for what we are, and what to do."""
    if reply.code == 530:
        return f"it wants a login or TLS first ({reply}); write `smtp+starttls://user@host` and set `password`"
    if reply.code == LOGIN_REFUSED:
        return f"it no longer knows our login: {reply}"
    if phase is Phase.MAIL and reply.kind == 5:
        return f"it refuses our return address: {reply}"
    return f"it answers {phase.value} with: {reply}"
