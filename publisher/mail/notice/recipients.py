"""Who did not get a letter, by the lines of a notice, and what it says of each.

Programs differ in their words, but hardly in how they name somebody: in a line of its own, first
in a line, behind "to:" or in angle brackets, with what was said in the same line or those below. So
each address is judged by its place in its line, and the surest places are believed. Whoever wrote
the notice, and we ourselves, are named in it as well and are never among them.

Pure, and linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from publisher.mail.listed import listed
from publisher.mail.mailbox import mailboxes_in
from publisher.mail.notice.signs import FAILURES

MOST_RECIPIENTS = 50
MOST_LINES_OF_REASON = 14

_BULLETS = " \t*-+•·>|:=#.\u3000"
_NUMBERED = re.compile(r"\(?\d{1,3}[.)]\s+")
_LABELS = listed(
    """
    rcpt to: | rcpt: | to: | mail to: | recipient: | recipients: | recipient address: | recipient's address:
    failed recipient: | failed recipients: | failed address: | final-recipient: | original-recipient:
    invalid recipient: | intended recipient: | for recipient: | address: | original address: | addressee: | user:
    mailbox: | email address: | e-mail address: | email: | account: | unknown user: | user unknown: | no such user:
    unknown local user: | undeliverable to | undeliverable to: | undeliverable address: | not deliverable to
    over quota: | mailbox full: | failed to deliver to | could not deliver to | could not deliver message to:
    could not deliver mail to | could not be delivered to: | couldn't deliver to | cannot deliver to
    unable to deliver to | unable to deliver message to | unable to deliver message to:
    unable to deliver mail to | delivery to | delivery failed: | delivery failed to | delivery failed for
    delivery failed for the following recipient: | bounce for | bad address: | bad recipient: | invalid address:
    invalid final delivery userid: | message to | your message to | the message to | your mail to | mail to
    message for | your message for | mail for | was not delivered to: | was not delivered to | not delivered to:
    did not reach the following recipient(s): | empfänger: | an: | empfängeradresse: | destinataire:
    destinataire : | à: | destinatario: | para: | destinatário: | destinatari: | a: | ontvanger: | aan:
    odbiorca: | получатель: | кому: | адресат: | адрес: | 宛先: | 宛先： | 收件人: | 收件人： | 收件者:
    받는사람: | 수신자:
    """
)
_FROM_LABELS = ("from:", "sender:", "reply-to:", "mail from:", "return-path:", "cc:", "by:", "message-id:", "von:")
_OF_LETTER = ("to:", "an:", "à:", "à :", "para:", "a:")
_WENT_ON = ("generated from", "originally addressed to", "originally to", "expanded from", "forwarded from", "reason:")
_OF_MACHINES = listed(
    """
    postmaster | mailer-daemon | abuse | support | helpdesk | webmaster | hostmaster | admin | removeme | unblock
    delist | contact | info-spam
    """
)
_OF_SUMMARY = ("subject:", "sent:", "date:", "cc:", "betreff:", "gesendet:", "objet :", "objet:", "asunto:", "oggetto:")
_TRANSCRIPT = re.compile(r"[45]\d\d[ -]")  # a line of Sendmail's, each of which is whole
# As archives of mailing lists and some web pages write an address; a line that only speaks of a host is not meant.
_SPELT_OUT = re.compile(
    r"<([\w.+=-]{1,64}) at ((?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})>"
    r"|^\s*([\w.+=-]{1,64}) at ((?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})\s{0,8}:?\s*$"
)
_REPLY = re.compile(r"(?<![\d.#:])[45]\d\d[ -]|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")


class Sureness(IntEnum):
    """How surely a line names who did not get the letter."""

    NAMED = 1  # it stands somewhere in the text
    IN_A_SENTENCE = 2  # with words that say what happened
    OWN_LINE = 3  # first in its line, or behind a word that says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An address in a notice."""

    address: str
    original: str = ""  # that was forwarded to it
    sureness: Sureness
    words: str  # what is said of it: the rest of its line, and the lines below


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    line: int
    address: str
    sureness: Sureness


def recipients_in(
    lines: Sequence[str], *, not_these: frozenset[str], letter_to: Sequence[str] = ()
) -> tuple[Named, ...]:
    """Who did not get the letter; the surest only.

    `not_these` are addresses of other people in small letters, `letter_to` those that the letter itself names.
    """
    seen, originals = _seen(lines, not_these)
    if not seen and any(" at " in line for line in lines):
        lines = [_SPELT_OUT.sub(_joined, line) for line in lines]
        seen, originals = _seen(lines, not_these)
    wanted = {address.casefold() for address in letter_to}
    best = max((each.sureness for each in seen), default=None)
    if best is Sureness.NAMED:
        told = [each for each in seen if each.address.casefold() in wanted]
        people = [each for each in seen if not each.address.casefold().startswith(_OF_MACHINES)]
        chosen = told[:1] or people[:1]
    elif best is Sureness.IN_A_SENTENCE:
        told = [each for each in seen if each.sureness is best and each.address.casefold() in wanted]
        chosen = told or [each for each in seen if each.sureness is best]
    else:
        chosen = [each for each in seen if each.sureness is best]
    return _with_words(lines, _each_once(chosen)[:MOST_RECIPIENTS], originals)


