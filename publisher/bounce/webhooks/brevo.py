"""Brevo: one event a request (a list, where batches are set), proved by a token or a password, and by addresses.

Documentation: "Transactional webhooks", "Secured webhooks" and the addresses that they come from, which are
given in `networks`. `message-id` is our letter's; `X-Mailin-custom` gives back what we wrote there. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from publisher.bounce.webhooks.document import Object, all_texts, document_in, objects_in, text_at, time_of
from publisher.bounce.webhooks.event import Accepted, Answer, Event, Keys, Request, Told, incoming_of
from publisher.bounce.webhooks.proof import authorized, unread
from publisher.model.incoming import Kind
from publisher.model.reason import Reason

_EVENTS: Mapping[str, tuple[Kind, Reason | None]] = {
    "hard_bounce": (Kind.BOUNCE, Reason.USER_UNKNOWN),
    "invalid_email": (Kind.BOUNCE, Reason.BAD_ADDRESS),
    "soft_bounce": (Kind.BOUNCE, None),
    "blocked": (Kind.BOUNCE, None),
    "error": (Kind.BOUNCE, None),
    "deferred": (Kind.DELAY, None),
    "spam": (Kind.COMPLAINT, None),
    "complaint": (Kind.COMPLAINT, None),
    "unsubscribed": (Kind.UNSUBSCRIBE, None),
}


def read_brevo(request: Request, keys: Keys, now: datetime) -> Answer:  # noqa: ARG001  it signs no time
    if turned := authorized(request, keys):
        return turned
    told = list(objects_in(document_in(request.body)))
    if not told or not any(text_at(each, "event") for each in told):
        return unread()
    return Accepted(events=tuple(event for each in told if (event := _event(each))))


def _event(told: Object) -> Event | None:
    name = text_at(told, "event")
    kind, hint = _EVENTS.get(name, (None, None))
    if kind is None:
        return None
    message_id, seconds = text_at(told, "message-id"), text_at(told, "ts_event") or text_at(told, "ts")
    said = Told(
        kind=kind,
        address=text_at(told, "email"),
        text=text_at(told, "reason"),
        hint=hint,
        message_id=message_id,
        own=all_texts([told.get("X-Mailin-custom"), told.get("tags"), told.get("tag")]),
        feedback_type="abuse" if kind is Kind.COMPLAINT else "",
    )
    # `id` is the webhook's and not the event's.
    return Event(id=f"{message_id} {name} {seconds}", at=time_of(seconds), incoming=incoming_of(said))
