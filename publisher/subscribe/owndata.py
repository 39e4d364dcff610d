"""All that is kept of one reader, to be handed to them: as the GDPR's Article 15 and Article 20 want it.

JSON, with names of fields that say what they hold; `docs/joining.md` tells them. Times are UTC, ISO 8601.
What is not here: the letters' text, which is public, and the octets of messages that came back, which
are other people's words.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from publisher.model.subscriber import Subscriber
from publisher.model.whereabouts import Standing
from publisher.store import consents, messages, pauses, readerletters, standings, suppressions, tags, whereabouts
from publisher.store.consents import Consent

_ALL = 100_000  # letters; nobody has more
_MESSAGES = 10_000


def facts_of(conn: Connection, reader: Subscriber) -> dict[str, object]:
    """The reader's row, and all rows that are about them."""
    standing, suppression = standings.find(conn, reader.id), suppressions.find(conn, reader.email)
    return {
        "address": reader.email,
        "name": reader.name,
        "language": reader.language,
        "state": reader.state,
        "consent": reader.consent,
        "joined": _told(reader.joined),
        "paused_until": _told(pauses.paused_until(conn, reader.id)),
        "tags": list(tags.of(conn, [reader.id]).get(reader.id, ())),
        "subscriptions": [_subscription(one) for one in whereabouts.standings(conn, reader.id).values()],
        "asked_and_confirmed": [_consent(one) for one in consents.of(conn, reader.id)],
        "letters": [
            {
                "newsletter": one.newsletter,
                "subject": one.subject,
                "state": one.state,
                "changed": _told(one.changed),
                "tries": one.attempts,
                "answer": " ".join(filter(None, (str(one.code or ""), one.enhanced, one.reply))),
            }
            for one in readerletters.last_letters(conn, reader.id, limit=_ALL)
        ],
        "came_back": [
            {"came": _told(one.came), "kind": one.kind, "reason": one.reason, "detail": one.detail, "done": one.acted}
            for one in messages.of_subscriber(conn, reader.id, limit=_MESSAGES)
        ],
        "mail_to_the_address": {
            "state": standing.state if standing else "well",
            "until": _told(standing.until) if standing else None,
            "why": standing.why if standing else None,
        },
        "suppressed": None
        if suppression is None or suppression.lifted
        else {"since": _told(suppression.since), "why": suppression.why, "detail": suppression.detail},
    }


def _subscription(one: Standing) -> dict[str, object]:
    return {
        "newsletter": one.newsletter,
        "cadence": one.cadence,
        "columns": list(one.columns) or "all",
        "state": one.state,
        "joined": _told(one.joined),
        "left": _told(one.left_at),
        "left_how": one.left_how,
    }


def _consent(one: Consent) -> dict[str, object]:
    return {
        "newsletter": one.newsletter or None,
        "about": "a newsletter" if one.newsletter else one.address or "this address",
        "cadence": one.cadence or None,
        "columns": list(one.columns) or "all",
        "asked": _told(one.asked),
        "asked_from": one.asked_ip,
        "page_said": one.said or None,
        "confirmed": _told(one.confirmed),
        "confirmed_from": one.confirmed_ip or None,
    }


def _told(moment: Any) -> str | None:
    return moment.isoformat() if isinstance(moment, datetime) else None
