"""What becomes of an issue once it is chosen: it goes out, or it is kept as a proposal.

It is composed outside a transaction; then one transaction looks whether all is still as
it was composed for, and writes it whole. Readers who changed their minds meanwhile, so
that no variant is theirs any more, are not in it, and nothing of theirs changes. Where a
post was changed, withdrawn or held meanwhile, nothing is written, and the caller begins anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembled, Assembly, Enqueue, Result
from publisher.assemble.gallery import ALL_LINKED
from publisher.assemble.proposing import Material, Proposal, compose_all
from publisher.config.values import duration_text
from publisher.errors import PublisherError, TemplateError
from publisher.letter.lint import Finding, Severity
from publisher.model.issue import Issue, IssueEvent, IssueState
from publisher.model.segment import Segment
from publisher.store import drafts, held, issues, pictures, posts, proposals, segments
from publisher.store.database import Store
from publisher.templating import Templates

Made = TypeVar("Made")

Also = Callable[[Connection], object]
"""Called in the transaction that writes what became of an issue: to write down who wanted it."""

ATTEMPTS = 4  # how often an issue is composed anew because its posts or readers changed meanwhile

_RESULTS = {
    IssueState.DRAFT: Result.DRAFT,
    IssueState.APPROVED: Result.APPROVED,
    IssueState.HELD: Result.HELD,
}


def nothing_else(_conn: Connection) -> None:
    """Where nobody has anything to write beside it."""


class Moved(Exception):
    """What it was composed for is not so any more: the transaction is rolled back."""


def until_it_stands(newsletter: str, attempt: Callable[[], Made]) -> Made:
    """Try again as long as posts or readers change while letters are made."""
    for _ in range(ATTEMPTS):
        try:
            return attempt()
        except Moved:
            continue
    raise PublisherError(
        f"newsletter {newsletter!r}: posts or readers changed {ATTEMPTS} times while its letters were made; "
        "nothing was sent: make it again when they rest"
    )


def nothing_in(material: Material) -> Result | None:
    """Why there is no letter for anybody; None where there is one."""
    if not material.readers:
        return Result.NO_READERS
    if material.choice.variants:
        return None
    return Result.TOO_FEW if material.choice.waiting else Result.NO_NEWS


def settle(
    store: Store,
    assembly: Assembly,
    issue: Issue,
    material: Material,
    *,
    now: datetime,
    templates: Templates,
    enqueue: Enqueue,
) -> Assembled:
    """Send out an issue whose time has come, or keep it where that must not be. Raises Moved."""
    proposal, wrong = composed(assembly, issue, material, templates)
    if wrong or (wrong := too_late(assembly, issue.due, now=now)):
        return keep(store, proposal, IssueState.HELD, why=wrong, now=now)
    if assembly.approve:
        return keep(store, proposal, IssueState.DRAFT, why="", now=now)
    return send_out(store, proposal, audience=assembly.newsletter.audience, enqueue=enqueue, now=now)


def too_late(assembly: Assembly, due: datetime, *, now: datetime) -> str:
    """Why an issue does not go by itself any more; "" where it does."""
    if now - due <= assembly.grace:
        return ""
    moment = f"{due.astimezone(assembly.zone):%a %Y-%m-%d %H:%M %Z}"
    return f"it is too late: it was to go {moment}, and `grace` is {duration_text(assembly.grace)}"


def composed(assembly: Assembly, issue: Issue, material: Material, templates: Templates) -> tuple[Proposal, str]:
    """The proposal, and why its letters cannot go out; "" where they can."""
    try:
        letters = compose_all(assembly, issue, material, templates)
    except TemplateError as wrong:
        return Proposal(issue=issue, material=material, letters=()), str(wrong)
    gallery = assembly.gallery
    travelling = gallery.pictures_for(one.letter for _, one in letters) if gallery else ALL_LINKED
    proposal = Proposal(issue=issue, material=material, letters=letters, travelling=travelling)
    return proposal, "; ".join(proposal.errors)


def keep(
    store: Store, proposal: Proposal, state: IssueState, *, why: str, now: datetime, also: Also = nothing_else
) -> Assembled:
    """Write the proposal, or write it anew, to wait in this state."""
    issue, material = proposal.issue, proposal.material
    known = {variant.key: one.letter for variant, one in proposal.letters}
    letters = [(variant, known.get(variant.key)) for variant in material.choice.variants]
    findings = proposal.findings if known else (Finding(severity=Severity.ERROR, problem=why),)
    with store.write() as conn:
        issues.take_turn(conn, issue.newsletter)
        if already := _not_as_it_was(conn, issue):
            return already
        if issue.id:
            proposals.rewrite(conn, issue.id, letters, findings=findings, change=material.change)
            _move(conn, issue, state, why=why, now=now)
            number = issue.id
        else:
            kept = replace(issue, state=state, why=why)
            number = proposals.put(conn, kept, letters, findings=findings, change=material.change)
        if state is IssueState.APPROVED and _was_touched(conn, material):
            raise Moved  # looked at after the letters are written: what comes later finds them, and holds them
        also(conn)
    return Assembled(
        result=_RESULTS[state],
        issue=number,
        variants=len(letters),
        subject=_subject_of(proposal),
        why=why,
        faulty=not known or bool(proposal.errors),
        due=issue.due,
    )


def _move(conn: Connection, issue: Issue, state: IssueState, *, why: str, now: datetime) -> None:
    if state is IssueState.HELD:
        proposals.hold(conn, issue.id, why, now=now)
    elif state is IssueState.APPROVED:
        issues.move_if(conn, issue.id, IssueEvent.APPROVE, now=now)


def send_out(
    store: Store,
    proposal: Proposal,
    *,
    audience: Segment | None,
    enqueue: Enqueue,
    now: datetime,
    also: Also = nothing_else,
) -> Assembled:
    """Release it. Raises Moved where it has to be composed anew."""
    issue, choice = proposal.issue, proposal.choice
    letters = [(variant, one.letter) for variant, one in proposal.letters]
    findings, change = proposal.findings, proposal.material.change
    with store.write() as conn:
        issues.take_turn(conn, issue.newsletter)
        if already := _not_as_it_was(conn, issue):
            return already
        if _was_touched(conn, proposal.material):
            raise Moved
        among = segments.among(conn, audience, now=now)
        if issue.id:
            frozen = proposals.release(
                conn, issue, letters, after=choice.after, findings=findings, change=change, now=now, among=among
            )
        else:
            frozen = issues.freeze(
                conn, issue, letters, after=choice.after, findings=findings, change=change, among=among
            )
        if not frozen.deliveries:
            raise Moved  # all who wanted it changed their minds
        pictures.put(conn, frozen.issue, proposal.travelling.names)
        also(conn)
        drafts.forget(conn, frozen.issue)
        enqueue(conn, frozen.issue)
    return Assembled(
        result=Result.QUEUED,
        issue=frozen.issue,
        deliveries=frozen.deliveries,
        variants=len(letters),
        subject=_subject_of(proposal),
    )


def give_up(store: Store, issue: Issue, *, now: datetime, also: Also = nothing_else) -> Assembled:
    """End a proposal that is news to nobody any more; what it held went out otherwise, or comes next time."""
    with store.write() as conn:
        issues.take_turn(conn, issue.newsletter)
        if already := _not_as_it_was(conn, issue):
            return already
        proposals.rewrite(conn, issue.id, [], findings=(), change=0)  # it holds no post back
        issues.move_if(conn, issue.id, IssueEvent.CANCEL, now=now, why=str(Result.CANCELLED))
        also(conn)
        drafts.forget(conn, issue.id)
    return Assembled(result=Result.CANCELLED, issue=issue.id)


def _was_touched(conn: Connection, material: Material) -> bool:
    """Whether a post was changed, withdrawn or held since it was read."""
    seqs = list(material.posts)
    return posts.changed_since(conn, seqs, material.change) or bool(held.among(conn, seqs))


def _not_as_it_was(conn: Connection, issue: Issue) -> Assembled | None:
    """Where another hand was quicker: what came of that. From here on no hand holds or cancels it under ours."""
    if issue.id:
        issues.lock(conn, issue.id)
    standing = issues.find_by_slot(conn, issue.newsletter, issue.cadence, issue.slot)
    if standing is None:
        return None if not issue.id else Assembled(result=Result.ALREADY)
    if (standing.id, standing.state) == (issue.id, issue.state):
        return None
    return Assembled(result=_RESULTS.get(standing.state, Result.ALREADY), issue=standing.id, why=standing.why)


def _subject_of(proposal: Proposal) -> str:
    return proposal.letters[0][1].letter.subject if proposal.letters else ""
