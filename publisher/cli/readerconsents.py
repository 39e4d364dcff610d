"""What a reader asked for and confirmed, from where, by what words: part of `publisher subscribers show`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from publisher.model.subscriber import Subscriber
from publisher.store import consents
from publisher.store.consents import Consent


def consents_in_words(conn: Connection, person: Subscriber, zone: ZoneInfo) -> Iterator[str]:
    """A line for each; what the page said is for programs."""
    for one in consents.of(conn, person.id):
        about = one.newsletter or one.address or "this address"
        confirmed = _done(one.confirmed, one.confirmed_ip, zone) if one.confirmed else "not yet"
        yield f"asked:        {_done(one.asked, one.asked_ip, zone)} for {about}; confirmed {confirmed}"


def _done(moment: datetime, address: str, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" + (f" from {address}" if address else "")


def consents_for_programs(conn: Connection, person: Subscriber) -> dict[str, object]:
    """All of it as JSON."""
    return {"consents": [_for_programs(one) for one in consents.of(conn, person.id)]}


def _for_programs(one: Consent) -> dict[str, object]:
    return {
        "newsletter": one.newsletter or None,
        "address": one.address or None,
        "cadence": one.cadence or None,
        "columns": one.columns,
        "asked": one.asked.isoformat(),
        "asked_from": one.asked_ip or None,
        "page_said": one.said or None,
        "confirmed": one.confirmed.isoformat() if one.confirmed else None,
        "confirmed_from": one.confirmed_ip or None,
    }
