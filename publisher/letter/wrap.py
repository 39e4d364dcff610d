"""Text in lines of 72 columns (RFC 3676 §4.2 asks for 78 or fewer, quoting needs room).

Columns are counted as a terminal shows them: a wide East Asian character takes two, a
combining mark none. Words are never broken, but text without blanks (Chinese, Japanese,
Thai) is broken where the line is full. A line of `--` alone would start a signature,
which programs hide; it becomes a dash. A slot counts as what it is most often filled with;
a reader with a long address may get a line that is longer.
"""

from __future__ import annotations

import re
import unicodedata

from publisher.model.letter import OPEN

WIDTH = 72
_SLOT = 22  # with its name, the mark of an address takes 28 columns, as most addresses do
_SIGNATURE = re.compile(r"--\s*\Z")  # RFC 3676 §4.3


def fill(text: str, *, first: str = "", rest: str = "", width: int = WIDTH) -> str:
    """Text wrapped; `first` and `rest` stand before its lines. Line breaks in it are kept."""
    lines: list[str] = []
    for part in text.split("\n"):
        for line in _lines(part, width - columns_of(rest)):
            lines.append(((rest if lines else first) + line).rstrip())
    return "\n".join(_safe(line) for line in lines)


def columns_of(text: str) -> int:
    """How many columns a text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if char == OPEN:
        return _SLOT
    if unicodedata.combining(char) or unicodedata.category(char) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _lines(text: str, width: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for word in text.split(" "):
        for piece in _pieces(word, width):
            size = columns_of(piece)
            if line and used + 1 + size > width:
                lines.append(line)
                line, used = "", 0
            line, used = (f"{line} {piece}", used + 1 + size) if line else (piece, size)
    return [*lines, line]


def _pieces(word: str, width: int) -> list[str]:
    """A word that is not ASCII and longer than a line, in pieces; any other as it is."""
    if word.isascii() or columns_of(word) <= width:
        return [word]
    pieces, piece, used = [], "", 0
    for char in word:
        size = _columns(char)
        if used + size > max(width, 2):
            pieces.append(piece)
            piece, used = "", 0
        piece += char
        used += size
    return [*pieces, piece]


def _safe(line: str) -> str:
    return "—" if _SIGNATURE.match(line) else line
