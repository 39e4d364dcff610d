"""A message that came back, in what is asked of it: its parts, the words of a notice, the letter that came with it.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from publisher.mail import arf, dsn
from publisher.mail.mailbox import mailboxes_in
from publisher.mail.notice.ending import notice_in
from publisher.mail.notice.writer import is_of_server
from publisher.mail.parts import Apart, Fields, fields_in, take_apart
from publisher.model.incoming import Returned

# Where an address of our own stands, or of the one who wrote.
OF_OTHERS = ("to", "delivered-to", "x-original-to", "return-path", "from", "reply-to", "errors-to")

_RETURNED = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "text/rfc822",
    "message/global-headers",
    "message/partial",
    "message/news",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message in what is asked for."""

    apart: Apart
    lines: tuple[str, ...]  # of the notice
    below: tuple[str, ...]  # what stands below that, in the same text
    returned: Fields  # the header of the letter that came back

    @property
    def letter_to(self) -> tuple[str, ...]:
        return mailboxes_in(" ".join((self.returned.text("x-original-to"), self.returned.text("to"))))


def message_of(octets: bytes) -> Message:
    """Any octets; a notice that a gateway passed on as a whole is taken out of what is around it."""
    return _unwrapped(_message(take_apart(octets)))


def letter_in(message: Message) -> Returned:
    """What is left of our letter."""
    returned = message.returned
    return Returned(
        message_id=returned.raw("message-id").strip("<> "),
        to=message.letter_to,
        sender=next(iter(mailboxes_in(returned.text("from"))), ""),
        subject=returned.text("subject"),
        list_id=returned.raw("list-id"),
    )


def _message(apart: Apart) -> Message:
    texts = [part.text for part in apart.of_type("text/plain")] or [part.text for part in apart.of_type("text/html")]
    notice = notice_in("\n".join(texts[:3]))
    back = next(apart.of_type(*_RETURNED), None)
    inner = fields_in(back.text.lstrip("\n").partition("\n\n")[0]) if back else Fields(())
    below = notice.below if inner.all or not notice.returned.raw("to") else ()
    return Message(apart=apart, lines=notice.lines, below=below, returned=inner if inner.all else notice.returned)


def _unwrapped(message: Message) -> Message:
    """The notice itself; what a person forwards is a letter of that person."""
    wrapped = next(message.apart.of_type("message/rfc822"), None)
    if (
        not wrapped
        or not is_of_server(message.apart.fields)
        or "report-type" not in message.returned.raw("content-type").lower()
    ):
        return message
    if next(message.apart.of_type(*dsn.MEDIA_TYPES, arf.MEDIA_TYPE), None):
        return message
    inner = take_apart(wrapped.octets)
    return _message(
        Apart(
            fields=_both(message.apart, inner),
            media_type=inner.media_type,
            report_type=inner.report_type,
            parts=inner.parts,
        )
    )


def _both(outer: Apart, inner: Apart) -> Fields:
    """The fields of the notice; of the message around it, those that say where it came to."""
    return Fields((*inner.fields.all, *(field for field in outer.fields.all if field[0] in OF_OTHERS)))
