"""A letter that is looked at, as the message that goes over the wire, its links leading to nothing that changes.

Everything is as for a real letter but for the personal links: they open the page of test
letters, whatever is pressed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from publisher.house.opened import House
from publisher.house.relaying import letter_context
from publisher.house.specimens import Specimen
from publisher.mail.inline import Picture
from publisher.mail.wire import ReaderFacts, compile_letter, return_path
from publisher.send.commands import Parcel
from publisher.tokens import Purpose, token_for

MADE_UP_NAME, MADE_UP_ADDRESS = "Robin Reader", "robin.reader@readers.example"
MARK = "[Test]"

Pictures = Mapping[str, Picture]
"""Those that travel with the letter, by their addresses (`travelling.pictures_of`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who it is written to."""

    address: str
    name: str


def addressee_of(specimen: Specimen) -> Addressee:
    """The reader it is shown as, else somebody made up."""
    if specimen.reader is None:
        return Addressee(address=MADE_UP_ADDRESS, name=MADE_UP_NAME)
    return Addressee(address=specimen.reader.email, name=specimen.reader.name)


def message_of(house: House, specimen: Specimen, pictures: Pictures, *, now: datetime) -> bytes:
    """Just what would be sent, but for its signatures. Raises ValueError where it cannot be written."""
    return _parcel(house, specimen, addressee_of(specimen), pictures, number=_moment(now), is_test=False).message


def test_parcel(
    house: House, specimen: Specimen, address: str, pictures: Pictures, *, now: datetime, number: int
) -> Parcel:
    """The letter to any address, marked as a test; `number` tells those of one moment apart. Raises ValueError."""
    addressee = Addressee(address=address, name=specimen.reader.name if specimen.reader else "")
    return _parcel(house, specimen, addressee, pictures, number=_moment(now) + number, is_test=True)


def _moment(now: datetime) -> int:
    """What the token of a test letter names."""
    return int(now.timestamp() * 1000)


def _parcel(
    house: House, specimen: Specimen, addressee: Addressee, pictures: Pictures, *, number: int, is_test: bool
) -> Parcel:
    context = letter_context(house)
    token = token_for(house.keys, Purpose.TEST, number)
    head, letter = context.head_of(specimen.issue), specimen.letter
    if is_test:
        # Without Feedback-ID: what people do with a test is nothing for a provider to count.
        head, letter = replace(head, is_test=True, feedback_id=""), replace(letter, subject=f"{MARK} {letter.subject}")
    page = f"{context.site_url}/test-letter/{token}"
    facts = ReaderFacts(
        token=token,
        address=addressee.address,
        name=addressee.name,
        unsubscribe_url=page,
        leave_token=token,
        preferences_url=page,
        service_url=page,
    )
    # What is only looked at needs no keys, which may be on another machine.
    keys = house.keyring.signers(house.file).keys_for(head.from_address) if is_test else ()
    compiled = compile_letter(letter, head, keys, pictures=pictures)
    return Parcel(
        key=number,
        sender=return_path(token, head.bounce_domain),
        recipient=addressee.address,
        envelope_id=token,
        pieces=compiled.pieces_for(facts),
        utf8_header=compiled.smtputf8_needed(facts),
        plain_lines=True,
    )
