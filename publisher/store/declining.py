"""What was asked for in a reader's name and is not wanted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from publisher.model.subscriber import SubscriptionState
from publisher.store import schema

_DECLINED_ASKS = 20  # so that the longest wait begins

_people, _wishes, _consents = schema.subscribers, schema.subscriptions, schema.consents


def decline_all(conn: Connection, subscriber: int, *, how: str, now: datetime) -> bool:
    """Drop all that is open, and let no letter ask for long; False: nothing was."""
    # The reader first, as whoever asks, confirms or erases does: on PostgreSQL two could wait for each other.
    conn.execute(select(_people.c.id).where(_people.c.id == subscriber).with_for_update())
    mine = (_consents.c.subscriber == subscriber, _consents.c.confirmed.is_(None))
    dropped = conn.execute(delete(_consents).where(*mine)).rowcount
    ended = end_pending(conn, subscriber, how=how, now=now)
    if dropped or ended:
        waits = {"asked": now, "asks": _DECLINED_ASKS}
        conn.execute(update(_people).where(_people.c.id == subscriber).values(waits))
    return bool(dropped or ended)


def end_pending(conn: Connection, subscriber: int, *, how: str, now: datetime) -> int:
    """End the subscriptions that were asked for and never confirmed; how many."""
    pending = update(_wishes).where(_wishes.c.subscriber == subscriber, _wishes.c.state == SubscriptionState.PENDING)
    return conn.execute(pending.values(state=SubscriptionState.LEFT, left_at=now, left_how=how)).rowcount
