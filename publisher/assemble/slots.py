"""Assembling: from what is news to a frozen issue with its letters and deliveries.

Reads who wants what and what is new, lets `letter/` choose and compose (no transaction is
held open meanwhile), and freezes the outcome in one transaction together with the job to
send it. A letter that breaks a rule of the law or of the wire is not frozen: nothing is
written, and the message says what to change.

Doing it twice for one slot does nothing the second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from publisher.assemble.assembly import Assembled, Assembly, Enqueue, Result
from publisher.assemble.composing import compose_variant
from publisher.errors import PublisherError
from publisher.letter.choose import Choice, choose
from publisher.model.issue import Issue, IssueState, Variant
from publisher.model.letter import Letter
from publisher.model.post import Post, with_media
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import issues, posts
from publisher.store.database import Store
from publisher.templating import Templates


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
    posts_of_variant = [found[seq] for seq in variant.seqs]
    composed = compose_variant(assembly, issue, variant.key, posts_of_variant, templates=templates)
    if composed.errors:
        slug = assembly.newsletter.slug
        raise PublisherError(f"newsletter {slug!r}: this letter is not sent: " + "; ".join(composed.errors))
    return composed.letter


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
