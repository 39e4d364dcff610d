"""Which reason a reply has: one classifier for what is said while sending, and for returned letters.

Theory. Neither the code nor the status says enough: 550 is said of an address that nobody
has and of a sender taken for a spammer, 5.1.1 of a full mailbox, 5.7.1 of all there is. The
words do, but each program and provider has its own. So the words are looked at first
(`words`, `phrase`), by cases in the order in which they are believed (`order`); then a
status that means one thing, then words that are vague, then whatever the code is for
(`status`).

What no case fits is `unclear`, never guessed to be a mailbox that is gone.

Pure, and linear in the text. Known weakness: most words are English, with the commonest of
some other languages; new wordings of providers must be added as cases.
"""

from __future__ import annotations

from collections.abc import Collection

from publisher.mail.reason.case import Case
from publisher.mail.reason.meaning import gone_in, is_of_other
from publisher.mail.reason.order import LESS_SURE, SURE
from publisher.mail.reason.phrase import Phrases
from publisher.mail.reason.status import loose, trusted
from publisher.mail.reason.traffic import TIMES
from publisher.mail.reason.words import of_other, status_in, statuses_in, words_of
from publisher.model.reason import About, Reason

__all__ = ["of_sender", "reason_of", "sure_reason_of"]


def reason_of(*, code: int, enhanced: str, text: str) -> Reason:
    """Why something was refused: by a reply, or what a report tells of one.

    `code` is 0 and `enhanced` "" where they are not known.
    """
    whole = f"{enhanced} {text}" if text.startswith("- ") else text
    quoted = of_other(whole)
    if quoted != whole:  # what its teller puts before it is less
        text, enhanced = quoted, status_in(quoted) or enhanced
    status = enhanced or status_in(text)
    kind = (str(code) if code else status)[:1] or "5"
    words = words_of(text)
    reason = (
        _SURE.best_in(words, kind=kind, statuses={status, *statuses_in(text)})
        or trusted(status)
        or (gone_in(words, alone=True) if kind == "5" else None)
        or _less_sure(words, kind=kind, status=status)
        or loose(code, status)
    )
    return of_sender(reason) if _is_of_sender(words, status) else reason


def sure_reason_of(
    text: str, *, code: int = 0, with_times: bool = False, around: Collection[str] = ()
) -> Reason | None:
    """Why, in a text that says much else: only by words that can mean nothing else; None where there are none.

    What is vague is padding in a notice: each of them is "unable to deliver". `with_times`: that no answer came
    is believed, too. `around` are statuses that stand near it, where it has none of its own.
    """
    words, status = words_of(text), status_in(text)
    kind = (status or str(code or ""))[:1] or "5"
    statuses = {status, *statuses_in(text)} if status else {"", *around}
    reason = _SURE.best_in(words, kind=kind, statuses=statuses)
    if reason is None and kind == "5":
        reason = gone_in(words, alone=False)
    if reason is None and with_times:
        reason = _TIMES.best_in(words, kind=kind, statuses={status})
    return of_sender(reason) if reason and _is_of_sender(words, status) else reason


def _less_sure(words: tuple[str, ...], *, kind: str, status: str) -> Reason | None:
    reason = _LESS_SURE.best_in(words, kind=kind, statuses={status})
    return None if reason and reason.gone and is_of_other(words) else reason


def of_sender(reason: Reason) -> Reason:
    """What a reason means where MAIL was refused: no reader was named yet."""
    named = reason.about in (About.MAILBOX, About.DOMAIN) and reason is not Reason.NO_UTF8
    return Reason.BAD_SENDER if named else reason


def _is_of_sender(words: tuple[str, ...], status: str) -> bool:
    return status[1:] in _OF_SENDER or bool(_AT_MAIL.found_in(words))


class _Cases:
    """Cases in the order in which they are believed."""

    def __init__(self, cases: tuple[Case, ...]) -> None:
        self._of_rank = [case for case in cases for _ in case.phrases]
        self._phrases = Phrases(phrase for case in cases for phrase in case.phrases)

    def best_in(self, words: tuple[str, ...], *, kind: str, statuses: Collection[str]) -> Reason | None:
        for rank in sorted(self._phrases.found_in(words)):
            case = self._of_rank[rank]
            if case.may_be(kind=kind, statuses=statuses):
                return case.reason
        return None


_OF_SENDER = (".1.7", ".1.8")  # bad address of the sender: its form, its domain
# As Exim and Postfix report the command that was refused.
_AT_MAIL = Phrases(("after mail from", "in reply to mail from"))
_SURE = _Cases(SURE)
_LESS_SURE = _Cases(LESS_SURE)
_TIMES = _Cases(TIMES)
