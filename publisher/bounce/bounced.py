"""A message that says a letter did not arrive, or not yet: by a report for machines, or by a notice in words.

A notice is believed only of a program that carries mail, or under the subject of one where it names
somebody: else a reply that says "no such user any more" would be one.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from publisher.bounce.failures import failure_in_notice, failure_in_report, failure_of_nobody, failure_of_returned
from publisher.bounce.message import Message
from publisher.bounce.named import named_in, not_readers
from publisher.mail import dsn
from publisher.mail.automatic import is_automatic
from publisher.mail.mailbox import mailboxes_in
from publisher.mail.notice.writer import ENOUGH, is_delay, is_of_server, weight_of
from publisher.model.incoming import Evidence, Failure, Incoming, Kind
from publisher.model.reason import Reason


def by_report(message: Message) -> Incoming | None:
    """What a delivery status notification says; None: it is none, or says it of nobody."""
    texts = [part.text for part in message.apart.of_type(*dsn.MEDIA_TYPES)] or _in_the_text(message)
    reports = [dsn.delivery_status(text) for text in texts[:5]]
    recipients = _named([each for report in reports for each in report.recipients], message)
    if not recipients:
        return None
    failed = [each for each in recipients if each.action is dsn.Action.FAILED or _says_failed(each)]
    late = [each for each in recipients if each.action is dsn.Action.DELAYED]
    kind = Kind.BOUNCE if failed else Kind.DELAY if late else Kind.DELIVERED
    told = {each.address.casefold(): each.words for each in named_in(message)}
    return Incoming(
        kind=kind,
        evidence=Evidence.REPORT,
        failures=tuple(_of_report(each, told, message.lines) for each in failed or late),
        envelope_id=next((report.envelope_id for report in reports if report.envelope_id), ""),
    )


def _named(recipients: Sequence[dsn.Recipient], message: Message) -> list[dsn.Recipient]:
    """Those that are named; of a report that hides who it was, the one that the message names otherwise."""
    named = [each for each in recipients if each.address or each.original]
    hidden = [each for each in recipients if each.action or each.status]
    if named or len(hidden) != 1 or not is_of_server(message.apart.fields):
        return named[: dsn.MOST_RECIPIENTS]
    told = mailboxes_in(" ".join(message.apart.fields.each("x-failed-recipients")))
    others = told or tuple(each.address for each in named_in(message)) or message.letter_to
    return [replace(hidden[0], address=others[0] if len(others) == 1 else "")]


def by_notice(message: Message, *, has_trace: bool) -> Incoming | None:
    """What a notice in words says; None: it is none. `has_trace`: something in it looks like a token of ours."""
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
    if not has_trace and not message.returned.all and all(_says_nothing(each, message) for each in failures):
        return None
    return Incoming(kind=Kind.BOUNCE if lasting else Kind.DELAY, evidence=failures[0].evidence, failures=failures)


def _says_nothing(failure: Failure, message: Message) -> bool:
    """Neither of whom nor why, as mails that only pretend to be notices, for a link in them to be followed."""
    has_reason = failure.reason is not Reason.UNCLEAR or failure.code or failure.status
    return not has_reason and (not failure.address or failure.address.casefold() in not_readers(message))


def _of_report(recipient: dsn.Recipient, told: Mapping[str, str], lines: Sequence[str]) -> Failure:
    """With what the text says of this recipient; with all of it, where it does not name this one."""
    each = (told.get(address.casefold(), "") for address in (recipient.address, recipient.original))
    words = next(filter(None, each), "")
    return failure_in_report(recipient, words or "\n".join(lines), names_it=bool(words))


def _says_failed(recipient: dsn.Recipient) -> bool:
    return recipient.action is None and not recipient.status.startswith("2")


def _in_the_text(message: Message) -> list[str]:
    """Some programs write the part for machines into the one for people; people quote it, too."""
    lines = message.lines
    if weight_of(message.apart.fields, lines) < ENOUGH - 1:
        return []
    start = next((number for number, line in enumerate(lines) if line.lower().startswith("final-recipient:")), None)
    return [] if start is None else ["\n".join(lines[max(0, start - 5) :])]


def _failures(message: Message, *, lasting: bool) -> tuple[Failure, ...]:
    fields, lines = message.apart.fields, message.lines
    letter_to = message.letter_to
    told = mailboxes_in(" ".join(fields.each("x-failed-recipients")))
    named = named_in(message, (*told, *letter_to))
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
