"""Rows of the ledger, for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from publisher.model.delivery import DeliveryState
from publisher.store import schema

_ledger = schema.deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the ledger, for people."""

    id: int
    email: str
    state: DeliveryState
    attempts: int
    changed: datetime
    code: int
    enhanced: str
    reply: str
    reason: str


def of(conn: Connection, issue: int, states: Sequence[DeliveryState], *, limit: int) -> list[Entry]:
    """The deliveries of an issue in some states, with the relay's last words."""
    people, wishes = schema.subscribers, schema.subscriptions
    own = (_ledger.c[name] for name in ("id", "state", "attempts", "changed", "code", "enhanced", "reply", "reason"))
    wanted = (
        select(*own, people.c.email)
        .join(wishes, wishes.c.id == _ledger.c.subscription)
        .join(people, people.c.id == wishes.c.subscriber)
        .where(_ledger.c.issue == issue, _ledger.c.state.in_(states))
        .order_by(_ledger.c.id)
        .limit(limit)
    )
    rows = conn.execute(wanted).mappings()
    return [Entry(**dict(row) | {"state": DeliveryState(row["state"])}) for row in rows]
