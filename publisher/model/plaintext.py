"""Plain text that a source let markup slip into: `<em>this</em>` in a title would be read as it stands."""

from __future__ import annotations

import re

_EMPHASIS = re.compile(r"<(b|cite|code|em|i|mark|q|s|small|span|strong|sub|sup|u)>([^<>]*)</\1>", re.IGNORECASE)


def without_markup(text: str) -> str:
    """Tags that come in pairs are taken off. A tag by itself is a word: the text is about HTML."""
    return _EMPHASIS.sub(r"\2", text)
