"""What is known of how well issues are taken: the last issue's refusals, and why one paused itself.

The second is a mark: it outlives the pause, so that whoever resumes an issue is not asked the
same again.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, func, select

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.store import ledger, marks, schema

_issues = schema.issues


def usual_refused_percent(conn: Connection, issue: int) -> float:
    """How many letters in a hundred failed of the newest issue before this one, of its newsletter, that was sent."""
    newsletter = select(_issues.c.newsletter).where(_issues.c.id == issue).scalar_subquery()
    wanted = select(func.max(_issues.c.id)).where(
        _issues.c.newsletter == newsletter, _issues.c.id < issue, _issues.c.state == IssueState.SENT
    )
    before = conn.execute(wanted).scalar_one_or_none()
    if before is None:
        return 0.0
    counts = ledger.counts(conn, before)
    failed = counts.get(DeliveryState.FAILED, 0)
    tried = failed + counts.get(DeliveryState.SENT, 0)
    return 100 * failed / tried if tried else 0.0


def paused_for(conn: Connection, issue: int) -> dict[str, int] | None:
    """The numbers for which an issue paused itself last; None where it never did."""
    kept = marks.get(conn, _mark(issue))
    return {name: int(number) for name, number in json.loads(kept).items()} if kept else None


def remember_pause(conn: Connection, issue: int, numbers: dict[str, int]) -> None:
    """Keep the numbers for which an issue pauses itself."""
    marks.put(conn, {_mark(issue): json.dumps(numbers)})


def _mark(issue: int) -> str:
    return f"paused:{issue}"
