"""Slots: only those that a reader can fill, their marks whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.letter.lint.finding import Finding, error
from publisher.model.letter import CLOSE, OPEN, Letter, Slot

_MARK = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_STRAY = re.compile(f"[{OPEN}{CLOSE}]")


def slot_findings(letter: Letter) -> Iterator[Finding]:
    for name, part in (("subject", letter.subject), ("HTML", letter.html), ("text", letter.text)):
        for slot in _MARK.findall(part):
            if slot not in set(Slot):
                yield error(f"the {name} has the slot {slot!r}, which no reader can fill; there are {', '.join(Slot)}")
        if _STRAY.search(_MARK.sub("", part)):
            yield error(
                f"the {name} has a broken slot mark (U+E000 or U+E001 stands alone); write {{{{ slot.name }}}}, "
                "{{ slot.email }} and so on in templates, and change nothing in what they give"
            )
