"""From a row of the ledger to a letter with its envelope.

Responsible for putting together what other rooms make: the variant's letter (store/), its
compiled and signed form (mail/), the tokens that name the delivery and the subscription. Each variant
is compiled once and kept while it is in use: that needs the database. Readers are spliced in by its
stencil, which needs nothing and is used by several threads at once. Nothing of the reader
is remembered.

Pictures that travel with an issue's letters were had when it was released; one that is no
longer in its folder is a link in the letters, and the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

from publisher.mail.dkim import Signers
from publisher.mail.headers import address_on_the_wire
from publisher.mail.inline import Picture, addresses_of
from publisher.mail.wire import CompiledLetter, LetterHead, ReaderFacts, compile_letter, return_path
from publisher.model.delivery import Delivery
from publisher.model.issue import Issue
from publisher.model.letter import Letter
from publisher.send.commands import Parcel
from publisher.store import issues, pictures
from publisher.tokens import Purpose, token_for

MOST_VARIANTS = 64  # compiled letters kept; some 60 KB each, with pictures up to a megabyte more

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a site says about all its letters."""

    keys: tuple[bytes, ...] = field(repr=False)  # the first signs
    site_url: str  # without a slash at its end
    bounce_domain: str  # A-labels; where a newsletter's head names none
    head_of: Callable[[Issue], LetterHead]  # the newsletter's part of the header
    signers: Signers = field(default_factory=Signers)  # whose domain is not among them, does not sign
    media: Path | None = None  # where pictures are that travel with letters; None: all of them are links


class Stencil:
    """One variant's letter, for any of its readers."""

    def __init__(
        self, context: Context, compiled: CompiledLetter | None, *, bounce_domain: str = "", problem: str = ""
    ) -> None:
        self._context = context
        self._bounce_domain = bounce_domain or context.bounce_domain
        self._compiled = compiled
        self._problem = problem  # why there is none

    def pack(self, delivery: Delivery) -> Parcel:
        """The letter to one reader, signed. Raises ValueError where it cannot be written, with the reason."""
        if self._compiled is None:
            raise ValueError(self._problem)
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
        return Parcel(
            key=delivery.id,
            sender=return_path(token, self._bounce_domain),
            recipient=delivery.email if delivery.email.isascii() else address_on_the_wire(delivery.email),
            envelope_id=token,
            message=self._compiled.message_for(reader),
            utf8_header=self._compiled.smtputf8_needed(reader),
            plain_lines=True,
        )


class Packer:
    """Keeps stencils and issues; belongs to the one thread that talks to the store."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._issues: dict[int, Issue] = {}
        self._stencils: dict[int, Stencil] = {}

    def issue_of(self, conn: Connection, issue: int) -> Issue:
        if issue not in self._issues:
            self._issues[issue] = issues.get_issue(conn, issue)
        return self._issues[issue]

    def origin_of(self, conn: Connection, issue: int) -> tuple[str, str]:
        """The newsletter of an issue, and the domain that its letters come from."""
        found = self.issue_of(conn, issue)
        return found.newsletter, self._context.head_of(found).from_address.rpartition("@")[2]

    def known(self, variant: int) -> Stencil | None:
        return self._stencils.get(variant)

    def stencil_of(self, conn: Connection, delivery: Delivery) -> Stencil:
        if delivery.variant not in self._stencils:
            if len(self._stencils) >= MOST_VARIANTS:
                del self._stencils[next(iter(self._stencils))]  # the oldest: deliveries come issue by issue
            self._stencils[delivery.variant] = self._compile(conn, delivery)
        return self._stencils[delivery.variant]

    def _compile(self, conn: Connection, delivery: Delivery) -> Stencil:
        head = self._context.head_of(self.issue_of(conn, delivery.issue))
        letter, keys = issues.get_letter(conn, delivery.variant), self._context.signers.keys_for(head.from_address)
        travelling = self._pictures(conn, delivery.issue, letter)
        try:
            compiled = compile_letter(letter, head, keys, pictures=travelling)
        except ValueError as wrong:  # a header that cannot be written: each of its readers is told so
            return Stencil(self._context, None, problem=str(wrong))
        return Stencil(self._context, compiled, bounce_domain=head.bounce_domain)

    def _pictures(self, conn: Connection, issue: int, letter: Letter) -> dict[str, Picture]:
        names = pictures.names_of(conn, issue)
        if not names or self._context.media is None:
            return {}
        found, missing = pictures.at_hand(self._context.media, names, addresses_of(letter.html))
        for name in missing:
            log.warning("issue %d: picture %s is not in %s, and is a link in letters", issue, name, self._context.media)
        return found
