"""Letters of service in the ledger: one issue for those of an hour, a delivery whenever a reader needs one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from publisher.model.delivery import DeliveryState
from publisher.model.issue import Issue, IssueEvent, IssueState, Variant
from publisher.model.letter import Letter
from publisher.store import issues, schema
from publisher.store.archive import are_shown
from publisher.store.upsert import insert_or_ignore

_KEY = "all"  # of the one variant
_issues, _variants = schema.issues, schema.variants


def find(conn: Connection, issue: Issue) -> Issue | None:
    """The issue that holds the letters of this one's newsletter, kind, language and hour, where it is there."""
    return issues.find_by_slot(conn, issue.newsletter, issue.cadence, issue.slot)


def put(conn: Connection, issue: Issue, letter: Letter) -> Issue:
    """The same, made where it is not; `issue` has no id, and `letter` is used for a new one alone."""
    issues.take_turn(conn, issue.newsletter)
    known = find(conn, issue)
    if known is not None:
        return known
    made = issues.put_row(conn, issue, findings=(), change=0)
    issues.put_variant(conn, made, Variant(key=_KEY, wishes=(), seqs=()), letter)
    return issues.get_issue(conn, made)


def deliver(conn: Connection, issue: int, subscription: int, *, now: datetime) -> bool:
    """A letter of it for this subscription; False where there is one already, or it was cancelled."""
    issues.lock(conn, issue)  # whoever finishes or cancels it sees this letter, or is seen here
    if issues.get_issue(conn, issue).state is IssueState.CANCELLED:
        return False
    variant = select(_variants.c.id).where(_variants.c.issue == issue, _variants.c.key == _KEY)
    row: dict[str, Any] = {
        "issue": issue,
        "variant": conn.execute(variant).scalar_one(),
        "subscription": subscription,
        "state": DeliveryState.DUE,
        "attempts": 0,
        "changed": now,
        "code": 0,
        "enhanced": "",
        "reply": "",
    }
    if not insert_or_ignore(conn, schema.deliveries, row):
        return False
    issues.address(conn, issue, 1)
    issues.move_if(conn, issue, IssueEvent.REOPEN, now=now)
    return True


def newest_issue(conn: Connection, newsletter: str) -> int | None:
    """The newest issue of a newsletter that readers may see, and that puts no other right."""
    wanted = select(func.max(_issues.c.id)).where(*are_shown(newsletter), _issues.c.corrects.is_(None))
    return conn.execute(wanted).scalar_one_or_none()
