"""The letters that one reader was sent, or is to be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from publisher.model.delivery import DeliveryState
from publisher.store import schema

_ledger, _issues, _letters, _wishes = schema.deliveries, schema.issues, schema.letters, schema.subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadersLetter:
    """A row of the ledger, for somebody who asks about its reader."""

    id: int  # of the delivery
    issue: int
    newsletter: str
    subject: str
    state: DeliveryState
    changed: datetime
    attempts: int
    next_try: datetime | None
    code: int
    enhanced: str
    reply: str
    reason: str


def last_letters(
    conn: Connection,
    subscriber: int,
    *,
    limit: int,
    before: int | None = None,
    newsletters: Collection[str] | None = None,
) -> list[ReadersLetter]:
    """Newest first; `before`: older than this one. Of some newsletters, or of all."""
    own = ("id", "issue", "state", "changed", "attempts", "next_try", "code", "enhanced", "reply", "reason")
    wanted = (
        select(*(_ledger.c[name] for name in own), _issues.c.newsletter, _letters.c.subject)
        .join(_wishes, _wishes.c.id == _ledger.c.subscription)
        .join(_issues, _issues.c.id == _ledger.c.issue)
        .join(_letters, _letters.c.variant == _ledger.c.variant)
        .where(_wishes.c.subscriber == subscriber)
        .order_by(_ledger.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(_ledger.c.id < before)
    if newsletters is not None:
        wanted = wanted.where(_issues.c.newsletter.in_(list(newsletters)))
    rows = conn.execute(wanted).mappings()
    return [ReadersLetter(**dict(row) | {"state": DeliveryState(row["state"])}) for row in rows]
