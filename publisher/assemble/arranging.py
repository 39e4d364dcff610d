"""A draft whose posts an editor moves, leaves out or adds: composed anew, and kept so.

What is wanted is kept beside the issue (`store/drafts.py`), and holds also when it is released and
chosen anew. Who approved it approved something else: it is held until somebody looks again. Of two
editors at once the second works on what the first made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembled, Assembly, Result
from publisher.assemble.looking import look_at, standing
from publisher.assemble.proposing import Material
from publisher.assemble.settling import Moved, composed, keep, nothing_in, until_it_stands
from publisher.errors import WrongUse
from publisher.letter.lint import Severity
from publisher.model.arrangement import Arrangement
from publisher.model.issue import Issue, IssueKind, IssueState
from publisher.model.subscriber import Cadence
from publisher.store import drafts, issues, proposals
from publisher.store.database import Store
from publisher.store.findings import findings_of
from publisher.templating import Templates

CHANGED = "its posts were changed after it was approved"
MENDED = "its letters had an error, and have none since its posts were changed"

Change = Callable[[Arrangement, Sequence[int]], Arrangement]
"""What an editor does, by how the draft was arranged and how its posts stand."""

Told = Callable[[Connection, Material, Material], object]
"""Called in the transaction that writes it, with what the draft was made of before and after."""


def arrange(
    store: Store,
    assembly: Assembly,
    issue_id: int,
    change: Change,
    *,
    now: datetime,
    templates: Templates,
    told: Told,
) -> Assembled:
    """Change what is in a draft, and how it stands. Raises WrongUse where that cannot be."""

    def attempt() -> Assembled:
        with store.read() as conn:
            issue = _draft(conn, issue_id)
            before = drafts.find(conn, issue_id)
            material = look_at(conn, assembly, issue, before, now=now)
            after = change(before, standing(assembly, material.posts.values(), before))
            new = look_at(conn, assembly, issue, after, now=now, readers=material.readers)
            faulty = any(one.severity is Severity.ERROR for one in findings_of(conn, issue_id))
        if after == before:
            return Assembled(result=Result.ALREADY, issue=issue_id)
        if nothing_in(new):
            raise WrongUse("then there is no letter left for anybody: cancel the issue instead")
        proposal, wrong = composed(assembly, issue, new, templates)

        def also(conn: Connection) -> None:
            if drafts.find(conn, issue_id) != before:
                raise Moved
            drafts.put(conn, issue_id, after)
            told(conn, material, new)

        state, why = _state(issue, wrong, faulty=faulty)
        return keep(store, proposal, state, why=why, now=now, also=also)

    return until_it_stands(assembly.newsletter.slug, attempt)


def _draft(conn: Connection, issue_id: int) -> Issue:
    issue = issues.get_issue(conn, issue_id)
    if issue.state not in proposals.PROPOSED:
        raise WrongUse(f"issue {issue_id} is {issue.state}: what is in it does not change any more")
    if not may_be_arranged(issue):
        raise WrongUse(f"issue {issue_id} is about what it is about: hold it, or cancel it")
    return issue


def may_be_arranged(issue: Issue) -> bool:
    """Whether it is a digest: a post that goes alone, and a correction, have nothing to choose."""
    alone = issue.cadence is Cadence.AS_IT_HAPPENS
    return issue.kind is IssueKind.ISSUE and issue.corrects is None and not alone


def _state(issue: Issue, wrong: str, *, faulty: bool) -> tuple[IssueState, str]:
    """In which state it waits after that, and why."""
    if wrong:
        return IssueState.HELD, wrong
    if issue.state is IssueState.APPROVED:
        return IssueState.HELD, CHANGED
    return issue.state, MENDED if faulty and issue.state is IssueState.HELD else issue.why
