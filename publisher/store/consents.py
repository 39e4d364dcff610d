"""What stands of a reader's consents: the proof, and what waits to be confirmed.

Written by `signups.py` and `moving.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from publisher.store import schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One thing that was asked for."""

    newsletter: str  # "" where it is about an address
    address: str  # that letters are to come to from then on; "" where that is the reader's own by now
    cadence: str  # "" where it is about an address
    columns: tuple[str, ...]  # () means all
    asked: datetime
    asked_ip: str
    said: str  # by the page; "" where none was shown
    confirmed: datetime | None  # None: waits
    confirmed_ip: str


def of(conn: Connection, subscriber: int) -> list[Consent]:
    """The reader's, oldest first; with that of another address, which stands with it until it is confirmed there."""
    consents, texts, people = schema.consents, schema.consent_texts, schema.subscribers
    names = ("newsletter", "cadence", "asked", "asked_ip", "confirmed", "confirmed_ip")
    wanted = (
        select(consents, texts.c.text, people.c.email)
        .join(people, people.c.id == consents.c.subscriber)
        .outerjoin(texts, texts.c.version == consents.c.form)
        .where(or_(consents.c.subscriber == subscriber, consents.c.of == subscriber))
        .order_by(consents.c.id)
    )
    return [
        Consent(
            address="" if row["newsletter"] or row["subscriber"] == subscriber else row["email"],
            columns=tuple(row["columns"].split()),
            said=row["text"] or "",
            **{name: row[name] for name in names},
        )
        for row in conn.execute(wanted).mappings()
    ]
