"""Assembling: from what is news to a frozen issue with its letters and deliveries.

Reads who wants what and what is new, lets `letter/` choose and compose (no transaction is
held open meanwhile), and freezes the outcome in one transaction together with the job to
send it. A letter that breaks a rule of the law or of the wire is not frozen: nothing is
written, and the message says what to change.

Doing it twice for one slot does nothing the second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection

from publisher.errors import PublisherError
from publisher.letter.choose import ALL, Choice, choose
from publisher.letter.compose import compose
from publisher.letter.edition import Edition
from publisher.letter.lint import Severity, lint
from publisher.model.column import Column
from publisher.model.issue import Issue, IssueState, Newsletter, Variant
from publisher.model.letter import Letter
from publisher.model.post import Post, with_media
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import issues, posts
from publisher.store.database import Store
from publisher.templating import Templates


class Enqueue(Protocol):
    """The engine's door: called in the transaction that writes the issue."""

    def __call__(self, conn: Connection, issue: int, /) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What config.toml says about making an issue of one newsletter."""

    newsletter: Newsletter
    columns: Mapping[str, Column]
    site_name: str
    site_url: str
    postal_address: str
    zone: tzinfo  # of the newsletter; the letter's date is in it
    maximum: int  # posts in one letter
    grace: timedelta  # later than this, the issue is held
    lifetime: timedelta  # how long its letters are tried


class Result(StrEnum):
    QUEUED = "queued"
    HELD = "held"
    ALREADY = "already made"
    NO_NEWS = "nothing new"
    NO_READERS = "no readers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """What came of it."""

    result: Result
    issue: int = 0  # 0: none
    deliveries: int = 0
    variants: int = 0
    subject: str = ""

    def __str__(self) -> str:
        if not self.deliveries:
            return str(self.result)
        held = "; held, because it is too late for its slot" if self.result is Result.HELD else ""
        letters = "1 letter" if self.deliveries == 1 else f"{self.deliveries} letters"
        return f"issue {self.issue}: {letters}, “{self.subject}”{held}"


class _NobodyLeft(Exception):
    """Those who wanted it changed their minds while it was composed: the transaction is rolled back."""


def assemble(
    store: Store,
    assembly: Assembly,
    *,
    cadence: Cadence,
    slot: Slot,
    now: datetime,
    templates: Templates,
    enqueue: Enqueue,
) -> Assembled:
    """Make the issue of a slot. Raises TemplateError, StorageError, PublisherError for a letter against the rules."""
    newsletter = assembly.newsletter
    with store.read() as conn:
        made = issues.find_by_slot(conn, newsletter.slug, cadence, slot.key)
        if made:
            return Assembled(result=Result.ALREADY, issue=made.id)
        wishes = issues.wishes(conn, newsletter.slug, cadence)
        if not wishes:
            return Assembled(result=Result.NO_READERS)
        oldest = min(wish.seen_seq for wish in wishes)
        news = posts.news(conn, columns=newsletter.columns, after_seq=oldest)
        choice = choose(wishes, news, columns=newsletter.columns, maximum=assembly.maximum)
        wanted = sorted({seq for variant in choice.variants for seq in variant.seqs})
        found = {seq: with_media(post, assembly.site_url) for seq, post in posts.with_seqs(conn, wanted).items()}
    if not choice.variants:
        return Assembled(result=Result.NO_NEWS)
    issue = _issue_of(assembly, cadence, slot, choice=choice, now=now)
    letters = [
        (variant, _letter_of(assembly, issue, variant, found, templates=templates)) for variant in choice.variants
    ]
    return _freeze(store, issue, letters, choice=choice, enqueue=enqueue)


def _issue_of(assembly: Assembly, cadence: Cadence, slot: Slot, *, choice: Choice, now: datetime) -> Issue:
    return Issue(
        id=0,
        newsletter=assembly.newsletter.slug,
        cadence=cadence,
        slot=slot.key,
        state=IssueState.HELD if now - slot.at > assembly.grace else IssueState.QUEUED,
        created=now,
        due=slot.at,
        expires=now + assembly.lifetime,
        through_seq=choice.through_seq,
    )


def _letter_of(
    assembly: Assembly, issue: Issue, variant: Variant, found: Mapping[int, Post], *, templates: Templates
) -> Letter:
    newsletter = assembly.newsletter
    page = issue.page if variant.key == ALL else f"{issue.path}/{variant.key}.html"
    edition = Edition(
        site_name=assembly.site_name,
        site_url=assembly.site_url,
        postal_address=assembly.postal_address,
        newsletter=newsletter,
        columns=assembly.columns,
        posts=tuple(found[seq] for seq in variant.seqs),
        view_url=f"{assembly.site_url}/{page}",
        date=issue.due.astimezone(assembly.zone).date(),
    )
    place = f"newsletters.{newsletter.slug}.subject"
    letter = compose(
        edition, templates.render, lambda source, values: templates.render_text(source, values, place=place)
    )
    findings = lint(letter, postal_address=assembly.postal_address)
    errors = [finding.problem for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise PublisherError(f"newsletter {newsletter.slug!r}: this letter is not sent: " + "; ".join(errors))
    return letter


def _freeze(
    store: Store, issue: Issue, letters: Sequence[tuple[Variant, Letter]], *, choice: Choice, enqueue: Enqueue
) -> Assembled:
    try:
        with store.write() as conn:
            issues.take_turn(conn, issue.newsletter)
            made = issues.find_by_slot(conn, issue.newsletter, issue.cadence, issue.slot)
            if made:
                return Assembled(result=Result.ALREADY, issue=made.id)
            frozen = issues.freeze(conn, issue, letters, quiet=choice.quiet)
            if not frozen.deliveries:
                raise _NobodyLeft  # noqa: TRY301  it must leave the transaction
            if issue.state is IssueState.QUEUED:
                enqueue(conn, frozen.issue)
    except _NobodyLeft:
        return Assembled(result=Result.NO_READERS)
    return Assembled(
        result=Result.HELD if issue.state is IssueState.HELD else Result.QUEUED,
        issue=frozen.issue,
        deliveries=frozen.deliveries,
        variants=len(letters),
        subject=letters[0][1].subject,
    )
