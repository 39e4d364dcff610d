"""Layout: blocks of text below each other, inside lists and quotations.

Responsible for what stands before a line (`> `, `- `, `3. `) and for blank lines between
blocks. However deep lists and quotations are nested, what stands before a line takes at
most a third of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from publisher.letter.wrap import WIDTH, columns_of, fill

_WIDEST_PREFIX = WIDTH // 3
_INDENT = "    "
_SHORTEST_RULE = 3  # two dashes would start a signature
_ITEMS = frozenset({"li", "dt", "dd"})  # they follow each other without a blank line


@dataclass(slots=True)
class _Level:
    """An open list item or quotation."""

    tag: str
    first: str  # before the next line
    rest: str  # before those after it
    written: bool = False


@dataclass(slots=True)
class _List:
    ordered: bool
    number: int


class Layout:
    """Takes blocks, gives text."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._levels: list[_Level] = []
        self._lists: list[_List] = []
        self._in_item = False  # the last block stood in a list

    @property
    def width(self) -> int:
        """Columns a block may take here."""
        return WIDTH - columns_of(self._prefixes()[1])

    def text(self) -> str:
        return "".join(self._text)

    def open(self, tag: str, *, start: int = 1) -> None:
        match tag:
            case "ul" | "ol":
                self._lists.append(_List(ordered=tag == "ol", number=start))
            case "li":
                sign = self._sign()
                self._levels.append(_Level("li", sign, " " * len(sign)))
            case "blockquote":
                self._levels.append(_Level("blockquote", "> ", "> "))
            case "dt":
                self._levels.append(_Level("dt", "", ""))
            case "dd":
                self._levels.append(_Level("dd", _INDENT, _INDENT))

    def close(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            del self._lists[-1:]
        elif self._levels and self._levels[-1].tag == tag:
            self._levels.pop()

    def paragraph(self, text: str) -> None:
        """Text to be wrapped."""
        first, rest = self._prefixes()
        self._write(fill(text, first=first, rest=rest))

    def verbatim(self, text: str) -> None:
        """Lines to be left as they are."""
        first, rest = self._prefixes()
        lines = [f"{rest if number else first}{line}" for number, line in enumerate(text.split("\n"))]
        self._write("\n".join(line.rstrip() for line in lines))

    def heading(self, text: str) -> None:
        """Text over a rule of its own length."""
        first, rest = self._prefixes()
        lines = fill(text, first=first, rest=rest).split("\n")
        length = max(map(columns_of, lines)) - columns_of(rest)
        self._write("\n".join([*lines, rest + "-" * max(length, _SHORTEST_RULE)]))

    def _write(self, block: str) -> None:
        innermost = self._levels[-1] if self._levels else None
        is_item = innermost is not None and innermost.tag in _ITEMS and not innermost.written
        if self._text:
            self._text.append("\n" if is_item and self._in_item else f"\n{self._between()}\n")
        self._text.append(block)
        self._in_item = innermost is not None and innermost.tag in _ITEMS
        for level in self._levels:
            level.written = True
            level.first = level.rest

    def _between(self) -> str:
        """What stands on the line between two blocks: the `>` of a quotation that goes on (RFC 3676 §4.5)."""
        going_on = "".join(level.rest for level in self._levels if level.written)
        return going_on[-_WIDEST_PREFIX:].rstrip()

    def _sign(self) -> str:
        if not self._lists or not self._lists[-1].ordered:
            return "- "
        number = self._lists[-1].number
        self._lists[-1].number += 1
        return f"{number}. "

    def _prefixes(self) -> tuple[str, str]:
        first = "".join(level.first for level in self._levels)
        rest = "".join(level.rest for level in self._levels)
        return first[-_WIDEST_PREFIX:], rest[-_WIDEST_PREFIX:]
