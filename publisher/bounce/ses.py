"""Amazon SES notifications: JSON, which a mailbox or a webhook gets in place of the report itself.

`notificationType` (or `eventType`) Bounce, Complaint, Delivery, DeliveryDelay; the same whether it came
by HTTP or as the text of a mail. The header of our letter is in it where SES was told to include it,
and its return address always is, so that a token of ours names the letter either way.

Not here: whether it comes from Amazon; a mail that says so proves nothing, a webhook is signed.

Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from publisher.bounce.failures import failure_in_report
from publisher.mail.dsn import Action, Recipient, delivery_status
from publisher.mail.parts import Fields
from publisher.mail.traces import traces_in
from publisher.model.incoming import Evidence, Incoming, Kind, Returned

LONGEST_CHARACTERS = 300_000  # SES ends at 256 KB

_KINDS = {
    "Bounce": Kind.BOUNCE,
    "Complaint": Kind.COMPLAINT,
    "Delivery": Kind.DELIVERED,
    "DeliveryDelay": Kind.DELAY,
}
_LISTS = {
    Kind.BOUNCE: ("bounce", "bouncedRecipients"),
    Kind.COMPLAINT: ("complaint", "complainedRecipients"),
    Kind.DELAY: ("deliveryDelay", "delayedRecipients"),
}
_Object = Mapping[str, object]


def ses_notification(text: str) -> Incoming | None:
    """What a notification says; None where the text does not begin with one."""
    try:
        # Not strict: mail breaks lines of a thousand characters, in the midst of a word.
        document, _ = json.JSONDecoder(strict=False).raw_decode(text[:LONGEST_CHARACTERS].lstrip())
    except (ValueError, RecursionError):
        return None
    document = _object(document)
    kind = _KINDS.get(_text(document, "notificationType") or _text(document, "eventType"))
    return None if kind is None else _incoming(kind, document)


def _incoming(kind: Kind, document: _Object) -> Incoming:
    name, list_name = _LISTS.get(kind, ("", ""))
    told = _object(document.get(name))
    mail = _object(document.get("mail"))
    header = _header(mail)
    recipients = [_object(each) for each in _list(told, list_name)]
    lasting = _text(told, "bounceType") != "Transient" and kind is Kind.BOUNCE
    failures = tuple(_recipient(each, lasting=lasting) for each in recipients) if kind is not Kind.COMPLAINT else ()
    return Incoming(
        kind=Kind.DELAY if kind is Kind.BOUNCE and not lasting else kind,
        evidence=Evidence.REPORT,
        failures=tuple(failure_in_report(each, "", names_it=False) for each in failures),
        complainers=tuple(_text(each, "emailAddress") for each in recipients) if kind is Kind.COMPLAINT else (),
        feedback_type=_text(told, "complaintFeedbackType"),
        traces=traces_in(Fields(()), header, envelope_id="", came_to=()),
        returned=Returned(message_id=header.raw("message-id").strip("<> "), subject=header.text("subject")),
    )


def _recipient(recipient: _Object, *, lasting: bool) -> Recipient:
    """One of them, read as a report of RFC 3464 would be: SES copies its fields."""
    diagnostic = " ".join(_text(recipient, "diagnosticCode").split())
    fields = {
        "Final-Recipient": f"rfc822; {_text(recipient, 'emailAddress')}",
        "Action": Action.FAILED if lasting else Action.DELAYED,
        "Status": _text(recipient, "status"),
        "Diagnostic-Code": diagnostic,
    }
    lines = (f"{name}: {' '.join(value.split())}" for name, value in fields.items())
    return delivery_status("\n".join(lines)).recipients[0]


def _header(mail: _Object) -> Fields:
    """The header of our letter, and its return address."""
    pairs = [(_text(each, "name").lower(), _text(each, "value")) for each in map(_object, _list(mail, "headers"))]
    return Fields((("return-path", _text(mail, "source")), *pairs))


def _object(value: object) -> _Object:
    return cast("_Object", value) if isinstance(value, dict) else {}


def _list(of: _Object, name: str) -> Sequence[object]:
    value = of.get(name)
    return value[:100] if isinstance(value, list) else ()


def _text(of: _Object, name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""
