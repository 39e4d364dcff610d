"""What a webhook gets, and what comes of it.

A provider tells the same thing as a bounce by mail does, so it becomes the same value, Incoming: who
acts on it need not know how it came. What names our letter is a token of ours in the Message-ID, the
return address or a value that the provider gives back; where none is, the address alone is told.

Events can come twice, since a provider that gets no answer tells again: `id` is the same then.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from publisher.bounce.failures import failure_in_report
from publisher.mail.dsn import Action, Recipient
from publisher.mail.parts import Fields
from publisher.mail.traces import traces_in
from publisher.model.incoming import Evidence, Failure, Incoming, Kind, Returned
from publisher.model.reason import Reason

MOST_EVENTS = 10_000  # of one request
LARGEST_BYTES = 5 * 2**20  # of one request


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A POST as it came."""

    headers: Mapping[str, str]  # names in lower case
    body: bytes = field(repr=False)
    peer: str = ""  # address of who sent it, as far as it is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What proves that a request is the provider's."""

    secrets: tuple[str, ...] = field(default=(), repr=False)  # any of them is good, so that one can be changed
    user: str = ""  # of HTTP's basic authentication
    networks: tuple[str, ...] = ()  # addresses that requests may come from; (): any
    topics: tuple[str, ...] = ()  # of Amazon SNS, whose signature says Amazon and not whose account
    certificates: Mapping[str, bytes] = field(default_factory=dict)  # of Amazon SNS, by address, PEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that is told."""

    id: str  # the provider's own; the same where it tells again
    at: datetime | None  # when it happened; None: not told
    incoming: Incoming


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The request is the provider's. What is of no interest here (opened, clicked) is left out."""

    events: tuple[Event, ...] = ()
    confirm: str = ""  # an address to visit, which begins the subscription; "": none


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """The request is turned away."""

    status: int  # of HTTP: 400 nobody can read it, 401 or 403 it proves nothing, 413 too large
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A certificate is needed first: fetch it, put it into `Keys.certificates`, and ask again."""

    url: str


Answer = Accepted | Turned | Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a provider tells of one recipient, in our words; "" and 0 for what it does not."""

    kind: Kind
    address: str
    text: str = ""  # what the recipient's server said, or the provider does
    status: str = ""  # enhanced, RFC 3463
    hint: Reason | None = None  # what the provider's own class means, where the text says nothing
    message_id: str = ""
    sender: str = ""  # the return address of our letter
    own: str = ""  # values of ours that it gives back
    feedback_type: str = ""


def incoming_of(told: Told) -> Incoming:
    returned = Fields((("message-id", told.message_id), ("return-path", told.sender)))
    return Incoming(
        kind=told.kind,
        evidence=Evidence.REPORT,
        failures=(_failure(told),) if told.kind in (Kind.BOUNCE, Kind.DELAY) else (),
        complainers=(told.address,) if told.kind is Kind.COMPLAINT and told.address else (),
        traces=traces_in(Fields(()), returned, envelope_id=told.own, came_to=()),
        returned=Returned(message_id=told.message_id.strip("<> "), to=(told.address,) if told.address else ()),
        sender=told.address,
        feedback_type=told.feedback_type,
    )


def _failure(told: Told) -> Failure:
    recipient = Recipient(
        address=told.address,
        original="",
        action=Action.FAILED if told.kind is Kind.BOUNCE else Action.DELAYED,
        status=told.status,
        diagnostic=" ".join(told.text.split()),
        of_smtp=True,
        told_by="",
    )
    failure = failure_in_report(recipient, "", names_it=False)
    unclear = failure.reason is Reason.UNCLEAR and told.hint is not None
    return replace(failure, reason=told.hint) if unclear and told.hint else failure


def in_window(at: datetime | None, now: datetime, *, back: timedelta) -> bool:
    """Whether a request was signed lately: providers try again for hours, clocks differ by minutes."""
    return at is not None and now - back <= at <= now + timedelta(minutes=5)
