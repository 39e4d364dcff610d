"""A clock that was set back: what was written by it before lies further ahead than it ever should.

A machine may start with a clock that is a day ahead, until the network tells it the time. Without
this, what was put off meanwhile would stand still until that day has come again. Nothing is lost
by it: what comes too early is looked at, and put off anew.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.store import schema

_ledger = schema.deliveries


def try_again_by(conn: Connection, latest: datetime) -> int:
    """No letter that was put off by its relay waits for longer; how many did."""
    sending = select(schema.issues.c.id).where(schema.issues.c.state == IssueState.SENDING)
    waiting = update(_ledger).where(
        _ledger.c.issue.in_(sending),
        _ledger.c.state == DeliveryState.DEFERRED,
        _ledger.c.next_try > latest,
        schema.UNSETTLED,
    )
    return conn.execute(waiting.values(next_try=latest)).rowcount


def end_pauses_by(conn: Connection, latest: datetime) -> None:
    """No domain is left alone for longer. Relays are: somebody may have parked one for a week."""
    paused = schema.destinations
    conn.execute(update(paused).where(paused.c.paused_until > latest).values(paused_until=latest))
