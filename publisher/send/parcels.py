"""From a row of the ledger to a letter with its envelope.

Responsible for putting together what other rooms make: the variant's letter (store/), its
compiled form (mail/). Each variant is compiled once and kept while it is in use: that needs the
database. Readers are spliced in by its stencil (`stencil.py`), which needs nothing.

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
from publisher.mail.inline import Picture, addresses_of
from publisher.mail.wire import LetterHead, compile_letter
from publisher.model.delivery import Delivery
from publisher.model.issue import Issue
from publisher.model.letter import Letter
from publisher.model.service import DOORS, good_until
from publisher.send.stencil import Stencil
from publisher.store import issues, pictures

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


class Packer:
    """Keeps stencils and issues; its calls come one after the other, as the store's do."""

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
        issue = self.issue_of(conn, delivery.issue)
        head = self._context.head_of(issue)
        letter, keys = issues.get_letter(conn, delivery.variant), self._context.signers.keys_for(head.from_address)
        travelling = self._pictures(conn, delivery.issue, letter)
        try:
            compiled = compile_letter(letter, head, keys, pictures=travelling)
        except ValueError as wrong:  # a header that cannot be written: each of its readers is told so
            return Stencil(None, problem=str(wrong))
        return Stencil(
            compiled,
            keys=self._context.keys,
            site_url=self._context.site_url,
            bounce_domain=head.bounce_domain or self._context.bounce_domain,
            kind=issue.kind,
            until=good_until(issue) if issue.kind in DOORS else None,
            # Where pictures travel, most of the work is to hash them: threads do that as well, and hand over nothing.
            quick=not keys and not travelling,
            dear=bool(keys) and not travelling,
        )

    def _pictures(self, conn: Connection, issue: int, letter: Letter) -> dict[str, Picture]:
        names = pictures.names_of(conn, issue)
        if not names or self._context.media is None:
            return {}
        found, missing = pictures.at_hand(self._context.media, names, addresses_of(letter.html))
        for name in missing:
            log.warning("issue %d: picture %s is not in %s, and is a link in letters", issue, name, self._context.media)
        return found
