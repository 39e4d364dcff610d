"""What a message is that came in: the order in which the kinds are asked for.

A complaint and a report for machines say so by their type. Then come notices in words, then replies of
machines, for a notice of a bounce may call itself one; then those who leave by mail. What is left is a
person's.

Octets in, a value out: nothing raises, whatever is read.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from publisher.bounce.bounced import by_notice, by_report
from publisher.bounce.message import Message, letter_in, message_of
from publisher.bounce.ses import ses_notification
from publisher.mail.arf import feedback_in
from publisher.mail.automatic import is_automatic, is_challenge, is_generated
from publisher.mail.leaving import asks_to_leave, is_leaving
from publisher.mail.mailbox import mailboxes_in
from publisher.mail.parts import Apart
from publisher.mail.traces import traces_in
from publisher.model.incoming import Evidence, Incoming, Kind

_RECEIPT = "message/disposition-notification"  # RFC 8098
_OF_MACHINES = ("application/tlsrpt+gzip", "application/tlsrpt+json")  # RFC 8460


def read(octets: bytes, *, came_to: Sequence[str] = ()) -> Incoming:
    """What a message is; `came_to` are recipients of its envelope, where the one who took it knows them."""
    message = message_of(octets)
    told = _notification(message)
    if told:
        return told
    fields = message.apart.fields
    traces = traces_in(fields, message.returned, envelope_id="", came_to=came_to)
    found = (
        _complaint(message)
        or by_report(message)
        or by_notice(message, has_trace=bool(traces))
        or _receipt(message.apart)
        or _reply(message, came_to)
        or Incoming(kind=Kind.MESSAGE)
    )
    if found.envelope_id:
        traces = traces_in(fields, message.returned, envelope_id=found.envelope_id, came_to=came_to)
    return replace(
        found,
        traces=traces,
        returned=letter_in(message),
        sender=next(iter(mailboxes_in(fields.text("from"))), ""),
        subject=fields.text("subject"),
    )


def _notification(message: Message) -> Incoming | None:
    """Of a service that writes JSON into a mail."""
    part = next(message.apart.of_type("text/plain"), None)
    return ses_notification(part.text) if part and part.octets.lstrip()[:1] == b"{" else None


def _complaint(message: Message) -> Incoming | None:
    feedback = feedback_in(message.apart)
    if feedback is None:
        return None
    return Incoming(
        kind=Kind.COMPLAINT if feedback.is_complaint else Kind.REPORT,
        evidence=Evidence.REPORT if feedback.feedback_type else Evidence.FIELDS,
        complainers=(feedback.complainers or message.letter_to) if feedback.is_complaint else (),
        envelope_id=feedback.envelope_id,
        feedback_type=feedback.feedback_type,
    )


def _receipt(apart: Apart) -> Incoming | None:
    if next(apart.of_type(_RECEIPT), None):
        return Incoming(kind=Kind.DELIVERED, evidence=Evidence.REPORT)
    if apart.report_type == "tlsrpt" or next(apart.of_type(*_OF_MACHINES), None):
        return Incoming(kind=Kind.REPORT, evidence=Evidence.REPORT)
    subject = apart.fields.text("subject").lower()
    if "report domain:" in subject and "submitter:" in subject:  # RFC 7489 §7.2.1.1; some put a word of theirs before
        return Incoming(kind=Kind.REPORT, evidence=Evidence.FIELDS)
    return None


def _reply(message: Message, came_to: Sequence[str]) -> Incoming | None:
    fields = message.apart.fields
    if is_challenge(fields, message.lines):
        return Incoming(kind=Kind.CHALLENGE, evidence=Evidence.FIELDS)
    if asks_to_leave(fields, came_to):
        return Incoming(kind=Kind.UNSUBSCRIBE, evidence=Evidence.FIELDS)
    if is_automatic(fields):
        return Incoming(kind=Kind.AUTO_REPLY, evidence=Evidence.FIELDS)
    if is_leaving(message.apart):
        return Incoming(kind=Kind.UNSUBSCRIBE, evidence=Evidence.FIELDS)
    return Incoming(kind=Kind.AUTO_REPLY, evidence=Evidence.FIELDS) if is_generated(fields) else None