def _joined(found: re.Match[str]) -> str:
    return f"<{found[1] or found[3]}@{found[2] or found[4]}>:"


def _seen(lines: Sequence[str], not_these: frozenset[str]) -> tuple[list[_Seen], dict[int, str]]:
    """Addresses by line, and those that a line says another one was forwarded from."""
    seen: list[_Seen] = []
    originals: dict[int, str] = {}
    for number, line in enumerate(lines):
        if "@" not in line:
            continue
        addresses = [each for each in mailboxes_in(line) if each.casefold() not in not_these]
        lower = line.casefold()
        if any(words in lower for words in _WENT_ON[:-1]) and seen and addresses:
            before = [each for each in addresses if each != seen[-1].address]
            originals[seen[-1].line] = before[-1] if before else ""
            addresses = [each for each in addresses if lower.index(each.casefold()) < _first_of(lower, _WENT_ON)]
        bare = _NUMBERED.sub("", line.strip(_BULLETS), count=1).casefold().lstrip(_BULLETS)
        bare = _REPLY.sub("", bare, count=1).lstrip(_BULLETS) if bare[:1] in "45" else bare
        if bare.startswith(_FROM_LABELS) or "mail from:" in bare:
            continue
        in_summary = bare.startswith(_OF_LETTER) and _summary(lines, number)
        goes_on = bool(seen) and _goes_on(lines, seen[-1].line, number)
        for place, address in enumerate(addresses):
            if _is_writer(bare, address):
                continue
            sureness = Sureness.NAMED if in_summary or goes_on else _sureness(bare, address, place)
            seen.append(_Seen(line=number, address=address, sureness=sureness))
    return seen, originals


def _sureness(bare: str, address: str, place: int) -> Sureness:
    at = bare.find(address.casefold())
    before = bare[:at].rstrip("<\"'([{`“‘「 \t").rstrip() if at >= 0 else bare
    if before.endswith("smtp="):  # behind an address of X.400
        return Sureness.OWN_LINE
    if not before and not place:
        return Sureness.OWN_LINE
    if before.endswith((*_LABELS, "rcpt to:", "rcpt to")) and (before in _LABELS or before.endswith((":", "："))):
        return Sureness.OWN_LINE
    if any(words in bare for words in FAILURES) or _REPLY.search(bare) or before.endswith(" to"):
        return Sureness.IN_A_SENTENCE
    return Sureness.NAMED


def _is_writer(bare: str, address: str) -> bool:
    """Whether the words before an address say that the letter came from it."""
    before = bare[: max(0, bare.find(address.casefold()))].rstrip("<\"'([{ ")
    if before.endswith(_WENT_ON):
        return False
    return before.endswith((" from", " from:", "mail from:", " von", " de la part de"))


def _summary(lines: Sequence[str], number: int) -> bool:
    """Whether a line stands among those that sum the letter up: whom it was for, not whom it did not reach."""
    around = (*lines[max(0, number - 2) : number], *lines[number + 1 : number + 3])
    return any(line.strip(_BULLETS).casefold().startswith(_OF_SUMMARY) for line in around)


def _goes_on(lines: Sequence[str], start: int, number: int) -> bool:
    """Whether a line is what was said of the recipient in an earlier one, as Postfix folds it: further in, no gap."""
    line, first = lines[number], lines[start]
    if number - start > MOST_LINES_OF_REASON or ">: " not in first or first[:1].isspace() or not line[:1].isspace():
        return False
    return all(each[:1].isspace() and each.strip() for each in lines[start + 1 : number])


def _first_of(text: str, words: Sequence[str]) -> int:
    return min((text.index(each) for each in words if each in text), default=len(text))


def _each_once(seen: list[_Seen]) -> list[_Seen]:
    """One for each address: the last that has words below it, mostly the transcript's; else the first."""
    known: dict[str, _Seen] = {}
    for each in seen:
        known.setdefault(each.address.casefold(), each)
    return list(known.values())


def _with_words(lines: Sequence[str], chosen: list[_Seen], originals: dict[int, str]) -> tuple[Named, ...]:
    starts = sorted(each.line for each in chosen)
    named: list[Named] = []
    for each in chosen:
        later = [line for line in starts if line > each.line]
        end = min([*later[:1], each.line + MOST_LINES_OF_REASON, len(lines)])
        if _TRANSCRIPT.match(lines[each.line]):
            end = next((line for line in range(each.line + 1, end) if _TRANSCRIPT.match(lines[line])), end)
        named.append(
            Named(
                address=each.address,
                original=originals.get(each.line) or originals.get(each.line + 1, ""),
                sureness=each.sureness,
                words="\n".join(line.strip() for line in lines[each.line : end]).strip(),
            )
        )
    return tuple(named)
