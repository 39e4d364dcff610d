"""What a message is that came in: the order in which the kinds are asked for.

A complaint and a report for machines say so by their type. A notice in words is believed only of
a program that carries mail, or under a subject of such, and where it names somebody or returns a
letter; else a reply that says "no such user any more" would be one. Then replies of machines, then
those who leave by mail. What is left is a person's.

Octets in, a value out: nothing raises, whatever is read.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from publisher.bounce.failures import failure_in_notice, failure_in_report, failure_of_nobody, failure_of_returned
from publisher.bounce.ses import ses_notification
from publisher.mail import dsn
from publisher.mail.arf import MEDIA_TYPE as ARF_MEDIA_TYPE
from publisher.mail.arf import feedback_in
from publisher.mail.automatic import is_automatic, is_challenge, is_generated
from publisher.mail.leaving import asks_to_leave, is_leaving
from publisher.mail.mailbox import mailboxes_in
from publisher.mail.notice.ending import notice_in
from publisher.mail.notice.recipients import Named, Sureness, recipients_in
from publisher.mail.notice.writer import ENOUGH, is_delay, is_of_server, weight_of
from publisher.mail.parts import Apart, Fields, fields_in, take_apart
from publisher.mail.traces import traces_in
from publisher.model.incoming import Evidence, Failure, Incoming, Kind, Returned

_RETURNED = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "text/rfc822",
    "message/global-headers",
    "message/partial",
    "message/news",
)
_RECEIPT = "message/disposition-notification"  # RFC 8098
_OF_MACHINES = ("application/tlsrpt+gzip", "application/tlsrpt+json")  # RFC 8460
_ADDRESSES_OF_OTHERS = ("to", "delivered-to", "x-original-to", "return-path", "from", "reply-to", "errors-to")
_WRITERS = ("from", "sender", "return-path", "reply-to", "errors-to")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """A message in what is asked for."""

    apart: Apart
    lines: tuple[str, ...]  # of the notice
    below: tuple[str, ...]  # what stands below that, in the same text
    returned: Fields  # the header of the letter that came back

    @property
    def letter_to(self) -> tuple[str, ...]:
        return mailboxes_in(" ".join((self.returned.text("x-original-to"), self.returned.text("to"))))


def read(octets: bytes, *, came_to: Sequence[str] = ()) -> Incoming:
    """What a message is; `came_to` are recipients of its envelope, where the one who took it knows them."""
    message = _unwrapped(_message(take_apart(octets)))
    told = _notification(message)
    if told:
        return told
    found = (
        _complaint(message)
        or _report(message)
        or _notice(message)
        or _receipt(message.apart)
        or _reply(message)
        or Incoming(kind=Kind.MESSAGE)
    )
    fields = message.apart.fields
    return replace(
        found,
        traces=traces_in(fields, message.returned, envelope_id=found.envelope_id, came_to=came_to),
        returned=_letter(message),
        sender=next(iter(mailboxes_in(fields.text("from"))), ""),
        subject=fields.text("subject"),
    )


def _message(apart: Apart) -> _Message:
    texts = [part.text for part in apart.of_type("text/plain")] or [part.text for part in apart.of_type("text/html")]
    notice = notice_in("\n".join(texts[:3]))
    back = next(apart.of_type(*_RETURNED), None)
    inner = fields_in(back.text.lstrip("\n").partition("\n\n")[0]) if back else Fields(())
    below = notice.below if inner.all or not notice.returned.raw("to") else ()
    return _Message(apart=apart, lines=notice.lines, below=below, returned=inner if inner.all else notice.returned)


def _unwrapped(message: _Message) -> _Message:
    """The notice itself, where a gateway or a list passed it on as a whole."""
    wrapped = next(message.apart.of_type("message/rfc822"), None)
    if not wrapped or "report-type" not in message.returned.raw("content-type").lower():
        return message
    if next(message.apart.of_type(*dsn.MEDIA_TYPES, ARF_MEDIA_TYPE), None):
        return message
    inner = take_apart(wrapped.octets)
    return _message(
        Apart(
            fields=_both(message.apart, inner),
            media_type=inner.media_type,
            report_type=inner.report_type,
            parts=inner.parts,
        )
    )


def _both(outer: Apart, inner: Apart) -> Fields:
    """The fields of the notice; of the message around it, those that say where it came to."""
    return Fields((*inner.fields.all, *(field for field in outer.fields.all if field[0] in _ADDRESSES_OF_OTHERS)))


def _notification(message: _Message) -> Incoming | None:
    """Of a service that writes JSON into a mail."""
    part = next(message.apart.of_type("text/plain"), None)
    return ses_notification(part.text) if part and part.octets.lstrip()[:1] == b"{" else None


def _complaint(message: _Message) -> Incoming | None:
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


def _report(message: _Message) -> Incoming | None:
    """A delivery status notification; what is no such, but for machines."""
    texts = [part.text for part in message.apart.of_type(*dsn.MEDIA_TYPES)] or _in_the_text(message.lines)
    reports = [dsn.delivery_status(text) for text in texts[:5]]
    recipients = [each for report in reports for each in report.recipients if each.address or each.original]
    if not recipients:
        return None
    failed = [each for each in recipients if each.action is dsn.Action.FAILED or _says_failed(each)]
    late = [each for each in recipients if each.action is dsn.Action.DELAYED]
    kind = Kind.BOUNCE if failed else Kind.DELAY if late else Kind.DELIVERED
    told = {each.address.casefold(): each.words for each in _named(message)}
    return Incoming(
        kind=kind,
        evidence=Evidence.REPORT,
        failures=tuple(_of_report(each, told, message.lines) for each in failed or late),
        envelope_id=next((report.envelope_id for report in reports if report.envelope_id), ""),
    )


def _of_report(recipient: dsn.Recipient, told: Mapping[str, str], lines: Sequence[str]) -> Failure:
    """With what the text says of this recipient; with all of it, where it does not name this one."""
    each = (told.get(address.casefold(), "") for address in (recipient.address, recipient.original))
    words = next(filter(None, each), "")
    return failure_in_report(recipient, words or "\n".join(lines), names_it=bool(words))


def _says_failed(recipient: dsn.Recipient) -> bool:
    return recipient.action is None and not recipient.status.startswith("2")


def _in_the_text(lines: Sequence[str]) -> list[str]:
    """Some programs write the part for machines into the one for people."""
    start = next((number for number, line in enumerate(lines) if line.lower().startswith("final-recipient:")), None)
    return [] if start is None else ["\n".join(lines[max(0, start - 5) :])]


def _receipt(apart: Apart) -> Incoming | None:
    if next(apart.of_type(_RECEIPT), None):
        return Incoming(kind=Kind.DELIVERED, evidence=Evidence.REPORT)
    if apart.report_type == "tlsrpt" or next(apart.of_type(*_OF_MACHINES), None):
        return Incoming(kind=Kind.REPORT, evidence=Evidence.REPORT)
    subject = apart.fields.text("subject").lower()
    if subject.startswith("report domain:") and "submitter:" in subject:  # RFC 7489 §7.2.1.1
        return Incoming(kind=Kind.REPORT, evidence=Evidence.FIELDS)
    return None


def _notice(message: _Message) -> Incoming | None:
    fields, lines = message.apart.fields, message.lines
    lasting = not is_delay(fields, lines)
    weight = weight_of(fields, lines)
    if not weight:
        return None
    failures = _failures(message, lasting=lasting)
    weight += 2 * any(each.evidence is Evidence.NOTICE for each in failures) + bool(message.returned.all)
    if weight < ENOUGH or not (is_of_server(fields) or (failures and not is_automatic(fields))):
        return None
    failures = failures or (failure_of_nobody(lines, lasting=lasting),)
    return Incoming(kind=Kind.BOUNCE if lasting else Kind.DELAY, evidence=failures[0].evidence, failures=failures)


def _failures(message: _Message, *, lasting: bool) -> tuple[Failure, ...]:
    fields, lines = message.apart.fields, message.lines
    letter_to = message.letter_to
    told = mailboxes_in(" ".join(fields.each("x-failed-recipients")))
    named = _named(message, (*told, *letter_to))
    if told:
        of_told = {each.address.casefold(): each for each in named}
        known = [of_told.get(address.casefold()) for address in told]
        if all(known):
            named = tuple(each for each in known if each)
        else:
            return tuple(failure_of_returned(address, lines, lasting=lasting) for address in told)
    if named:
        return tuple(failure_in_notice(each, lines, lasting=lasting) for each in named)
    return tuple(failure_of_returned(address, lines, lasting=lasting) for address in letter_to[:1])


def _writers(message: _Message) -> frozenset[str]:
    """Who wrote the notice only: a letter to oneself can come back, too."""
    fields = message.apart.fields
    return frozenset(address.casefold() for address in mailboxes_in(fields.text("from") + " " + fields.raw("sender")))


def _named(message: _Message, letter_to: Sequence[str] = ()) -> tuple[Named, ...]:
    """Whom the words name: those above what sums the letter up, or below it; last, we ourselves."""
    others = _not_these(message)
    named = recipients_in(message.lines, not_these=others, letter_to=letter_to)
    if not named and message.below:
        named = _in_own_lines(recipients_in(message.below, not_these=others))
    return named or _in_own_lines(recipients_in(message.lines, not_these=_writers(message), letter_to=letter_to))


def _in_own_lines(named: tuple[Named, ...]) -> tuple[Named, ...]:
    return tuple(each for each in named if each.sureness is Sureness.OWN_LINE)


def _not_these(message: _Message) -> frozenset[str]:
    """Who wrote the notice, and who wrote the letter: both are named in it."""
    fields, returned = message.apart.fields, message.returned
    values = [value for name in _ADDRESSES_OF_OTHERS for value in fields.each(name)]
    values += [value for name in _WRITERS for value in returned.each(name)]
    wanted = {address.casefold() for address in message.letter_to}
    return frozenset(address.casefold() for address in mailboxes_in(" ".join(values))) - wanted


def _reply(message: _Message) -> Incoming | None:
    fields = message.apart.fields
    if is_challenge(fields, message.lines):
        return Incoming(kind=Kind.CHALLENGE, evidence=Evidence.FIELDS)
    if asks_to_leave(fields):
        return Incoming(kind=Kind.UNSUBSCRIBE, evidence=Evidence.FIELDS)
    if is_automatic(fields):
        return Incoming(kind=Kind.AUTO_REPLY, evidence=Evidence.FIELDS)
    if is_leaving(message.apart):
        return Incoming(kind=Kind.UNSUBSCRIBE, evidence=Evidence.FIELDS)
    return Incoming(kind=Kind.AUTO_REPLY, evidence=Evidence.FIELDS) if is_generated(fields) else None


def _letter(message: _Message) -> Returned:
    returned = message.returned
    return Returned(
        message_id=returned.raw("message-id").strip("<> "),
        to=message.letter_to,
        sender=next(iter(mailboxes_in(returned.text("from"))), ""),
        subject=returned.text("subject"),
        list_id=returned.raw("list-id"),
    )
