"""One variant's letter with its envelope, for any of its readers.

Responsible for a letter that is whole but for its reader, and for the tokens that name the delivery
and the subscription in it. It needs nothing but itself: several threads use it at once, and
processes get a copy (`maker.py`). From process to process goes what makes a letter different from
the others, 3 KB of 50; the rest both have. Nothing of the reader is remembered.

Which letter it is, and what a site says about all its letters, is known to `parcels.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from publisher.mail.dkim import Unsigned
from publisher.mail.headers import address_on_the_wire
from publisher.mail.wire import CompiledLetter, Draft, ReaderFacts, return_path
from publisher.model.delivery import Delivery
from publisher.model.issue import IssueKind
from publisher.model.outcome import Outcome, Verdict
from publisher.model.reason import Reason
from publisher.model.service import DOORS, TO_DECLINE
from publisher.send.commands import Parcel
from publisher.tokens import Press, Purpose, passing_token_for

_OPENS = {
    IssueKind.CONFIRM: Purpose.CONFIRM,
    IssueKind.CHANGE: Purpose.MOVE,
    IssueKind.LINK: Purpose.OWN_PAGE,
}

Envelope = tuple[str, str, str, bool]  # sender, recipient, id, and whether the header needs SMTPUTF8
# An envelope, the fields of signatures, the values of holes.
Begun = tuple[Envelope, Sequence[bytes], Sequence[bytes]]


class Reader(NamedTuple):
    """What its letter needs to know of a delivery: a tuple, which goes from process to process at little cost."""

    id: int
    variant: int
    subscription: int
    email: str
    name: str


class Drafted(NamedTuple):
    """A letter with its envelope, not signed yet."""

    envelope: Envelope
    draft: Draft

    @property
    def unsigned(self) -> Unsigned | None:
        return self.draft.unsigned


class Stencil:
    """Fills in readers; `compiled` is None where the letter itself cannot be written, and `problem` says why."""

    def __init__(
        self,
        compiled: CompiledLetter | None,
        *,
        keys: tuple[bytes, ...] = (),
        site_url: str = "",
        bounce_domain: str = "",
        kind: IssueKind = IssueKind.ISSUE,
        until: datetime | None = None,
        quick: bool = False,
        dear: bool = False,
        problem: str = "",
    ) -> None:
        self.quick = quick  # to make: no signature, no picture
        self.dear = dear  # to make: processes are quicker than threads
        self._compiled = compiled
        self._keys = keys  # of tokens
        self._press = Press(keys)
        self._site_url = site_url
        self._bounce_domain = bounce_domain
        self._leaving = Purpose.DECLINE if kind in TO_DECLINE else Purpose.UNSUBSCRIBE
        self._door = DOORS.get(kind)
        self._opens = _OPENS.get(kind)
        self._until = until  # when the link of a letter of service ends
        self._problem = problem

    def pack(self, delivery: Delivery) -> Parcel:
        """The letter to one reader, signed. Raises ValueError where it cannot be written, with the reason."""
        letter, reader = self._letter(), self._facts_of(delivery)
        return _parcel(delivery, self._envelope_for(reader, letter), letter.pieces_for(reader))

    def draft(self, delivery: Delivery | Reader) -> Drafted:
        """The same, to be signed by somebody else. Raises ValueError as `pack` does."""
        letter, reader = self._letter(), self._facts_of(delivery)
        return Drafted(self._envelope_for(reader, letter), letter.draft_for(reader))

    def packed(self, delivery: Delivery, drafted: Drafted, signatures: Iterable[bytes]) -> Parcel:
        """The same as by `pack`, with the signatures of what its draft had `to_sign`."""
        return _parcel(delivery, drafted.envelope, self._letter().signed(drafted.draft, signatures))

    def begun(self, drafted: Drafted, signatures: Iterable[bytes]) -> Begun:
        """All that is dear about a letter, for `finish` in another process."""
        letter = self._letter()
        return drafted.envelope, letter.signature_fields(drafted.draft, signatures), letter.values_of(drafted.draft)

    def finish(self, delivery: Delivery, begun: Begun) -> Parcel:
        """The same as by `pack`."""
        envelope, fields, values = begun
        return _parcel(delivery, envelope, self._letter().whole(fields, values))

    def _envelope_for(self, reader: ReaderFacts, letter: CompiledLetter) -> Envelope:
        sender = return_path(reader.token, self._bounce_domain)
        return sender, _recipient(reader), reader.token, letter.smtputf8_needed(reader)

    def _letter(self) -> CompiledLetter:
        if self._compiled is None:
            raise ValueError(self._problem)
        return self._compiled

    def _facts_of(self, delivery: Delivery | Reader) -> ReaderFacts:
        leaving = self._press.token_for(self._leaving, delivery.subscription)
        choosing = self._press.token_for(Purpose.PREFERENCES, delivery.subscription)
        return ReaderFacts(
            token=self._press.token_for(Purpose.DELIVERY, delivery.id),
            address=delivery.email,
            name=delivery.name,
            unsubscribe_url=f"{self._site_url}/unsubscribe/{leaving}",
            leave_token=leaving,
            preferences_url=f"{self._site_url}/preferences/{choosing}",
            service_url=self._service_url(delivery) if self._door else "",
        )

    def _service_url(self, delivery: Delivery | Reader) -> str:
        if self._door is None or self._opens is None or self._until is None:
            return ""
        token = passing_token_for(self._keys, self._opens, delivery.subscription, until=self._until)
        return f"{self._site_url}/{self._door.path}/{token}"


def _parcel(delivery: Delivery, envelope: Envelope, pieces: Sequence[bytes]) -> Parcel:
    sender, recipient, envelope_id, utf8_header = envelope
    return Parcel(
        key=delivery.id,
        sender=sender,
        recipient=recipient,
        envelope_id=envelope_id,
        pieces=pieces,
        utf8_header=utf8_header,
        plain_lines=True,
    )


def unwritable(wrong: ValueError) -> Outcome:
    """What becomes of a letter that cannot be written: a name or an address that no header can hold."""
    return Outcome(verdict=Verdict.NEVER, text=f"the letter cannot be written: {wrong}", reason=Reason.CONTENT)


def _recipient(reader: ReaderFacts) -> str:
    return reader.address if reader.address.isascii() else address_on_the_wire(reader.address)
