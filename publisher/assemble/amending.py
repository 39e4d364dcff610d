"""A letter that puts another one right goes to just those who got that one.

It is an issue of its own, with `corrects` and a slot named after that of the issue it
corrects, and goes through the ledger like any other. It is made whole or not at all, in
one transaction. With `approve` it is a draft until somebody says yes, and its letters stay
as they were drafted. Nobody's place in the news moves: what was had was had.

Known weakness: whoever tries failed letters of an issue again after its correction sends
the mistake to readers who get no correction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembled, Assembly, Enqueue, Result
from publisher.assemble.correction import Correction, draw_up, groups_of, refuse
from publisher.assemble.settling import Also, Moved, nothing_else, until_it_stands
from publisher.errors import PublisherError
from publisher.model.issue import Issue, IssueEvent, IssueState
from publisher.store import corrections, drafts, issues, pictures, posts, proposals
from publisher.store.database import Store
from publisher.templating import Templates


def amend(
    store: Store,
    assembly: Assembly,
    issue_id: int,
    *,
    note: Sequence[str],
    about: Collection[int] | None = None,
    now: datetime,
    templates: Templates,
    enqueue: Enqueue,
) -> Assembled:
    """Send a correction of an issue, or keep it as a draft; `about`: of these posts, else of those put right since.

    Raises TemplateError, WrongUse where the issue cannot be corrected, PublisherError where its letter must not go.
    """

    def attempt() -> Assembled:
        drawn = draw_up(store, assembly, issue_id, note=note, about=about, now=now, templates=templates)
        if drawn.errors:
            raise PublisherError("this correction is not sent: " + "; ".join(drawn.errors))
        return _keep(store, drawn, now=now, enqueue=enqueue) if drawn.readers else Assembled(result=Result.NO_READERS)

    return until_it_stands(assembly.newsletter.slug, attempt)


def _keep(store: Store, drawn: Correction, *, now: datetime, enqueue: Enqueue) -> Assembled:
    """Write it. Raises Moved where it has to be drawn up anew."""
    issue = drawn.issue
    letters = [(variant, composed.letter) for variant, composed in drawn.letters]
    made = Assembled(result=Result.DRAFT, variants=len(letters), subject=letters[0][1].subject)
    with store.write() as conn:
        issues.take_turn(conn, issue.newsletter)
        if _has_moved(conn, drawn):
            raise Moved
        number = proposals.put(conn, issue, letters, findings=drawn.findings, change=drawn.change)
        pictures.put(conn, number, drawn.travelling.names)
        if issue.state is IssueState.DRAFT:
            return replace(made, issue=number, due=issue.due)
        deliveries = _deliver(conn, replace(issue, id=number), now=now)
        if not deliveries:
            raise Moved  # all who got it have left since it was drawn up
        enqueue(conn, number)
    return replace(made, result=Result.QUEUED, issue=number, deliveries=deliveries)


def _has_moved(conn: Connection, drawn: Correction) -> bool:
    corrected = drawn.issue.corrects or 0
    refuse(issues.get_issue(conn, corrected))
    others = len(corrections.letters_about(conn, corrected)) != drawn.earlier
    return others or posts.changed_since(conn, list(drawn.posts), drawn.change)


def _deliver(conn: Connection, issue: Issue, *, now: datetime) -> int:
    """A delivery to each who got what it corrects and is still subscribed; how many."""
    made = corrections.variants_of(conn, issue.id)
    named = {seq for variant in made for seq in variant.revisions}
    groups = groups_of(corrections.variants_of(conn, issue.corrects or 0), named)
    return sum(
        corrections.deliver_correction(
            conn, issue.id, variant.id, to_readers_of=groups.get(tuple(sorted(variant.revisions)), []), now=now
        )
        for variant in made
    )


def release_correction(
    store: Store,
    assembly: Assembly,
    issue_id: int,
    *,
    now: datetime,
    enqueue: Enqueue,
    also: Also = nothing_else,
) -> Assembled:
    """Let a drafted correction go, to those who are still there."""
    with store.write() as conn:
        issue = issues.get_issue(conn, issue_id)
        issues.take_turn(conn, issue.newsletter)
        issues.lock(conn, issue_id)  # nobody holds or cancels it meanwhile
        issue = replace(issues.get_issue(conn, issue_id), created=now, expires=now + assembly.lifetime)
        if issue.state not in proposals.PROPOSED:
            return Assembled(result=Result.ALREADY, issue=issue_id)
        deliveries = _deliver(conn, issue, now=now)
        if not deliveries:
            issues.move_if(conn, issue_id, IssueEvent.CANCEL, now=now, why=str(Result.NO_READERS))
            also(conn)
            return Assembled(result=Result.NO_READERS, issue=issue_id)
        corrections.release(conn, issue, now=now)
        also(conn)
        drafts.forget(conn, issue_id)
        enqueue(conn, issue_id)
        letter = issues.find_letter(conn, issue_id)
    subject = letter.subject if letter else ""
    return Assembled(result=Result.QUEUED, issue=issue_id, deliveries=deliveries, subject=subject)
