"""Releasing a proposal: it is chosen and composed anew, and goes out.

Chosen among what readers wish at that moment, so that whoever joined, left or changed
columns since it was drafted is told rightly, and limited to what could be in it when it
was made: what came later was not looked at, and comes with the next issue. Composed anew,
so that corrections are in it. Where that fails it is held, and says why; where nothing in
it is news any more, it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.amending import release_correction
from publisher.assemble.assembly import Assembled, Assembly, Enqueue, Result
from publisher.assemble.proposing import Material, gather
from publisher.assemble.readers import readers_of
from publisher.assemble.settling import composed, give_up, keep, nothing_in, send_out, until_it_stands
from publisher.model.issue import Issue, IssueState
from publisher.model.subscriber import Cadence
from publisher.store import issues, proposals
from publisher.store.database import Store
from publisher.templating import Templates


def release(
    store: Store, assembly: Assembly, issue_id: int, *, now: datetime, templates: Templates, enqueue: Enqueue
) -> Assembled:
    """Let a proposal go out now, however late it is; the correction of an issue goes to who got that one."""
    with store.read() as conn:
        corrects = issues.get_issue(conn, issue_id).corrects
    if corrects is not None:
        return release_correction(store, assembly, issue_id, now=now, enqueue=enqueue)

    def attempt() -> Assembled:
        issue, material = _look(store, assembly, issue_id, now=now)
        if material is None:
            return Assembled(result=Result.ALREADY, issue=issue_id)
        if nothing_in(material):
            return give_up(store, issue, now=now)
        going = replace(issue, created=now, expires=now + assembly.lifetime, through_seq=material.choice.through_seq)
        proposal, wrong = composed(assembly, going, material, templates)
        if wrong:
            return keep(store, proposal, IssueState.HELD, why=wrong, now=now)
        return send_out(store, proposal, audience=assembly.newsletter.audience, enqueue=enqueue, now=now)

    return until_it_stands(assembly.newsletter.slug, attempt)


def approve(
    store: Store, assembly: Assembly, issue_id: int, *, now: datetime, templates: Templates, enqueue: Enqueue
) -> Assembled:
    """Somebody's word that a proposal may go: at its time where that is still to come, else now."""
    issue, material = _look(store, assembly, issue_id, now=now)
    if material is None or issue.due <= now or nothing_in(material):
        return release(store, assembly, issue_id, now=now, templates=templates, enqueue=enqueue)
    proposal, wrong = composed(assembly, issue, material, templates)
    state = IssueState.HELD if wrong else IssueState.APPROVED
    return keep(store, proposal, state, why=wrong, now=now)


def _look(store: Store, assembly: Assembly, issue_id: int, *, now: datetime) -> tuple[Issue, Material | None]:
    """The proposal, and what it would be made of now; None where it is no proposal any more."""
    with store.read() as conn:
        issue = issues.get_issue(conn, issue_id)
        if issue.state not in proposals.PROPOSED:
            return issue, None
        readers = readers_of(conn, assembly, issue.cadence, now=now)
        return issue, gather(conn, assembly, issue.cadence, readers, among=_looked_at(conn, issue))


def _looked_at(conn: Connection, issue: Issue) -> Callable[[int], bool]:
    """Which posts may be in it: of a digest all up to its newest, else those it was made of."""
    if issue.cadence is not Cadence.AS_IT_HAPPENS:
        return lambda seq: seq <= issue.through_seq
    return proposals.posts_of(conn, issue.id).__contains__
