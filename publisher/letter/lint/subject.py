"""The subject: one line, not empty, not so long that nobody sees its end, and what it says it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.letter.lint.finding import Finding, error, quoted, warning
from publisher.letter.lint.origin import Origins
from publisher.model.letter import CLOSE, OPEN

LONGEST_SUBJECT = 120
_MARK = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_BREAK = re.compile("[\r\n\x00\u2028\u2029]")
_ANSWER = re.compile(r"(?:re|aw|fwd?|wg|tr|rv)\s*:", re.IGNORECASE)


def subject_findings(subject: str, origins: Origins) -> Iterator[Finding]:
    shown = _MARK.sub("x", subject).strip()
    if not shown:
        yield error("the subject is empty; set `subject` of the newsletter")
    if _BREAK.search(subject):
        yield error("the subject has more than one line; write it on one")
    if len(shown) > LONGEST_SUBJECT:
        yield warning(
            f"the subject has {len(shown)} characters, mailboxes show about 60; shorten `subject` of the newsletter, "
            "or write `{{ lead.title | truncate(60) }}`"
        )
    if _ANSWER.match(shown) and origins.find(shown) is None:
        yield warning(
            f"the subject {quoted(shown)} looks like an answer or a forwarded letter, which spam does to be opened; "
            "begin `subject` of the newsletter otherwise"
        )
