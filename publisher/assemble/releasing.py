"""Releasing a proposal: it is chosen and composed anew, and goes out.

Chosen among what readers wish at that moment, so that whoever joined, left or changed
columns since it was drafted is told rightly, and limited to what could be in it when it
was made: what came later was not looked at, and comes with the next issue. What an editor
left out, added or moved (`arranging.py`) is so. Composed anew, so that corrections are in it.
Where that fails it is held, and says why; where nothing in it is news any more, it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.amending import release_correction
from publisher.assemble.assembly import Assembled, Assembly, Enqueue, Result
from publisher.assemble.proposing import Material, gather
from publisher.assemble.readers import readers_of
from publisher.assemble.settling import (
    Also,
    Moved,
    composed,
    give_up,
    keep,
    nothing_else,
    nothing_in,
    send_out,
    until_it_stands,
)
from publisher.model.arrangement import Arrangement
from publisher.model.issue import Issue, IssueState, Wish
from publisher.model.subscriber import Cadence
from publisher.store import drafts, issues, proposals
from publisher.store.database import Store
from publisher.templating import Templates


def release(
    store: Store,
    assembly: Assembly,
    issue_id: int,
    *,
    now: datetime,
    templates: Templates,
    enqueue: Enqueue,
    also: Also = nothing_else,
) -> Assembled:
    """Let a proposal go out now, however late it is; the correction of an issue goes to who got that one."""
    with store.read() as conn:
        corrects = issues.get_issue(conn, issue_id).corrects
    if corrects is not None:
        return release_correction(store, assembly, issue_id, now=now, enqueue=enqueue, also=also)

    def attempt() -> Assembled:
        issue, arranged, material = _look(store, assembly, issue_id, now=now)
        if material is None:
            return Assembled(result=Result.ALREADY, issue=issue_id)
        then = _if_arranged_so(issue_id, arranged, also)
        if nothing_in(material):
            return give_up(store, issue, now=now, also=then)
        going = replace(issue, created=now, expires=now + assembly.lifetime, through_seq=_through(issue, material))
        proposal, wrong = composed(assembly, going, material, templates)
        if wrong:
            return keep(store, proposal, IssueState.HELD, why=wrong, now=now, also=then)
        audience = assembly.newsletter.audience
        return send_out(store, proposal, audience=audience, enqueue=enqueue, now=now, also=then)

    return until_it_stands(assembly.newsletter.slug, attempt)


def approve(
    store: Store,
    assembly: Assembly,
    issue_id: int,
    *,
    now: datetime,
    templates: Templates,
    enqueue: Enqueue,
    also: Also = nothing_else,
) -> Assembled:
    """Somebody's word that a proposal may go: at its time where that is still to come, else now."""

    def attempt() -> Assembled:
        issue, arranged, material = _look(store, assembly, issue_id, now=now)
        if material is None or issue.due <= now or nothing_in(material):
            return release(store, assembly, issue_id, now=now, templates=templates, enqueue=enqueue, also=also)
        proposal, wrong = composed(assembly, issue, material, templates)
        state, then = IssueState.HELD if wrong else IssueState.APPROVED, _if_arranged_so(issue_id, arranged, also)
        return keep(store, proposal, state, why=wrong, now=now, also=then)

    return until_it_stands(assembly.newsletter.slug, attempt)


def _if_arranged_so(issue_id: int, arranged: Arrangement, also: Also) -> Also:
    """Also that; unless an editor changed it since it was looked at."""

    def then(conn: Connection) -> None:
        if drafts.find(conn, issue_id) != arranged:
            raise Moved
        also(conn)

    return then


def _look(
    store: Store, assembly: Assembly, issue_id: int, *, now: datetime
) -> tuple[Issue, Arrangement, Material | None]:
    """The proposal, how it is arranged, and what it would be made of now; None where it is no proposal any more."""
    with store.read() as conn:
        issue, arranged = issues.get_issue(conn, issue_id), drafts.find(conn, issue_id)
        if issue.state not in proposals.PROPOSED:
            return issue, arranged, None
        return issue, arranged, look_at(conn, assembly, issue, arranged, now=now)


def look_at(
    conn: Connection,
    assembly: Assembly,
    issue: Issue,
    arranged: Arrangement,
    *,
    now: datetime,
    readers: Mapping[Wish, int] | None = None,
) -> Material:
    """What a proposal would be made of now, arranged so; `readers`, where they were looked up already."""
    found = readers_of(conn, assembly, issue.cadence, now=now) if readers is None else readers
    among = _looked_at(conn, issue, arranged)
    return gather(conn, assembly, issue.cadence, found, among=among, arranged=arranged)


def _looked_at(conn: Connection, issue: Issue, arranged: Arrangement) -> Callable[[int], bool]:
    """Which posts may be in it: of a digest all up to its newest, as it is arranged, else those it was made of."""
    if issue.cadence is not Cadence.AS_IT_HAPPENS:
        return lambda seq: arranged.may_hold(seq, through_seq=issue.through_seq)
    return proposals.posts_of(conn, issue.id).__contains__


def _through(issue: Issue, material: Material) -> int:
    """Up to where all was looked at: what an editor added from further on had others before it that were not."""
    return min(issue.through_seq, material.choice.through_seq)
