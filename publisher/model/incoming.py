"""Incoming: what a message is that came to our return address, and what it says of whose letter.

A return address gets more than bounces: notices that a letter is late, complaints of readers,
replies of machines and of people. Only what is known for a bounce or a complaint is ever held
against an address; what nobody here can read is a person's message.

Nothing here is proved: whoever knows our address can write any of it. `bounce/classify.py` looks
which of the traces are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from publisher.model.reason import Reason


class Kind(StrEnum):
    """What a message is."""

    BOUNCE = "bounce"  # a letter did not arrive
    DELAY = "delay"  # it has not arrived yet, and is tried on: says nothing of the reader
    DELIVERED = "delivered"  # a report that it did arrive, or was read
    COMPLAINT = "complaint"  # a reader calls a letter spam
    AUTO_REPLY = "auto-reply"  # out of office, thanks for your message
    CHALLENGE = "challenge"  # prove that you are a person
    UNSUBSCRIBE = "unsubscribe"  # a reader leaves, by mail
    REPORT = "report"  # of machines to postmasters: DMARC, TLS, authentication, "this is not spam"
    MESSAGE = "message"  # of a person, or of nobody knows what: kept for people, never acted on


class Evidence(StrEnum):
    """How it is known."""

    REPORT = "report"  # a part made for machines: RFC 3464, RFC 5965
    FIELDS = "fields"  # fields of the header
    NOTICE = "notice"  # lines of a text that names who did not get it
    RETURNED = "returned"  # only the letter that came back with it names anyone
    NOTHING = "nothing"


class Place(StrEnum):
    """Where a trace of ours was found, the surest first."""

    RETURN_ADDRESS = "return address"
    ENVELOPE_ID = "envelope id"
    MESSAGE_ID = "Message-ID"
    LINK = "link of the header"  # List-Unsubscribe
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What may be a token of ours."""

    token: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One recipient that a letter did not reach."""

    address: str  # that failed; where mail is forwarded, not the reader's; "": it is not named
    original: str = ""  # as we wrote it, where that is told, too (RFC 3464 §2.3.1)
    reason: Reason
    lasting: bool  # it was given up for good, not only for now
    code: int = 0  # of the reply; 0: not told
    status: str = ""  # enhanced, RFC 3463; "": not told
    text: str = ""  # what the server said, or the notice does
    evidence: Evidence

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that may be the reader's, the surest first."""
        return tuple(address for address in (self.original, self.address) if address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What is left of our letter in what came back; "" for what is not."""

    message_id: str = ""  # without its brackets
    to: tuple[str, ...] = ()
    sender: str = ""
    subject: str = ""
    list_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message as it is understood."""

    kind: Kind
    evidence: Evidence = Evidence.NOTHING
    failures: tuple[Failure, ...] = ()  # of a bounce or a delay
    traces: tuple[Trace, ...] = ()
    returned: Returned = Returned()
    envelope_id: str = ""  # Original-Envelope-Id, RFC 3461 §4.4
    complainers: tuple[str, ...] = ()  # of a complaint; most providers hide them
    feedback_type: str = ""  # of a complaint, RFC 5965 §7.3
    sender: str = ""  # address of From; anybody can write it
    subject: str = ""
