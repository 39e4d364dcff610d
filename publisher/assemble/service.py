"""Letters of service: what answers one reader at once, as a delivery like any other.

One issue holds those of a newsletter, a kind, a language and an hour. Its letter is rendered when
the first of them is needed, before any transaction; the delivery is written in the transaction of
what it answers, so that there is no confirmation without its letter, nor a letter without what it
asks to confirm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembly, Enqueue
from publisher.assemble.composing import edition_of
from publisher.assemble.correcting import with_lost_columns
from publisher.assemble.relating import relate
from publisher.errors import TemplateError
from publisher.letter.choose import ALL
from publisher.letter.edition import Edition
from publisher.letter.service import ServiceEdition, compose_service
from publisher.model.issue import Issue, IssueKind, IssueState
from publisher.model.letter import Letter
from publisher.model.post import with_media
from publisher.model.service import TRIED, Welcome, end_of_hour, slot_of
from publisher.model.subscriber import Cadence
from publisher.store import corrections, issues, posts, service
from publisher.store.database import Store
from publisher.templating import Templates

BUILT_IN = "digest"  # the design that steps in for one of a site's own
Tell = Callable[[str, TemplateError], None]  # a newsletter, and why its own template did not make its letter

log = logging.getLogger(__name__)


def log_it(newsletter: str, wrong: TemplateError) -> None:
    log.error("a letter of %s is made by the built-in template: %s", newsletter, wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A letter of service, ready to go to anybody."""

    issue: Issue
    letter: Letter | None  # None: the issue is there, and has it


class Courier:
    """Writes letters of service of one site."""

    def __init__(
        self,
        assembly_of: Callable[[str], Assembly],
        *,
        store: Store,
        templates: Templates,
        enqueue: Enqueue,
        tell: Tell = log_it,
    ) -> None:
        self._assembly_of = assembly_of
        self._store = store
        self._templates = templates
        self._enqueue = enqueue
        self._tell = tell

    def prepare(self, kind: IssueKind, newsletter: str, *, language: str = "", now: datetime) -> Prepared:
        """The letter of this hour, rendered where it is the first. `language` "": the newsletter's.

        A site's own template that is broken holds nobody up who wants in, or out: the built-in one steps in.
        Raises KeyError where there is no such newsletter.
        """
        assembly = self._assembly_of(newsletter)
        spoken = language or assembly.newsletter.language
        issue = service_issue(newsletter, kind, spoken, now=now)
        with self._store.read() as conn:
            if known := service.find(conn, issue):
                return Prepared(issue=known, letter=None)
            edition = service_edition(conn, assembly, kind, language=spoken, now=now)
        return Prepared(issue=issue, letter=self._compose(edition))

    def _compose(self, edition: ServiceEdition) -> Letter:
        try:
            return compose_service(edition, self._templates)
        except TemplateError as wrong:
            built_in = self._templates.built_in
            letter = compose_service(_in_built_in_look(edition, built_in), built_in)
            self._tell(edition.newsletter.slug, wrong)
            return letter

    def post(self, conn: Connection, prepared: Prepared, subscription: int, *, now: datetime) -> bool:
        """Let the letter go to this reader; False where one did in this hour, or an admin cancelled the hour's."""
        issue = prepared.issue if prepared.letter is None else service.put(conn, prepared.issue, prepared.letter)
        if not service.deliver(conn, issue.id, subscription, now=now):
            return False
        if issue.state is not IssueState.PAUSED:  # what waits for an admin's word goes on waiting
            self._enqueue(conn, issue.id)
        return True


def _in_built_in_look(edition: ServiceEdition, built_in: Templates) -> ServiceEdition:
    design = edition.newsletter.template
    try:
        built_in.check(f"letter/{design}.html")
    except TemplateError:
        design = BUILT_IN
    newsletter = replace(edition.newsletter, template=design)
    latest = edition.latest and replace(edition.latest, newsletter=newsletter)
    return replace(edition, newsletter=newsletter, latest=latest)


def service_edition(
    conn: Connection, assembly: Assembly, kind: IssueKind, *, language: str, now: datetime
) -> ServiceEdition:
    """What the letter of this kind is made of."""
    return ServiceEdition(
        site_name=assembly.site_name,
        site_url=assembly.site_url,
        postal_address=assembly.postal_address,
        newsletter=assembly.newsletter,
        kind=kind,
        language=language,
        date=now.astimezone(assembly.zone).date(),
        latest=_latest(conn, assembly) if _with_latest(kind, assembly) else None,
    )


def service_issue(newsletter: str, kind: IssueKind, language: str, *, now: datetime) -> Issue:
    """The issue of this hour, before it is written."""
    slot = slot_of(kind, language, now=now)
    return Issue(
        id=0,
        newsletter=newsletter,
        cadence=Cadence.AS_IT_HAPPENS,
        slot=slot,
        state=IssueState.QUEUED,
        created=now,
        due=now,
        expires=end_of_hour(slot) + TRIED,
        through_seq=0,
        kind=kind,
    )


def _with_latest(kind: IssueKind, assembly: Assembly) -> bool:
    return kind is IssueKind.WELCOME and assembly.welcome is Welcome.LATEST


def _latest(conn: Connection, assembly: Assembly) -> Edition | None:
    """The fullest letter of the newest issue, as its posts are now; None where there is none yet."""
    newest = service.newest_issue(conn, assembly.newsletter.slug)
    if newest is None:
        return None
    variants = corrections.variants_of(conn, newest)
    fullest = max(variants, key=lambda one: len(one.revisions), default=None)
    seqs = list(fullest.revisions) if fullest else []
    found = {seq: with_media(post, assembly.site_url) for seq, post in posts.with_seqs(conn, seqs).items()}
    written = [found[seq] for seq in seqs if seq in found and not (found[seq].withdrawn or found[seq].held)]
    issue = issues.get_issue(conn, newest)
    related = relate(conn, assembly, written, through_seq=issue.through_seq)
    edition = edition_of(assembly, issue, ALL, written)
    return replace(
        edition,
        columns=with_lost_columns(assembly.columns, written),
        related=related.among(written, through_seq=issue.through_seq),
    )
