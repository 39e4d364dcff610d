"""Postmark: one JSON object a request, proved by HTTP's basic authentication or a token of ours.

Documentation: "Bounce webhook", "Spam complaint webhook", "Subscription change webhook", "Bounce types".
Postmark's MessageID is its own; ours comes back where a metadata value holds it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from publisher.bounce.webhooks.document import Object, all_texts, document_in, objects_in, text_at, time_of
from publisher.bounce.webhooks.event import Accepted, Answer, Event, Keys, Request, Told, incoming_of
from publisher.bounce.webhooks.proof import authorized, unread
from publisher.model.incoming import Kind
from publisher.model.reason import Reason

_TYPES: Mapping[str, tuple[Kind, Reason | None]] = {
    "HardBounce": (Kind.BOUNCE, Reason.USER_UNKNOWN),
    "BadEmailAddress": (Kind.BOUNCE, Reason.BAD_ADDRESS),
    "AddressChange": (Kind.BOUNCE, Reason.MOVED),
    "SpamNotification": (Kind.BOUNCE, Reason.SPAM),
    "VirusNotification": (Kind.BOUNCE, Reason.CONTENT),
    "Blocked": (Kind.BOUNCE, Reason.REPUTATION),
    "DMARCPolicy": (Kind.BOUNCE, Reason.AUTH),
    "SMTPApiError": (Kind.BOUNCE, Reason.PROTOCOL),
    "DnsError": (Kind.BOUNCE, Reason.NO_ROUTE),
    "SoftBounce": (Kind.BOUNCE, None),
    "Unknown": (Kind.BOUNCE, None),
    "Transient": (Kind.DELAY, None),
    "AutoResponder": (Kind.AUTO_REPLY, None),
    "ChallengeVerification": (Kind.CHALLENGE, None),
    "SpamComplaint": (Kind.COMPLAINT, None),
    "Unsubscribe": (Kind.UNSUBSCRIBE, None),
}


def read_postmark(request: Request, keys: Keys, now: datetime) -> Answer:  # noqa: ARG001  it signs no time
    if turned := authorized(request, keys):
        return turned
    told = next(objects_in(document_in(request.body)), None)
    if told is None or not text_at(told, "RecordType"):
        return unread()
    event = _event(told)
    return Accepted(events=(event,) if event else ())


def _event(told: Object) -> Event | None:
    if text_at(told, "RecordType") == "SubscriptionChange":
        return _left(told)
    kind, hint = _TYPES.get(text_at(told, "Type"), (None, None))
    if kind is None or text_at(told, "RecordType") not in ("Bounce", "SpamComplaint"):
        return None
    said = Told(
        kind=kind,
        address=text_at(told, "Email"),
        text=text_at(told, "Details") or text_at(told, "Description"),
        hint=hint,
        own=all_texts(told.get("Metadata")),
        feedback_type="abuse" if kind is Kind.COMPLAINT else "",
    )
    return Event(id=text_at(told, "ID"), at=time_of(told.get("BouncedAt")), incoming=incoming_of(said))


def _left(told: Object) -> Event | None:
    """A reader who left or complained at Postmark's own page; it sends to that one no more."""
    kinds = {"SpamComplaint": Kind.COMPLAINT, "ManualSuppression": Kind.UNSUBSCRIBE}
    kind = kinds.get(text_at(told, "SuppressionReason"))
    if kind is None or told.get("SuppressSending") is not True or text_at(told, "Origin") == "Admin":
        return None
    said = Told(kind=kind, address=text_at(told, "Recipient"), own=all_texts(told.get("Metadata")))
    event_id = f"{text_at(told, 'MessageID')} {text_at(told, 'ChangedAt')}"
    return Event(id=event_id, at=time_of(told.get("ChangedAt")), incoming=incoming_of(said))
