"""How many letters each relay carried lately, by what became of them.

Only issues are looked at that were on their way since then: what a person settles later in an
old one was not carried now.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.store import schema

_CARRIED = (
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.DEFERRED,
    DeliveryState.FAILED,
    DeliveryState.IN_DOUBT,
)


def since(conn: Connection, moment: datetime) -> dict[int, Counter[DeliveryState]]:
    """By number of relay: letters that it was handed last and that came into their state since then."""
    ledger, issues = schema.deliveries, schema.issues
    lately = select(issues.c.id).where(
        issues.c.state.in_((IssueState.SENDING, IssueState.PAUSED, IssueState.SENT, IssueState.CANCELLED)),
        or_(issues.c.finished.is_(None), issues.c.finished >= moment),
    )
    wanted = (
        select(ledger.c.relay, ledger.c.state, func.count())
        .where(
            ledger.c.issue.in_(lately),
            ledger.c.relay.is_not(None),
            ledger.c.changed >= moment,
            ledger.c.state.in_(_CARRIED),
        )
        .group_by(ledger.c.relay, ledger.c.state)
    )
    found: dict[int, Counter[DeliveryState]] = {}
    for relay, state, letters in conn.execute(wanted):
        found.setdefault(relay, Counter())[DeliveryState(state)] = letters
    return found
