"""A reader is erased, by their own wish: nothing stays that tells of a person.

The row stays for the ledger's sake, whose numbers of letters are a newsroom's own; it has no address
and no name. What says that no mail may go there is a keyed hash (`suppressions`). The address is also
taken out of what relays answered and of messages that came back, as far as those are the reader's.

Not here: files that an admin keeps, such as lists that were imported, and backups.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, or_, select, update

from publisher.model.subscriber import SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds
from publisher.store import schema, suppressions
from publisher.store.declining import end_pending

HOW = "erased"
_people, _wishes, _ledger = schema.subscribers, schema.subscriptions, schema.deliveries
_messages, _consents = schema.messages, schema.consents


def erase(conn: Connection, subscriber: int, *, now: datetime) -> bool:
    """Erase a reader; False where that was done before, or there is none. Never undone."""
    person = conn.execute(select(_people).where(_people.c.id == subscriber).with_for_update()).mappings().one_or_none()
    if person is None or person["state"] == SubscriberState.ERASED:
        return False
    email = person["email"]
    suppressions.put(conn, email, why=Grounds.ERASED, detail="", now=now)  # counts what ends by it, too
    suppressions.forget(conn, email)
    for table in (schema.tags, schema.standings, _consents):
        conn.execute(delete(table).where(table.c.subscriber == subscriber))
    _forget_where_to(conn, subscriber, now=now)
    # Somebody who wanted to move here, or from here, may ask anew.
    conn.execute(delete(_consents).where(_consents.c.of == subscriber))
    _forget_what_came_back(conn, subscriber, email)
    _forget_answers(conn, subscriber)
    left = update(_wishes).where(_wishes.c.subscriber == subscriber, _wishes.c.state != SubscriptionState.LEFT)
    conn.execute(left.values(state=SubscriptionState.LEFT, left_at=now, left_how=HOW))
    _empty(conn, subscriber)
    return True


def _empty(conn: Connection, subscriber: int) -> None:
    nothing: dict[str, Any] = dict.fromkeys(("email", "name", "language", "consent"), "")
    nothing |= dict.fromkeys(("rests_until", "paused_until", "asked"))
    facts = {"address_key": f"erased {subscriber}", "state": SubscriberState.ERASED, "asks": 0}
    conn.execute(update(_people).where(_people.c.id == subscriber).values(nothing | facts))


def _forget_where_to(conn: Connection, subscriber: int, *, now: datetime) -> None:
    """An address that they wanted instead and never confirmed, where nothing else is known of it."""
    held = select(_consents.c.subscriber).where(_consents.c.of == subscriber)
    others = select(_consents.c.subscriber).where(_consents.c.of.is_distinct_from(subscriber))
    nobody = (_people.c.state == SubscriberState.PENDING, _people.c.consent == "")
    wanted = select(_people.c.id).where(_people.c.id.in_(held), _people.c.id.not_in(others), *nobody)
    for one in list(conn.execute(wanted.with_for_update()).scalars()):
        end_pending(conn, one, how=HOW, now=now)
        _empty(conn, one)


def _forget_what_came_back(conn: Connection, subscriber: int, email: str) -> None:
    """Messages about this reader: what they were stays in a word, and none of their text."""
    theirs = or_(_messages.c.subscriber == subscriber, func.lower(_messages.c.address) == email.lower())
    conn.execute(update(_messages).where(theirs).values(raw=None, address="", detail="", came_to=""))


def _forget_answers(conn: Connection, subscriber: int) -> None:
    """Relays like to name whom they refuse: by the address, a part of it, or the one that it leads on to."""
    letters = _ledger.c.subscription.in_(_subscriptions_of(subscriber))
    conn.execute(update(_ledger).where(letters, _ledger.c.reply != "").values(reply=""))


def _subscriptions_of(subscriber: int) -> Select[int]:
    return select(_wishes.c.id).where(_wishes.c.subscriber == subscriber)
