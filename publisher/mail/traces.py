"""Traces of our own letters in a message that came in: what may be a token that names one.

A token (`tokens.py`) stands in the return address, in the envelope's id where a server keeps it, in
the Message-ID and in the links of the header of each letter; one of them mostly comes back. Here
they are found by their form, the surest place first; whether a token is ours is not known here.

Pure, and linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.mail.mailbox import mailboxes_in
from publisher.mail.parts import Fields
from publisher.model.incoming import Place, Trace
from publisher.tokens import LENGTH

MOST_TRACES = 20

_TOKEN = re.compile(rf"(?<![0-9a-z])[0-9a-v]{{{LENGTH}}}(?![0-9a-z])", re.IGNORECASE)
# Where the address stands that a message was brought to: the envelope's, as servers write it down, then the header's.
_BROUGHT_TO = (
    "x-original-to",
    "delivered-to",
    "envelope-to",
    "x-envelope-to",
    "x-delivered-to",
    "x-rcpt-to",
    "x-forwarded-to",
    "to",
    "cc",
)
_ANSWERED = ("in-reply-to", "references")


def traces_in(fields: Fields, returned: Fields, *, envelope_id: str, came_to: Sequence[str]) -> tuple[Trace, ...]:
    """What may be our tokens: of the message, and of the letter that came back with it."""
    found = _found(fields, returned, envelope_id, came_to)
    once = {
        trace.token: trace for trace in reversed([trace for trace, _ in zip(found, range(MOST_TRACES), strict=False)])
    }
    return tuple(reversed(once.values()))


def _found(fields: Fields, returned: Fields, envelope_id: str, came_to: Sequence[str]) -> Iterator[Trace]:
    brought_to = (*came_to, *(value for name in _BROUGHT_TO for value in fields.each(name)))
    for address in mailboxes_in(" ".join(brought_to)):
        yield from _tokens(address, Place.RETURN_ADDRESS)
    for value in (*returned.each("return-path"), *returned.each("x-envelope-from"), *returned.each("errors-to")):
        yield from _tokens(value, Place.RETURN_ADDRESS)
    yield from _tokens(envelope_id, Place.ENVELOPE_ID)
    for value in returned.each("message-id"):
        yield from _tokens(value, Place.MESSAGE_ID)
    for name in _ANSWERED:
        yield from _tokens(fields.raw(name), Place.MESSAGE_ID)
    for value in returned.each("list-unsubscribe"):
        yield from _tokens(value, Place.LINK)
    yield from _tokens(fields.text("subject"), Place.TEXT)


def _tokens(value: str, place: Place) -> Iterator[Trace]:
    for token in _TOKEN.findall(value):
        yield Trace(token=token.lower(), place=place)
