"""How many read a newsletter, by cadence: counted in an index that has what is asked, and nothing of readers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from publisher.model.subscriber import Cadence, SubscriptionState
from publisher.store import schema

_wishes = schema.subscriptions


def by_cadence(conn: Connection, newsletters: Sequence[str]) -> dict[str, dict[Cadence, int]]:
    """Active subscriptions of each newsletter; among them may be readers who get no mail now, e.g. who paused it."""
    found: dict[str, dict[Cadence, int]] = {slug: {} for slug in newsletters}
    for slug in newsletters:
        for cadence in Cadence:
            # Each is one range of `ix_subscriptions_wish`.
            wanted = select(func.count()).where(
                _wishes.c.newsletter == slug,
                _wishes.c.cadence == cadence.value,
                _wishes.c.state == SubscriptionState.ACTIVE,
            )
            number: int = conn.execute(wanted).scalar_one()
            if number:
                found[slug][cadence] = number
    return found
