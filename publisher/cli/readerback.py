"""What came back of a reader's letters, and how the address stands by it: part of `publisher subscribers show`."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from publisher.model.reason import in_words
from publisher.model.standing import State
from publisher.model.subscriber import Subscriber
from publisher.model.suppression import Suppression
from publisher.store import messages, standings, suppressions

MOST = 10


def back_in_words(conn: Connection, person: Subscriber, zone: ZoneInfo) -> Iterator[str]:
    """Lines about it; none where nothing ever came back."""
    suppression = suppressions.find(conn, person.email)
    if suppression and not suppression.lifted:
        yield suppressed_in_words(suppression, zone)
    standing = standings.find(conn, person.id)
    if standing and standing.until and standing.state in (State.RESTING, State.PROBING):
        why = f" ({in_words(standing.why)})" if standing.why else ""
        yield f"address:      {standing.state} until {standing.until.astimezone(zone):%Y-%m-%d %H:%M}{why}"
    for one in messages.of_subscriber(conn, person.id, limit=MOST):
        what = f"message {one.id}: {in_words(one.reason) or one.kind}; {one.acted or 'not read yet'}"
        yield f"came back:    {one.came.astimezone(zone):%Y-%m-%d %H:%M}  {what}"


def suppressed_in_words(one: Suppression, zone: ZoneInfo) -> str:
    """Since when and why an address is."""
    why = f"{one.why}: {one.detail}" if one.detail else str(one.why)
    return f"suppressed:   since {one.since.astimezone(zone):%Y-%m-%d}, {why}"


def suppressed_for_programs(one: Suppression) -> dict[str, object]:
    """The same as JSON."""
    return {"since": one.since.isoformat(), "why": one.why, "detail": one.detail}


def back_for_programs(conn: Connection, person: Subscriber) -> dict[str, object]:
    """The same as JSON."""
    suppression, standing = suppressions.find(conn, person.email), standings.find(conn, person.id)
    in_force = suppression if suppression and not suppression.lifted else None
    return {
        "suppressed": suppressed_for_programs(in_force) if in_force else None,
        "address": {
            "state": standing.state if standing else State.WELL,
            "until": standing.until.isoformat() if standing and standing.until else None,
            "why": standing.why if standing else None,
        },
        "came_back": [
            {
                "message": one.id,
                "came": one.came.isoformat(),
                "kind": one.kind,
                "reason": one.reason,
                "acted": one.acted,
            }
            for one in messages.of_subscriber(conn, person.id, limit=MOST)
        ],
    }
