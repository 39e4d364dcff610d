"""What is under way: issues that are not settled, and sources that wait for their visit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, select

from publisher.model.delivery import DeliveryState
from publisher.model.issue import Issue, IssueState
from publisher.store import schema
from publisher.store.issues import issue_of

_issues = schema.issues


def issues_in(conn: Connection, states: Sequence[IssueState]) -> list[Issue]:
    """The issues in any of these states, the one that was due first first."""
    wanted = select(_issues).where(_issues.c.state.in_(states)).order_by(_issues.c.due, _issues.c.id)
    return [issue_of(row) for row in conn.execute(wanted).mappings()]


def issues_in_doubt(conn: Connection, *, since: datetime) -> list[Issue]:
    """The issues made since then with letters of which nobody knows whether they arrived, the oldest first."""
    ledger = schema.deliveries
    is_doubted = exists().where(
        ledger.c.issue == _issues.c.id, ledger.c.state == DeliveryState.IN_DOUBT, schema.TROUBLED
    )
    wanted = select(_issues).where(_issues.c.created >= since, is_doubted).order_by(_issues.c.id)
    return [issue_of(row) for row in conn.execute(wanted).mappings()]
