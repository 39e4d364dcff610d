"""Taking in what a provider tells by HTTP: each event by itself, once however often it tells.

Those that were taken in stay so where a later one cannot be: the provider tells all of them again, and
each is known by the webhook's name and the provider's own id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from publisher.bounce.intake import TakenIn, take_in_told
from publisher.bounce.webhooks.event import Event
from publisher.store.database import Store


def take_events(
    store: Store, webhook: str, events: Iterable[Event], *, keys: tuple[bytes, ...], now: datetime
) -> list[TakenIn]:
    """Take in what `[webhooks.NAME]` tells. Raises StorageError: then let it tell again."""
    return [
        take_in_told(
            store,
            event.incoming,
            told_as=event.id,
            octets=_as_json(event),
            came_by=f"webhook {webhook}",
            keys=keys,
            now=now,
        )
        for event in events
    ]


def _as_json(event: Event) -> bytes:
    """What it says, as it was understood: the request itself may hold thousands."""
    facts = {"id": event.id, "at": event.at.isoformat() if event.at else None, **asdict(event.incoming)}
    return json.dumps(facts, indent=1).encode()
