"""How much there is to send, in numbers; the rows themselves are moved by `ledger.py`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.store import schema

_ledger = schema.deliveries


def count_due(conn: Connection, ids: Collection[int]) -> int:
    """How many of these deliveries are due: of those that were not marked, the ones whose issue has stopped."""
    wanted = select(func.count()).where(_ledger.c.id.in_(ids), _ledger.c.state == DeliveryState.DUE)
    return conn.execute(wanted).scalar_one()


def waiting(conn: Connection, *, now: datetime) -> int:
    """How many deliveries a run that begins now would send: those of issues on their way that are due or ripe."""
    issues = schema.issues
    live = select(issues.c.id).where(issues.c.state.in_((IssueState.QUEUED, IssueState.SENDING)))
    ripe = and_(_ledger.c.state == DeliveryState.DEFERRED, _ledger.c.next_try <= now)
    ready = or_(_ledger.c.state.in_((DeliveryState.DUE, DeliveryState.CLAIMED)), ripe)
    return conn.execute(select(func.count()).where(_ledger.c.issue.in_(live), ready, schema.UNSETTLED)).scalar_one()
