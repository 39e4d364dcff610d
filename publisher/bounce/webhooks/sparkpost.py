"""SparkPost: a JSON list of events, proved by HTTP's basic authentication or a token; nothing is signed.

Documentation: "Webhooks", "Bounce classification codes". `rcpt_meta` gives back values of ours, and
`msg_from` the return address where it is ours. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from publisher.bounce.webhooks.document import Object, all_texts, document_in, object_at, objects_in, text_at, time_of
from publisher.bounce.webhooks.event import Accepted, Answer, Event, Keys, Request, Told, incoming_of
from publisher.bounce.webhooks.proof import authorized, unread
from publisher.model.incoming import Kind
from publisher.model.reason import Reason

_TYPES: Mapping[str, Kind] = {
    "bounce": Kind.BOUNCE,
    "out_of_band": Kind.BOUNCE,
    "delay": Kind.DELAY,
    "policy_rejection": Kind.BOUNCE,
    "spam_complaint": Kind.COMPLAINT,
    "list_unsubscribe": Kind.UNSUBSCRIBE,
    "link_unsubscribe": Kind.UNSUBSCRIBE,
}
_CLASSES: Mapping[str, tuple[Kind, Reason | None]] = {
    "10": (Kind.BOUNCE, Reason.USER_UNKNOWN),
    "20": (Kind.BOUNCE, None),
    "21": (Kind.BOUNCE, Reason.NO_ROUTE),
    "22": (Kind.BOUNCE, Reason.MAILBOX_FULL),
    "23": (Kind.BOUNCE, Reason.TOO_LARGE),
    "24": (Kind.BOUNCE, Reason.EXPIRED),
    "25": (Kind.BOUNCE, Reason.POLICY),
    "30": (Kind.BOUNCE, None),
    "40": (Kind.BOUNCE, None),
    "50": (Kind.BOUNCE, Reason.REPUTATION),
    "51": (Kind.BOUNCE, Reason.REPUTATION),
    "52": (Kind.BOUNCE, Reason.SPAM),
    "53": (Kind.BOUNCE, Reason.CONTENT),
    "54": (Kind.BOUNCE, Reason.RELAY_DENIED),
    "60": (Kind.AUTO_REPLY, None),
    "70": (Kind.DELAY, None),
    "90": (Kind.UNSUBSCRIBE, None),
    "100": (Kind.CHALLENGE, None),
}


def read_sparkpost(request: Request, keys: Keys, now: datetime) -> Answer:  # noqa: ARG001  it signs no time
    if turned := authorized(request, keys):
        return turned
    document = document_in(request.body)
    if not isinstance(document, list):
        return unread()
    events = (event for each in objects_in(document) for event in _events(object_at(each, "msys")))
    return Accepted(events=tuple(events))


def _events(system: Object) -> list[Event]:
    """The event stands below a name of its class: message_event, unsubscribe_event; a test has none."""
    told = (object_at(system, name) for name in system)
    return [event for each in told if each and (event := _event(each))]


def _event(told: Object) -> Event | None:
    kind, hint = _TYPES.get(text_at(told, "type")), None
    if kind is Kind.BOUNCE:
        kind, hint = _CLASSES.get(text_at(told, "bounce_class"), (kind, None))
    if kind is None:
        return None
    said = Told(
        kind=kind,
        address=text_at(told, "raw_rcpt_to") or text_at(told, "rcpt_to"),
        text=text_at(told, "raw_reason") or text_at(told, "reason"),
        hint=hint,
        sender=text_at(told, "msg_from"),
        own=all_texts(told.get("rcpt_meta")),
        feedback_type=text_at(told, "fbtype"),
    )
    return Event(id=text_at(told, "event_id"), at=time_of(told.get("timestamp")), incoming=incoming_of(said))
