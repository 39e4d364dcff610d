"""The preheader: the line above, which a mailbox shows beside the subject.

It is the first that stands in the HTML, its links left out. One sentence that says more
than the subject; without it, mailboxes show whatever comes first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

from publisher.letter.lint.finding import Finding, quoted, warning
from publisher.letter.lint.origin import Origins
from publisher.letter.lint.page import Page, joined
from publisher.model.letter import CLOSE, OPEN

SHORTEST, LONGEST = 20, 150
_MARK = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_ENDS = ".!?…。！？؟।։۔።"
_CLOSING = "\"'»“”’)]』」"
_ENDLESS = ("th", "lo", "km", "my", "bo")  # languages that end sentences with a blank, or otherwise


def preheader_findings(page: Page, subject: str, origins: Origins, language: str) -> Iterator[Finding]:
    cure = f"print `preheader` at the top of {origins.html}"
    line = preheader_of(page)
    said = unicodedata.normalize("NFKC", _MARK.sub("x", line)).casefold()
    told = " ".join(unicodedata.normalize("NFKC", _MARK.sub("x", subject)).casefold().split())
    if not line:
        yield warning(f"the HTML has no line above, which a mailbox shows beside the subject; {cure}")
    elif told and said.rstrip(_ENDS) == told.rstrip(_ENDS):
        yield warning(f"the line above, {quoted(line)}, says the subject once more; {cure}")
    elif not _is_sentence(line, language):
        yield warning(
            f"the letter begins with {quoted(line)}, which is no sentence, and a mailbox shows it beside the "
            f"subject; {cure}"
        )
    elif not SHORTEST <= len(said) <= LONGEST:
        yield warning(
            f"the line above, {quoted(line)}, has {len(said)} characters; between {SHORTEST} and {LONGEST} are shown "
            f"well beside the subject; shorten what it names, or write another in {origins.html}"
        )


def preheader_of(page: Page) -> str:
    """The first paragraph, without its links; "" where there is none, or it is nothing but links."""
    runs = next((list(block) for _, block in groupby(page.runs, lambda run: run.block)), [])
    return " ".join(joined(run for run in runs if not run.in_link).split())


def _is_sentence(line: str, language: str) -> bool:
    if language.partition("-")[0].lower() in _ENDLESS:
        return True
    return line.rstrip(_CLOSING).endswith(tuple(_ENDS))
