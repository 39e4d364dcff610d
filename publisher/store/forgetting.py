"""Who was asked to confirm and never did is forgotten: nobody there agreed that we keep the address.

Thirty days after they were last asked for, the reader, what was asked for, and the letters that
asked are deleted; sixty where several letters went out, since it is this row that keeps them rare.
Whoever ever read anything stays; of them, what was asked for and not confirmed goes after thirty days.
An address that must not get mail is no reason to keep a reader: that stands in `suppressions`, where an
erased one has no more than a keyed hash, and a stranger who types it brings no row for good.

Rows with the highest number of their table stay till the next time: SQLite would give their numbers
anew, and with them the links of letters that went to somebody else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, or_, select

from publisher.model.delivery import DeliveryState
from publisher.model.subscriber import SubscriberState, SubscriptionState
from publisher.store import issues, schema

AFTER = timedelta(days=30)
AFTER_SEVERAL = timedelta(days=60)
SOME = 200  # people at once
_ON_THEIR_WAY = (DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.DEFERRED)

_people, _wishes, _consents = schema.subscribers, schema.subscriptions, schema.consents
_ledger = schema.deliveries


def anybody_unconfirmed(conn: Connection, *, now: datetime) -> bool:
    """Whether `forget_unconfirmed` would do anything: to look through a million readers keeps no writer waiting."""
    known = conn.execute(select(_consents.c.id).where(*_too_old(now)).limit(1)).first()
    return known is not None or conn.execute(_wanted(now=now).limit(1)).first() is not None


def forget_unconfirmed(conn: Connection, *, now: datetime) -> int:
    """Forget some of them; how many. Asked again, the next ones."""
    conn.execute(delete(_consents).where(*_too_old(now)))
    found = list(conn.execute(_wanted(now=now)).scalars())
    if found:
        wishes = select(_wishes.c.id).where(_wishes.c.subscriber.in_(found))
        theirs = _ledger.c.subscription.in_(wishes)
        for issue, letters in conn.execute(select(_ledger.c.issue, func.count()).where(theirs).group_by("issue")).all():
            issues.address(conn, issue, -letters)
        conn.execute(delete(_ledger).where(theirs))
        conn.execute(delete(_people).where(_people.c.id.in_(found)))  # with it its subscriptions and consents
    return len(found)


def _too_old(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _consents.c.confirmed.is_(None), _consents.c.asked < now - AFTER


def _wanted(*, now: datetime) -> Any:
    mine = _consents.c.subscriber == _people.c.id
    theirs = _wishes.c.subscriber == _people.c.id
    kept_wish = or_(_wishes.c.state == SubscriptionState.ACTIVE, _wishes.c.id == _newest(_wishes))
    kept_letter = or_(_ledger.c.state.in_(_ON_THEIR_WAY), _ledger.c.id == _newest(_ledger))
    letters = exists().where(_ledger.c.subscription == _wishes.c.id, theirs, kept_letter)
    was_asked_about = and_(_people.c.state == SubscriberState.SUPPRESSED, _people.c.asked.is_not(None))
    long_ago = or_(
        _people.c.asked.is_(None),
        and_(_people.c.asks <= 1, _people.c.asked < now - AFTER),
        _people.c.asked < now - AFTER_SEVERAL,
    )
    return (
        select(_people.c.id)
        .where(
            or_(_people.c.state == SubscriberState.PENDING, was_asked_about),
            _people.c.consent == "",  # nobody vouches for them
            _people.c.joined < now - AFTER,
            _people.c.id < _newest(_people),
            long_ago,
            ~exists().where(mine),
            ~exists().where(theirs, kept_wish),
            ~letters,
        )
        .order_by(_people.c.id)
        .limit(SOME)
    )


def _newest(table: Table) -> Any:
    return select(func.max(table.alias().c.id)).scalar_subquery()
