"""From a row of the ledger to a letter with its envelope.

Responsible for putting together what other rooms make: the variant's letter (store/), its
compiled and signed form (mail/), the tokens that name the delivery and the subscription. Each variant
is compiled once and kept while it is in use; readers are spliced in. Nothing of the reader
is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from publisher.mail.dkim import Signers
from publisher.mail.wire import CompiledLetter, LetterHead, ReaderFacts, compile_letter, return_path
from publisher.model.delivery import Delivery
from publisher.model.issue import Issue
from publisher.send.commands import Parcel
from publisher.store import issues
from publisher.tokens import Purpose, token_for

MOST_VARIANTS = 64  # compiled letters kept; some 60 KB each


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a site says about all its letters."""

    keys: tuple[bytes, ...] = field(repr=False)  # the first signs
    site_url: str  # without a slash at its end
    bounce_domain: str
    head_of: Callable[[Issue], LetterHead]  # the newsletter's part of the header
    signers: Signers = field(default_factory=Signers)  # whose domain is not among them, does not sign


class Packer:
    """Makes parcels; belongs to the one thread that talks to the store."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._issues: dict[int, Issue] = {}
        self._compiled: dict[int, CompiledLetter] = {}

    def issue_of(self, conn: Connection, delivery: Delivery) -> Issue:
        if delivery.issue not in self._issues:
            self._issues[delivery.issue] = issues.get_issue(conn, delivery.issue)
        return self._issues[delivery.issue]

    def pack(self, conn: Connection, delivery: Delivery) -> Parcel:
        """The letter to one reader. Raises ValueError where it cannot be written, with the reason."""
        context = self._context
        token = token_for(context.keys, Purpose.DELIVERY, delivery.id)
        leaving = token_for(context.keys, Purpose.UNSUBSCRIBE, delivery.subscription)
        choosing = token_for(context.keys, Purpose.PREFERENCES, delivery.subscription)
        reader = ReaderFacts(
            token=token,
            address=delivery.email,
            name=delivery.name,
            unsubscribe_url=f"{context.site_url}/unsubscribe/{leaving}",
            preferences_url=f"{context.site_url}/preferences/{choosing}",
        )
        letter = self._letter_of(conn, delivery)
        return Parcel(
            key=delivery.id,
            sender=return_path(token, context.bounce_domain),
            recipient=delivery.email,
            envelope_id=token,
            message=letter.message_for(reader),
            utf8_header=letter.smtputf8_needed(reader),
            plain_lines=True,
        )

    def _letter_of(self, conn: Connection, delivery: Delivery) -> CompiledLetter:
        if delivery.variant not in self._compiled:
            if len(self._compiled) >= MOST_VARIANTS:
                del self._compiled[next(iter(self._compiled))]  # the oldest: deliveries come issue by issue
            head = self._context.head_of(self.issue_of(conn, delivery))
            letter, keys = issues.get_letter(conn, delivery.variant), self._context.signers.keys_for(head.from_address)
            self._compiled[delivery.variant] = compile_letter(letter, head, keys)
        return self._compiled[delivery.variant]
