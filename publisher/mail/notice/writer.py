"""Whether a message in words alone is a notice that a letter did not arrive, or that it is late.

Weighed from who wrote it, its subject and its words; no one of them is enough, for people answer
notices, and write of them. Substrings of the first lines only.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.mail.mailbox import mailboxes_in
from publisher.mail.notice.signs import (
    DAEMON_NAMES,
    DAEMONS,
    DELAYS,
    FAILURES,
    GIVEN_UP,
    SUBJECTS,
)
from publisher.mail.parts import Fields

ENOUGH = 5

_LONGEST = 12_000  # characters of the words
_ANSWERS = ("re:", "aw:", "sv:", "antw:", "fw:", "fwd:", "wg:", "tr:", "rv:")


def weight_of(fields: Fields, lines: Sequence[str]) -> int:
    """How surely a mail server wrote of a letter it could not bring; `ENOUGH` is enough, 0 nothing at all."""
    subject = fields.text("subject").casefold()
    words = words_in(lines)
    if words.startswith("{"):  # made for programs, by a service that tells the same otherwise
        return 0
    of_failure = (
        (4, bool(fields.raw("x-failed-recipients"))),
        (2, any(said in subject for said in SUBJECTS)),
        (2, "report-type=delivery-status" in fields.raw("content-type").replace('"', "").lower()),
        (1, any(said in words for said in (*FAILURES, *DELAYS))),
    )
    if not any(is_so for _, is_so in of_failure):  # postmasters write of other things, too
        return 0
    signs = (
        *of_failure,
        (3, _is_daemon(fields)),
        (2, any(name in fields.text("from").casefold() for name in DAEMON_NAMES)),
        (1, fields.raw("return-path").upper() in ("<>", "<MAILER-DAEMON>")),
        (-4, subject.startswith(_ANSWERS)),
    )
    return max(0, sum(weight for weight, is_so in signs if is_so))


def is_of_server(fields: Fields) -> bool:
    """Whether a mail server wrote it, and no mailbox that answers by itself."""
    named = any(name in fields.text("from").casefold() for name in DAEMON_NAMES)
    return _is_daemon(fields) or named or bool(fields.raw("x-failed-recipients"))


def _is_daemon(fields: Fields) -> bool:
    sender = fields.text("from").casefold()
    local = next(iter(mailboxes_in(sender)), sender.strip(" <>\"'")).partition("@")[0]
    return local in DAEMONS or local.startswith(("postmaster", "mailer-daemon"))


def is_delay(fields: Fields, lines: Sequence[str]) -> bool:
    """Whether a notice says that it is tried on."""
    words = fields.text("subject").casefold() + "\n" + words_in(lines)
    late = any(said in words for said in DELAYS)
    return late and not any(said in words for said in GIVEN_UP)


def words_in(lines: Sequence[str]) -> str:
    """The lines as one text in small letters: sentences go on over their ends."""
    return " ".join(" ".join(lines).split())[:_LONGEST].casefold()
