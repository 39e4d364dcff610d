"""Mailgun: one event a request, with a signature beside it (HMAC-SHA256 of a time and a random token).

The signature covers neither the event nor its address: whoever has seen one request can send another
within the day, and its token shows that. So the caller keeps the ids of events, as for all providers,
and those of Mailgun are made of that token.

Documentation: "Securing webhooks", "Webhook payloads". Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from publisher.bounce.webhooks.document import Object, all_texts, document_in, object_at, objects_in, text_at, time_of
from publisher.bounce.webhooks.event import Accepted, Answer, Event, Keys, Request, Told, Turned, in_window, incoming_of
from publisher.bounce.webhooks.proof import signed, too_large, unread
from publisher.model.incoming import Kind
from publisher.model.reason import Reason

_BACK = timedelta(days=1)  # it tries again for eight hours
_FAILED: Mapping[str, tuple[Kind, Reason | None]] = {
    "suppress-bounce": (Kind.BOUNCE, Reason.USER_UNKNOWN),  # it remembers a bounce of before, and did not try
    "suppress-complaint": (Kind.COMPLAINT, None),
    "suppress-unsubscribe": (Kind.UNSUBSCRIBE, None),
    "espblock": (Kind.BOUNCE, Reason.REPUTATION),
}


def read_mailgun(request: Request, keys: Keys, now: datetime) -> Answer:
    if turned := too_large(request):
        return turned
    document = next(objects_in(document_in(request.body)), None)
    if document is None or not object_at(document, "event-data"):
        return unread()
    signature = object_at(document, "signature")
    timestamp, token = text_at(signature, "timestamp"), text_at(signature, "token")
    if not token or not signed(text_at(signature, "signature"), f"{timestamp}{token}".encode(), keys.secrets):
        return Turned(status=403, problem="the signature is not Mailgun's; check its webhook signing key")
    if not in_window(time_of(timestamp), now, back=_BACK):
        return Turned(status=403, problem="the request was signed more than a day ago, or a clock is wrong")
    event = _event(object_at(document, "event-data"), token)
    return Accepted(events=(event,) if event else ())


def _event(told: Object, token: str) -> Event | None:
    kind, hint = _kind(told)
    if kind is None:
        return None
    status = object_at(told, "delivery-status")
    said = Told(
        kind=kind,
        address=text_at(told, "recipient"),
        text=_words(status),
        status=text_at(status, "enhanced-code"),
        hint=hint,
        message_id=text_at(told, "message", "headers", "message-id"),
        sender=text_at(told, "envelope", "sender"),
        own=all_texts(told.get("user-variables")),
        feedback_type="abuse" if kind is Kind.COMPLAINT else "",
    )
    return Event(id=token, at=time_of(told.get("timestamp")), incoming=incoming_of(said))


def _kind(told: Object) -> tuple[Kind | None, Reason | None]:
    name = text_at(told, "event")
    if name == "failed":
        found = _FAILED.get(text_at(told, "reason"), (Kind.BOUNCE, None))
        return found if text_at(told, "severity") == "permanent" else (Kind.DELAY, None)
    return {"complained": Kind.COMPLAINT, "unsubscribed": Kind.UNSUBSCRIBE}.get(name), None


def _words(status: Object) -> str:
    """What the recipient's server said, its code in front where it is not there."""
    code, message = text_at(status, "code"), text_at(status, "message") or text_at(status, "description")
    is_reply = code[:1] in ("4", "5") and len(code) == len("550")
    return f"{code} {message}" if is_reply and message and not message.startswith(code) else message
