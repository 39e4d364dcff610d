"""A provider that is none of the others, or a script of one's own: JSON of our own form, signed with a shared secret.

    POST, Content-Type: application/json
    X-Publisher-Timestamp: 1795478400
    X-Publisher-Signature: sha256=HEX      HMAC-SHA256(secret, timestamp + "." + body)

    [{"id": "e1", "event": "bounce", "recipient": "reader@mail.example", "time": 1795478399,
      "text": "550 5.1.1 no such user", "status": "5.1.1", "message_id": "<…>", "token": "…"}]

`event` is bounce, delay, complaint or unsubscribe; `recipient` and `id` are needed, the rest is as far as
it is known. Who sends again signs again: a signature is good for five minutes.

Standard: RFC 2104 (HMAC). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from publisher.bounce.webhooks.document import Object, all_texts, document_in, objects_in, text_at, time_of
from publisher.bounce.webhooks.event import Accepted, Answer, Event, Keys, Request, Told, Turned, in_window, incoming_of
from publisher.bounce.webhooks.proof import signed, too_large
from publisher.model.incoming import Kind

SIGNATURE = "x-publisher-signature"
TIMESTAMP = "x-publisher-timestamp"

_BACK = timedelta(minutes=5)
_EVENTS: Mapping[str, Kind] = {
    "bounce": Kind.BOUNCE,
    "delay": Kind.DELAY,
    "complaint": Kind.COMPLAINT,
    "unsubscribe": Kind.UNSUBSCRIBE,
}


def read_generic(request: Request, keys: Keys, now: datetime) -> Answer:
    if turned := too_large(request):
        return turned
    timestamp = request.headers.get(TIMESTAMP, "")
    signature = request.headers.get(SIGNATURE, "").removeprefix("sha256=")
    if not signed(signature, timestamp.encode() + b"." + request.body, keys.secrets):
        return Turned(status=403, problem="the signature is not made with our secret, or not of time, point and body")
    if not in_window(time_of(timestamp), now, back=_BACK):
        return Turned(status=403, problem="the request was signed more than five minutes ago, or a clock is wrong")
    told = list(objects_in(document_in(request.body)))
    wrong = next((problem for number, each in enumerate(told, start=1) if (problem := _wrong(number, each))), None)
    if not told or wrong:
        return Turned(status=400, problem=wrong or "there is no event; send a list of JSON objects")
    return Accepted(events=tuple(_event(each) for each in told))


def _wrong(number: int, told: Object) -> str:
    if text_at(told, "event") not in _EVENTS:
        return f"event {number} has no `event` that is one of {', '.join(_EVENTS)}"
    missing = [name for name in ("id", "recipient") if not text_at(told, name)]
    return f"event {number} has no `{missing[0]}`" if missing else ""


def _event(told: Object) -> Event:
    kind = _EVENTS[text_at(told, "event")]
    said = Told(
        kind=kind,
        address=text_at(told, "recipient"),
        text=text_at(told, "text"),
        status=text_at(told, "status"),
        message_id=text_at(told, "message_id"),
        sender=text_at(told, "return_path"),
        own=all_texts(told.get("token")),
        feedback_type="abuse" if kind is Kind.COMPLAINT else "",
    )
    return Event(id=text_at(told, "id"), at=time_of(told.get("time")), incoming=incoming_of(said))
