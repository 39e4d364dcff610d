"""Which characters may stand in a feed: those that XML 1.0 (§2.2, Char) can carry.

A post may hold any character (a control character pasted from a PDF, half a surrogate
pair); one of them would make the whole feed unreadable. What XML cannot carry is dropped.
"""

from __future__ import annotations

import re

from publisher.model.plaintext import without_markup

# Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]
# DEL and the C1 controls may stand in XML 1.0, but show nowhere and upset readers.
_UNFIT = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_END = re.compile("\r\n?|[\x85\u2028\u2029]")  # those of mainframes and of Unicode, which readers take for one


def legal(text: str) -> str:
    """`text` as XML can carry it; line ends are LF (XML 1.0 §2.11 makes them so anyway)."""
    return _UNFIT.sub("", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    """`text` for a title or a name: legal, and white space of any kind as single blanks."""
    return " ".join(legal(text).split())


def plain_line(text: str) -> str:
    """The same without markup that a source let slip into plain text."""
    return one_line(without_markup(text))
