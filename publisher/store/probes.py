"""Probes: the one letter that settles how an address stands whose rest is over.

A rest ends by time, and then several newsletters may be due for the same reader at the same minute. Only
the first of their letters is the probe: as long as it is on its way, or went and nobody has looked yet what
that means (`standings`), its reader is left out of every other issue. What waited while they rested (its
issue was paused, or it was put off) is no probe either: it is skipped when the rest ends, as it
would have been before.

A letter in doubt is no probe: nobody knows whether it went.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select, update

from publisher.model.delivery import DELIVERY_MOVES, UNSETTLED, DeliveryEvent, DeliveryState
from publisher.model.standing import State
from publisher.store import schema
from publisher.store.ledger import still_wanted

SKIPPED = "its reader's address rested before it was sent"

_ledger, _wishes = schema.deliveries, schema.subscriptions
_people, _standings = schema.subscribers, schema.standings
_rested = schema.subscribers.alias("rested")
_WAITING = (DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.DEFERRED)


def none_under_way() -> ColumnElement[bool]:
    """Of subscribers: no probe to them is on its way, and none went that is not looked at yet."""
    wishes, ledger = _wishes.alias("theirs"), _ledger.alias("probes")
    went = and_(ledger.c.state.in_((DeliveryState.SENT, DeliveryState.FAILED)), ledger.c.changed >= _standings.c.until)
    letters = (
        exists()
        .where(wishes.c.subscriber == _standings.c.subscriber, ledger.c.subscription == wishes.c.id)
        .where(or_(ledger.c.state.in_(UNSETTLED), went))
    )
    # In one list, which is short, and not by reader: there may be a million of them, and few ever rested.
    return _people.c.id.not_in(_who_rested().where(letters))


def take_turn(conn: Connection) -> None:
    """Wait until nobody else writes letters to those whose rest is over, and keep others waiting.

    SQLite's writers wait for each other anyway.
    """
    if conn.dialect.name == "postgresql":
        locked = _who_rested().order_by(_rested.c.id)
        conn.execute(locked.with_for_update(key_share=True, of=_rested))  # readers may join newsletters meanwhile


def _who_rested() -> Select[int]:
    """Who gets letters again after a rest of which nothing more is known yet."""
    both = _standings.join(_rested, _rested.c.id == _standings.c.subscriber)
    is_over = (_standings.c.state == State.RESTING, _rested.c.rests_until.is_(None))
    return select(_rested.c.id).select_from(both).where(*is_over)


def skip_what_waited(conn: Connection, over: ColumnElement[bool], *, now: datetime) -> int:
    """Letters that wait for readers whose rest is `over`, a condition on subscribers; how many."""
    theirs = select(_wishes.c.id).join(_people, _people.c.id == _wishes.c.subscriber).where(over)
    waited = (_ledger.c.subscription.in_(theirs), _ledger.c.state.in_(_WAITING), ~still_wanted())
    (skipped,) = {DELIVERY_MOVES[state][DeliveryEvent.LEAVE] for state in _WAITING}
    moved = update(_ledger).where(*waited).values(state=skipped, changed=now, sender=None, reply=SKIPPED)
    return conn.execute(moved).rowcount
