"""Addresses that no mail may go to any more, by an admin's word.

Why stands behind where the consent came from: both are what one day may have to be shown.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from publisher.model.moves import states_before
from publisher.model.subscriber import SUBSCRIBER_MOVES, SubscriberEvent, SubscriberState
from publisher.model.suppression import Grounds
from publisher.store import schema, suppressions
from publisher.store.upsert import insert_or_ignore

_people = schema.subscribers


def suppress(conn: Connection, email: str, *, why: str, now: datetime) -> bool:
    """False where it was before; an address that nobody reads with is kept, too, so that it never will."""
    row = {
        "email": email,
        "address_key": email.lower(),
        "name": "",
        "language": "",
        "state": SubscriberState.SUPPRESSED,
        "consent": why,
        "joined": now,
    }
    if insert_or_ignore(conn, _people, row):
        suppressions.put(conn, email, why=Grounds.BY_HAND, detail=why, now=now)
        return True
    known = conn.execute(
        select(_people.c.id, _people.c.consent).where(_people.c.address_key == email.lower()).with_for_update()
    ).one()
    told = f"{known.consent}; {why}" if known.consent else why
    before = [one for one in states_before(SUBSCRIBER_MOVES, SubscriberEvent.SUPPRESS) if one != "suppressed"]
    moved = update(_people).where(_people.c.id == known.id, _people.c.state.in_(before))
    is_new = conn.execute(moved.values(state=SubscriberState.SUPPRESSED, consent=told)).rowcount == 1
    return suppressions.put(conn, email, why=Grounds.BY_HAND, detail=why, now=now) or is_new
