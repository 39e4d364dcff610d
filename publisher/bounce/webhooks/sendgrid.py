"""SendGrid: a JSON list of events, signed by ECDSA over the time and the body.

Documentation: "Event Webhook Reference", "Event Webhook Security Features". `smtp-id` is the Message-ID
of our letter; custom arguments stand beside the event's own. Pure.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from publisher.bounce.webhooks.document import Object, all_texts, document_in, objects_in, text_at, time_of
from publisher.bounce.webhooks.event import Accepted, Answer, Event, Keys, Request, Told, Turned, in_window, incoming_of
from publisher.bounce.webhooks.proof import too_large, unread
from publisher.model.incoming import Kind
from publisher.model.reason import Reason

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

_BACK = timedelta(days=1)  # it tries again for that long
_EVENTS: Mapping[str, Kind] = {
    "bounce": Kind.BOUNCE,
    "deferred": Kind.DELAY,
    "spamreport": Kind.COMPLAINT,
    "unsubscribe": Kind.UNSUBSCRIBE,
    "group_unsubscribe": Kind.UNSUBSCRIBE,
}
# Why it did not even try: what it remembers of this address.
_DROPPED: Mapping[str, tuple[Kind, Reason | None]] = {
    "bounced address": (Kind.BOUNCE, Reason.USER_UNKNOWN),
    "invalid": (Kind.BOUNCE, Reason.BAD_ADDRESS),
    "invalid address": (Kind.BOUNCE, Reason.BAD_ADDRESS),
    "spam reporting address": (Kind.COMPLAINT, None),
    "unsubscribed address": (Kind.UNSUBSCRIBE, None),
    "spam content": (Kind.BOUNCE, Reason.SPAM),
    "recipient list over package quota": (Kind.BOUNCE, Reason.QUOTA),
}


def read_sendgrid(request: Request, keys: Keys, now: datetime) -> Answer:
    if turned := too_large(request):
        return turned
    timestamp = request.headers.get(TIMESTAMP, "")
    if not any(_is_signed(request, timestamp, secret) for secret in keys.secrets):
        return Turned(status=403, problem="the signature is not SendGrid's; check the verification key of the webhook")
    if not in_window(time_of(timestamp), now, back=_BACK):
        return Turned(status=403, problem="the request was signed more than a day ago, or a clock is wrong")
    document = document_in(request.body)
    if not isinstance(document, list):
        return unread()
    return Accepted(events=tuple(event for each in objects_in(document) if (event := _event(each))))


def _is_signed(request: Request, timestamp: str, secret: str) -> bool:
    try:
        key = load_der_public_key(base64.b64decode("".join(secret.split()), validate=True))
        signature = base64.b64decode(request.headers.get(SIGNATURE, ""), validate=True)
        if not isinstance(key, EllipticCurvePublicKey):
            return False
        key.verify(signature, timestamp.encode() + request.body, ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


def _event(told: Object) -> Event | None:
    name, reason = text_at(told, "event"), text_at(told, "reason")
    hint: Reason | None = None
    if name == "dropped":
        kind, hint = _DROPPED.get(reason.lower(), (None, None))
    else:
        kind = _EVENTS.get(name)
    if kind is None:
        return None
    said = Told(
        kind=kind,
        address=text_at(told, "email"),
        text=reason or text_at(told, "response"),
        status=text_at(told, "status"),
        hint=Reason.REPUTATION if text_at(told, "type") == "blocked" else hint,
        message_id=text_at(told, "smtp-id"),
        own=all_texts({key: value for key, value in told.items() if key not in ("smtp-id", "sg_message_id", "reason")}),
        feedback_type="abuse" if kind is Kind.COMPLAINT else "",
    )
    return Event(id=text_at(told, "sg_event_id"), at=time_of(told.get("timestamp")), incoming=incoming_of(said))
