"""The recipients that a bounce names, each with its reason: from the part for machines, or from the text.

What a server said stands in a report twice, for machines and for people; either may say more. So
the diagnostic is asked first, and the text of the notice where it says nothing. Of a notice alone,
only the lines about a recipient are asked before the whole of it: it is padded with words like
"this is a permanent error; I've given up", which mean nothing.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.mail.dsn import Action, Recipient
from publisher.mail.mailbox import same
from publisher.mail.notice.recipients import Named, Sureness
from publisher.mail.reason import reason_of, sure_reason_of
from publisher.mail.reason.status import trusted
from publisher.mail.reason.words import of_other, status_in, statuses_in
from publisher.model.incoming import Evidence, Failure
from publisher.model.reason import Reason

LONGEST_TEXT = 1_000  # characters of what a server said, kept

_CODE = re.compile(r"(?<![\d.:-])([45]\d\d)(?=[ \-\]);]|$)", re.MULTILINE)
_SUMMARY = re.compile(
    r"[\s>*|-]{0,20}(?:the )?(?:message |original )?(?:subject|betreff|objet|asunto|oggetto|тема|件名)\b", re.I
)
# What a notice writes in front of a server's reply.
_TELLS_REPLY = ("said", "says", "replied", "returned", "answered", "responded", "was", "response", "error", "reason")
# What stands behind it: the rest of Sendmail's transcript, qmail's farewell.
_BEHIND_REPLY = re.compile(r"\n\s*(?:\n|-----|<<<|>>>|Giving up on )")
_BEFORE_REPLY = " \t\n\r:\"'“”‘’`«<>|-"
_LONGEST_LEAD = 40  # characters

_VAGUE = (Reason.UNCLEAR, Reason.SYSTEM, Reason.PROTOCOL, Reason.BUSY, Reason.EXPIRED, Reason.POLICY)


def failure_in_report(recipient: Recipient, notice: str, *, names_it: bool) -> Failure:
    """Of a recipient of RFC 3464; `notice` is what the text beside it says of the same one (`names_it`), or in all."""
    text = of_other(recipient.diagnostic)
    code = _code_in(text)
    status = _best_status(recipient.status, text)
    reason = reason_of(code=code, enhanced=status, text=text)
    if notice and (reason is Reason.UNCLEAR or (names_it and (reason in _VAGUE or not (text or trusted(status))))):
        told = sure_reason_of(of_other(without_summary(notice)))
        reason, text = (told or reason, text or notice)
    return Failure(
        address=recipient.address,
        original="" if same(recipient.original, recipient.address) else recipient.original,
        reason=reason,
        lasting=recipient.action is not Action.DELAYED,
        code=code,
        status=status,
        text=" ".join(text[:LONGEST_TEXT].split()),
        evidence=Evidence.REPORT,
    )


def failure_in_notice(named: Named, notice: Sequence[str], *, lasting: bool) -> Failure:
    """Of somebody whom the lines of a notice name."""
    evidence = Evidence.NOTICE if named.sureness > Sureness.NAMED else Evidence.RETURNED
    return _told(
        named.address, named.original, words=(named.words, "\n".join(notice)), lasting=lasting, evidence=evidence
    )


def failure_of_returned(address: str, notice: Sequence[str], *, lasting: bool) -> Failure:
    """Of a letter that came back with a notice that names nobody: whom it was for."""
    return _told(address, "", words=("\n".join(notice),), lasting=lasting, evidence=Evidence.RETURNED)


def failure_of_nobody(notice: Sequence[str], *, lasting: bool) -> Failure:
    """Of a letter that a server tells of without naming anybody: the return address says whose it was."""
    return _told("", "", words=("\n".join(notice),), lasting=lasting, evidence=Evidence.NOTHING)


def _told(address: str, original: str, *, words: Sequence[str], lasting: bool, evidence: Evidence) -> Failure:
    text = of_other(words[0])
    code, status = _code_in(text), status_in(text)
    reason = sure_reason_of(text, code=code, with_times=True, around=statuses_in(words[-1])) or _of_reply(text)
    if reason is None and (code or status):
        reason = reason_of(code=code, enhanced=status, text=text)
    if reason is None or reason in (Reason.UNCLEAR, Reason.EXPIRED):
        others = (sure_reason_of(without_summary(other)) for other in words[1:])
        reason = next((other for other in others if other), reason or Reason.UNCLEAR)
    return Failure(
        address=address,
        original=original,
        reason=reason,
        lasting=lasting,
        code=code,
        status=status,
        text=" ".join(text[:LONGEST_TEXT].split()),
        evidence=evidence,
    )


def _of_reply(text: str) -> Reason | None:
    """By what a server answered, where a notice tells it word for word: what stands before that is padding."""
    for found in _CODE.finditer(text[:LONGEST_TEXT]):
        before = text[max(0, found.start() - _LONGEST_LEAD) : found.start()].casefold().rstrip(_BEFORE_REPLY)
        if before.endswith(_TELLS_REPLY):
            reply = _BEHIND_REPLY.split(text[found.start() :], maxsplit=1)[0]
            reason = reason_of(code=int(found[1]), enhanced=status_in(reply), text=reply)
            return None if reason in _VAGUE else reason
    return None


def without_summary(text: str) -> str:
    """Without what a notice repeats of our letter, whose subject may say anything, and of its way there."""
    return "\n".join(line for line in text.split("\n") if not _SUMMARY.match(line) and "may be forged" not in line)


def _code_in(text: str) -> int:
    found = _CODE.search(text[:LONGEST_TEXT])
    return int(found[1]) if found else 0


def _best_status(status: str, diagnostic: str) -> str:
    """The remote server's own, which the one who reports may have made less of."""
    said = status_in(diagnostic)
    return said if said and not said.endswith(".0.0") else status or said
