"""What the ledger knows of letters that something came back of, and of what else their readers got.

One reader's letters at a time, found by their subscription: so it costs the same at a million readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select, update

from publisher.model.delivery import DeliveryState
from publisher.model.incoming import Kind
from publisher.store import schema

_ledger, _wishes, _people = schema.deliveries, schema.subscriptions, schema.subscribers
_messages = schema.messages
_FACTS = (
    _ledger.c.id,
    _ledger.c.issue,
    _ledger.c.subscription,
    _ledger.c.state,
    _ledger.c.changed,
    _ledger.c.code,
    _ledger.c.enhanced,
    _ledger.c.reply,
    _ledger.c.reason,
    _wishes.c.subscriber,
    _people.c.email,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLetter:
    """A delivery, and whose it is."""

    id: int
    issue: int
    subscription: int
    subscriber: int
    email: str  # "": its reader was erased
    state: str
    changed: datetime  # when it was sent, or failed
    code: int
    enhanced: str
    reply: str
    reason: str

    @property
    def is_erased(self) -> bool:
        """Its reader was: nothing is held against anybody, and what tells of them is not kept."""
        return not self.email


def find(conn: Connection, delivery: int) -> SentLetter | None:
    """The letter of this number, if it and its reader are here still."""
    return _one(conn, _letters().where(_ledger.c.id == delivery))


def newest_of(conn: Connection, subscription: int) -> SentLetter | None:
    """The last letter of a subscription that went out."""
    wanted = _letters().where(_ledger.c.subscription == subscription, _ledger.c.state == DeliveryState.SENT)
    return _one(conn, wanted.order_by(_ledger.c.changed.desc(), _ledger.c.id.desc()).limit(1))


def first_sent(conn: Connection, subscriber: int, *, since: datetime) -> datetime | None:
    """When the first letter went to a reader from a moment on; None: none did."""
    wanted = select(func.min(_ledger.c.changed)).where(*_sent_to(subscriber), _ledger.c.changed >= since)
    return conn.execute(wanted).scalar_one_or_none()


def last_arrived(conn: Connection, subscriber: int, *, until: datetime) -> datetime | None:
    """When the last letter went to a reader, up to a moment, of which no bounce came; None: none did."""
    bounced = exists().where(_messages.c.delivery == _ledger.c.id, _messages.c.kind == Kind.BOUNCE)
    wanted = select(func.max(_ledger.c.changed)).where(*_sent_to(subscriber), _ledger.c.changed <= until, ~bounced)
    return conn.execute(wanted).scalar_one_or_none()


def uncounted(conn: Connection, *, limit: int) -> list[SentLetter]:
    """Letters that failed, of which no standing tells yet, the oldest first."""
    wanted = _letters().where(schema.UNCOUNTED).order_by(_ledger.c.changed, _ledger.c.id)
    return [SentLetter(**row) for row in conn.execute(wanted.limit(limit)).mappings()]


def count(conn: Connection, deliveries: Sequence[int]) -> None:
    """Their readers' standings tell of these failures now."""
    conn.execute(update(_ledger).where(_ledger.c.id.in_(deliveries)).values(counted=_ledger.c.changed))


def _letters() -> Select[tuple[object, ...]]:
    readers = _ledger.join(_wishes, _wishes.c.id == _ledger.c.subscription).join(
        _people, _people.c.id == _wishes.c.subscriber
    )
    return select(*_FACTS).select_from(readers)


def _sent_to(subscriber: int) -> tuple[ColumnElement[bool], ...]:
    own = select(_wishes.c.id).where(_wishes.c.subscriber == subscriber)
    return _ledger.c.subscription.in_(own), _ledger.c.state == DeliveryState.SENT


def _one(conn: Connection, wanted: Select[tuple[object, ...]]) -> SentLetter | None:
    row = conn.execute(wanted).mappings().one_or_none()
    return SentLetter(**row) if row else None
