"""Whom the words of a notice name: never who wrote it, or who wrote the letter.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.bounce.message import OF_OTHERS, Message
from publisher.mail.mailbox import mailboxes_in
from publisher.mail.notice.recipients import Named, Sureness, recipients_in

_WRITERS = ("from", "sender", "return-path", "reply-to", "errors-to")


def named_in(message: Message, letter_to: Sequence[str] = ()) -> tuple[Named, ...]:
    """Whom the words name: those above what sums the letter up, or below it; last, we ourselves."""
    others = not_readers(message)
    named = recipients_in(message.lines, not_these=others, letter_to=letter_to)
    if not named and message.below:
        named = _in_own_lines(recipients_in(message.below, not_these=others))
    return named or _in_own_lines(recipients_in(message.lines, not_these=_writers(message), letter_to=letter_to))


def _in_own_lines(named: tuple[Named, ...]) -> tuple[Named, ...]:
    return tuple(each for each in named if each.sureness is Sureness.OWN_LINE)


def not_readers(message: Message) -> frozenset[str]:
    """Who wrote the notice, and who wrote the letter: both are named in it."""
    fields, returned = message.apart.fields, message.returned
    values = [value for name in OF_OTHERS for value in fields.each(name)]
    values += [value for name in _WRITERS for value in returned.each(name)]
    wanted = {address.casefold() for address in message.letter_to}
    return frozenset(address.casefold() for address in mailboxes_in(" ".join(values))) - wanted


def _writers(message: Message) -> frozenset[str]:
    """Who wrote the notice only: a letter to oneself can come back, too."""
    fields = message.apart.fields
    return frozenset(address.casefold() for address in mailboxes_in(fields.text("from") + " " + fields.raw("sender")))
