"""The issue of a slot, when its time has come.

Where there is no draft it is made and released at once; a draft is released, unless it
waits for somebody's word, or for another time that somebody gave it. What is too late for its
slot, or has a letter with an error, is held as a proposal: nobody's place in the news changes,
and the next issue has its posts too.

Doing it twice for one slot does nothing the second time.
"""

from __future__ import annotations

from datetime import datetime

from publisher.assemble.assembly import Assembled, Assembly, Enqueue, Result
from publisher.assemble.proposing import gather, issue_of
from publisher.assemble.readers import readers_of
from publisher.assemble.releasing import NOBODYS, release
from publisher.assemble.settling import nothing_in, settle, too_late, until_it_stands
from publisher.model.issue import Issue, IssueState
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import drafts, issues, proposals
from publisher.store.database import Store
from publisher.templating import Templates


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
    """Make the issue of a slot, or release its draft. Raises StorageError."""
    slug = assembly.newsletter.slug

    def attempt() -> Assembled:
        with store.read() as conn:
            made = issues.find_by_slot(conn, slug, cadence, slot.key)
            material = gather(conn, assembly, cadence, {} if made else readers_of(conn, assembly, cadence, now=now))
        if made:
            return _at_its_slot(store, assembly, made, now=now, templates=templates, enqueue=enqueue)
        if nothing := nothing_in(material):
            return Assembled(result=nothing)
        issue = issue_of(assembly, cadence, slot, material.choice, now=now)
        return settle(store, assembly, issue, material, now=now, templates=templates, enqueue=enqueue)

    return until_it_stands(slug, attempt)


def _at_its_slot(
    store: Store,
    assembly: Assembly,
    made: Issue,
    *,
    now: datetime,
    templates: Templates,
    enqueue: Enqueue,
) -> Assembled:
    if made.state is IssueState.HELD:
        return Assembled(result=Result.HELD, issue=made.id, why=made.why, due=made.due)
    if made.state is IssueState.DRAFT and assembly.approve:
        return Assembled(result=Result.DRAFT, issue=made.id, due=made.due)
    if made.state not in (IssueState.DRAFT, IssueState.APPROVED):
        return Assembled(result=Result.ALREADY, issue=made.id)
    if made.due > now and _is_moved(store, made):
        result = Result.APPROVED if made.state is IssueState.APPROVED else Result.DRAFT
        return Assembled(result=result, issue=made.id, due=made.due)
    if late := too_late(assembly, made.due, now=now):
        with store.write() as conn:
            proposals.hold(conn, made.id, late, now=now)
        return Assembled(result=Result.HELD, issue=made.id, why=late, due=made.due)
    return release(store, assembly, made.id, now=now, templates=templates, enqueue=enqueue, word=NOBODYS)


def _is_moved(store: Store, made: Issue) -> bool:
    """Whether somebody gave it another time than its slot."""
    with store.read() as conn:
        return drafts.is_moved(conn, made.id)
