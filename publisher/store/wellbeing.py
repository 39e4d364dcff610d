"""What is known of how well issues are taken: the last issue's refusals, and why one paused itself.

The second is a mark: it outlives the pause, so that whoever resumes an issue is not asked the
same again.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, func, select

from publisher.model.delivery import DeliveryState
from publisher.model.incoming import Kind
from publisher.model.issue import IssueKind, IssueState
from publisher.store import ledger, marks, messages, schema

_issues = schema.issues


def usual_refused_percent(conn: Connection, issue: int) -> float:
    """How many letters in a hundred failed of the newest issue before this one, of its newsletter, that was sent."""
    before = _one_before(conn, issue)
    if before is None:
        return 0.0
    counts = ledger.counts(conn, before)
    failed = counts.get(DeliveryState.FAILED, 0)
    tried = failed + counts.get(DeliveryState.SENT, 0)
    return 100 * failed / tried if tried else 0.0


def _one_before(conn: Connection, issue: int) -> int | None:
    newsletter = select(_issues.c.newsletter).where(_issues.c.id == issue).scalar_subquery()
    wanted = select(func.max(_issues.c.id)).where(
        _issues.c.newsletter == newsletter,
        _issues.c.id < issue,
        _issues.c.state == IssueState.SENT,
        _issues.c.kind == IssueKind.ISSUE,
    )
    return conn.execute(wanted).scalar_one_or_none()


def sent(conn: Connection, issue: int) -> int:
    """How many letters of an issue went out."""
    return ledger.counts(conn, issue).get(DeliveryState.SENT, 0)


def usual_returned_percent(conn: Connection, issue: int) -> float:
    """How many letters in a hundred came back by mail of the newest issue before this one that was sent."""
    before = _one_before(conn, issue)
    if before is None:
        return 0.0
    bounces = sum(number for (kind, _), number in messages.by_reason(conn, before).items() if kind == Kind.BOUNCE)
    letters = sent(conn, before) if bounces else 0
    return 100 * bounces / letters if letters else 0.0


def paused_for(conn: Connection, issue: int, *, by: str = "") -> dict[str, int] | None:
    """The numbers for which an issue paused itself last; None where it never did. `by`: what came back by mail."""
    kept = marks.get(conn, _mark(issue, by))
    return {name: int(number) for name, number in json.loads(kept).items()} if kept else None


def remember_pause(conn: Connection, issue: int, numbers: dict[str, int], *, by: str = "") -> None:
    """Keep the numbers for which an issue pauses itself."""
    marks.put(conn, {_mark(issue, by): json.dumps(numbers)})


def _mark(issue: int, by: str) -> str:
    return f"paused:{issue}{by and f':{by}'}"
