"""The subject: one line, not empty, not so long that nobody sees its end, and what it says it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.letter.lint.finding import Finding, error, quoted, warning
from publisher.letter.lint.origin import Origins
from publisher.model.letter import CLOSE, OPEN

LONGEST_SUBJECT = 120
_SHORTENED = "`{{ lead.title | truncate(60) }}`"
_MARK = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_BREAK = re.compile("[\r\n\x00\u2028\u2029]")
_ANSWER = re.compile(r"(?:re|aw|fwd?|wg|tr|rv)\s*:", re.IGNORECASE)


def subject_findings(subject: str, origins: Origins) -> Iterator[Finding]:
    shown = _MARK.sub("x", subject).strip()
    if not shown:
        yield error(f"the subject is empty; set `{origins.newsletter}.subject`")
    if _BREAK.search(subject):
        yield error(f"the subject has more than one line; write `{origins.newsletter}.subject` so that it has one")
    if len(shown) > LONGEST_SUBJECT:
        yield warning(
            f"the subject has {len(shown)} characters, and mailboxes show about 60; shorten it in "
            f"`{origins.newsletter}.subject`, for instance by {_SHORTENED}"
        )
    if _ANSWER.match(shown) and origins.find(shown) is None:
        yield warning(
            f"the subject {quoted(shown)} looks like an answer or a forwarded letter, which spam does to be opened; "
            f"begin `{origins.newsletter}.subject` otherwise"
        )
