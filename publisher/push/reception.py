"""Taking up what is asked of our hub: is it about a feed of ours, and is there room.

What is taken up stands in the store before it is answered; that its callback wanted it is
asked later (WebSub §5.1.2: the answer does not depend on it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.push.announce import is_published
from publisher.push.request import Mode, Refusal, Wish
from publisher.store import hubrequests
from publisher.store.database import Store
from publisher.store.hubrequests import Room

MOST_ASKED = 2000  # requests that wait for their callbacks; they are gone within minutes
_AN_HOUR, _A_MINUTE = 3600, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much our hub takes."""

    subscriptions: int
    per_host: int  # subscriptions whose callbacks are at one host


def receive(store: Store, wish: Wish, *, bounds: Bounds, site_url: str, now: datetime) -> Refusal | None:
    """Keep what is asked; or say why not."""
    with store.write() as conn:
        if wish.mode is Mode.SUBSCRIBE and not is_published(conn, wish.topic, site_url=site_url):
            return Refusal(status=404, reason="hub.topic is no feed of this site; use the address of its `self` link")
        room = hubrequests.room(conn, wish.topic, wish.callback, wish.host)
        refusal = _too_much(wish, room, bounds)
        if refusal is None:
            kept = {"topic": wish.topic, "callback": wish.callback, "host": wish.host, "mode": wish.mode}
            kept_too = {"secret": wish.secret, "lease_seconds": wish.lease_seconds}
            hubrequests.put(conn, {**kept, **kept_too}, now=now)
        return refusal


def _too_much(wish: Wish, room: Room, bounds: Bounds) -> Refusal | None:
    if room.asked >= MOST_ASKED:
        return Refusal(status=503, reason="too much is asked at the moment; try again", retry_seconds=_A_MINUTE)
    if wish.mode is Mode.UNSUBSCRIBE:
        return None
    if room.all >= bounds.subscriptions:
        return Refusal(status=503, reason="this hub has as many subscriptions as it takes", retry_seconds=_AN_HOUR)
    if room.at_host >= bounds.per_host:
        many = f"this hub has as many subscriptions at {wish.host} as it takes"
        return Refusal(status=429, reason=many, retry_seconds=_AN_HOUR)
    return None
