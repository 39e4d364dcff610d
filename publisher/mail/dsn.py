r"""Delivery status notifications: the part of a report that is made for machines.

RFC 3464, international RFC 6533, in a multipart/report of RFC 6522. Kept to by most servers of
today, more or less: recipients without the blank line between them, a blank line within one, the
address last, in brackets or left out, two statuses that say different things. Whatever can be told is.

Pure, and linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from publisher.mail.mailbox import mailboxes_in, whole_mailbox
from publisher.mail.parts import Fields, fields_in

MEDIA_TYPES = ("message/delivery-status", "message/global-delivery-status", "text/delivery-status")
MOST_RECIPIENTS = 50  # a letter of ours has one; those that are passed on have some

_STARTS = ("final-recipient", "original-recipient")
_OF_RECIPIENT = ("action", "status", "remote-mta", "diagnostic-code", "last-attempt-date", "will-retry-until")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")  # RFC 6533 §3


class Action(StrEnum):
    """RFC 3464 §2.3.3."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What a report says of one recipient; "" for what it does not."""

    address: str
    original: str
    action: Action | None  # None: left out, or a word of its own
    status: str
    diagnostic: str  # without its type
    of_smtp: bool  # the diagnostic is a server's reply
    told_by: str  # the host that said it


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """A whole report."""

    envelope_id: str
    recipients: tuple[Recipient, ...]


def delivery_status(text: str) -> DeliveryStatus:
    """What a message/delivery-status says."""
    about_all, *groups = _groups(text)
    if not groups and any(name in (*_STARTS, "action") for name, _ in about_all):
        groups = [about_all]
    fields = Fields(tuple(about_all))
    return DeliveryStatus(
        envelope_id=fields.raw("original-envelope-id"),
        recipients=tuple(_recipient(Fields(tuple(group))) for group in groups[:MOST_RECIPIENTS]),
    )


def _groups(text: str) -> list[list[tuple[str, str]]]:
    """The fields about the letter, and those of each recipient: a new one begins where its address stands.

    What is said of a recipient may stand before the address, in the same block: Exim writes the action first.
    """
    groups: list[list[tuple[str, str]]] = [[]]
    names: set[str] = set()  # in the last group
    for number, block in enumerate(_blocks(text)):
        waiting: list[tuple[str, str]] = []  # of this recipient, or of the next one
        begun = False  # a recipient, in this block
        for name, value in block:
            if name in _STARTS:
                if name in names or not names & set(_STARTS) or (not begun and number > 0):
                    groups[-1] += [field for field in waiting if field[0] not in _OF_RECIPIENT]
                    groups.append([])
                    waiting, names = [field for field in waiting if field[0] in _OF_RECIPIENT], set()
                begun = True
            elif waiting or not begun or (name == "action" and name in names):
                waiting.append((name, value))
                continue
            groups[-1] += [*waiting, (name, value)]
            names |= {name, *(each for each, _ in waiting)}
            waiting = []
        groups[-1] += waiting
        names |= {each for each, _ in waiting}
    return groups


def _blocks(text: str) -> Iterator[tuple[tuple[str, str], ...]]:
    for block in text.split("\n\n"):
        fields = fields_in(block.strip("\n")).all
        if fields:
            yield fields


def _recipient(fields: Fields) -> Recipient:
    diagnostic = fields.text("diagnostic-code") or _said_elsewhere(fields)
    kind, typed, said = diagnostic.partition(";")
    is_typed = bool(typed) and len(kind) < 40 and " " not in kind.strip()
    word = fields.raw("action").split(None, 1)[:1]
    action = word[0].strip("()[]<>;.,").lower() if word else ""
    status = _STATUS.search(fields.raw("status"))
    return Recipient(
        address=_address(fields.text("final-recipient")) or _address(fields.text("x-actual-recipient")),
        original=_address(fields.text("original-recipient")),
        action=Action(action) if action in set(Action) else {"failure": Action.FAILED}.get(action),
        status=status[0] if status else "",
        diagnostic=(said if is_typed else diagnostic).strip(),
        of_smtp=is_typed and kind.strip().lower() == "smtp",
        told_by=fields.raw("remote-mta").partition(";")[2].strip(),
    )


def _said_elsewhere(fields: Fields) -> str:
    """What a server said, where `Diagnostic-Code` is left out: Exchange has a field of its own, others the status."""
    supplement = fields.text("x-supplementary-info").partition(";")[2].rstrip("> ")
    return supplement or fields.text("status").partition("(")[2].rstrip(") ")


def _address(value: str) -> str:
    """Of `rfc822; reader@readers.example`; "" where none is to be seen, as of X.400."""
    kind, typed, address = value.partition(";")
    address = _ESCAPED.sub(_character, address if typed else kind)
    return whole_mailbox(address.strip()) or next(iter(mailboxes_in(address)), "")


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
