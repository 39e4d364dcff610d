"""Words of servers and errors for whoever may see no reader: without the addresses that they quote. Pure."""

from __future__ import annotations

import re

HIDDEN = "…@…"
_WORD = re.compile(r"[^\s<>(),;:=]+")


def unnamed(words: str) -> str:
    """All that may be an address is hidden; of ours, too: which is whose, cannot be seen by it."""
    return _WORD.sub(lambda word: HIDDEN if "@" in word[0] else word[0], words)
