"""The text of a post from its HTML: the same words, for people who read mail as text.

Paragraphs in lines of 72 columns, links as numbered notes, quotations after `> `, lists
with their signs, tables in columns where they fit, pictures by their description in
brackets. Input is HTML as the collector cleaned it.

A stream of tags with a stack of its own, not a tree: no depth of nesting can exhaust it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from publisher.letter.layout import Layout
from publisher.letter.table import Table
from publisher.letter.words import BLOCKS
from publisher.model.letter import CLOSE, OPEN

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_RULE = "* * *"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A body as text."""

    text: str
    notes: Mapping[str, int]  # address: the number that stands for it in the text


def plain(body: str, *, first_note: int = 1) -> Plain:
    """`body` as text; its links are numbered from `first_note`."""
    walker = _Walker(first_note)
    walker.feed(body)
    walker.close()
    return Plain(text=walker.text(), notes=walker.notes)


class _Walker(HTMLParser):
    """Gathers inline text until a block begins or ends, then hands it to the layout."""

    def __init__(self, first_note: int) -> None:
        super().__init__(convert_charrefs=True)
        self.notes: dict[str, int] = {}  # address: its number
        self._first_note = first_note
        self._layout = Layout()
        self._inline: list[str] = []
        self._links: list[tuple[str, list[str]]] = []  # address, its words so far
        self._tables: list[Table] = []
        self._pre = 0
        self._heading = False

    def text(self) -> str:
        while self._tables:
            self._close_table()
        self._flush()
        return self._layout.text()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if self._tables:
            self._start_in_table(tag)
        elif tag in BLOCKS:
            self._start_block(tag, values)
        match tag:
            case "br":
                self._add("\n")
            case "img" if values.get("alt"):
                self._add(f"[{_BLANKS.sub(' ', values['alt'])}]")
            case "a":
                self._links.append((values.get("href", ""), []))
            case "q":
                self._add("“")
            case "audio" | "video" if values.get("src"):
                label = values.get("title") or values["src"]
                self._add(label)
                self._note(values["src"], label)
            case "table":
                self._tables.append(Table())

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "a" if self._links:
                address, words = self._links.pop()
                self._note(address, "".join(words).strip())
            case "q":
                self._add("”")
            case "table" if self._tables:
                self._close_table()
            case "td" | "th" | "caption" if self._tables:
                self._tables[-1].add(self._taken())
                if tag == "caption":
                    self._tables[-1].new_row()
            case _ if tag in BLOCKS:
                self._end_block(tag)

    def handle_data(self, data: str) -> None:
        data = data.replace(OPEN, "").replace(CLOSE, "")
        self._add(data if self._pre and not self._tables else _BLANKS.sub(" ", data))

    def _add(self, text: str) -> None:
        self._inline.append(text)
        for _, words in self._links:
            words.append(text)

    def _note(self, address: str, label: str) -> None:
        """A number after a link's words, unless these are the address itself."""
        if not address or not label or address.removeprefix("mailto:") == label:
            return
        number = self.notes.setdefault(address, self._first_note + len(self.notes))
        self._inline.append(f" [{number}]")

    def _start_in_table(self, tag: str) -> None:
        if tag == "tr":
            self._tables[-1].new_row()
        elif tag in BLOCKS:
            self._add(" ")

    def _start_block(self, tag: str, values: dict[str, str]) -> None:
        self._flush()
        if tag == "hr":
            self._layout.paragraph(_RULE)
        elif tag == "pre":
            self._pre += 1
        elif tag in _HEADINGS:
            self._heading = True
        else:
            start = values.get("start", "")
            self._layout.open(tag, start=int(start) if _is_number(start) else 1)

    def _end_block(self, tag: str) -> None:
        if self._tables:
            self._add(" ")
            return
        self._flush()
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag in _HEADINGS:
            self._heading = False
        else:
            self._layout.close(tag)

    def _close_table(self) -> None:
        table = self._tables.pop()
        rest = self._taken()
        if rest:
            table.new_row()
            table.add(rest)
        if self._tables:  # a table in a table: its words stay in the cell around it
            self._add(f" {table.words()} ")
        elif table.words():
            self._layout.verbatim(table.text(self._layout.width))

    def _taken(self) -> str:
        """The text gathered so far, with one blank between words and none around lines."""
        text = re.sub(" *\n *", "\n", re.sub(" +", " ", "".join(self._inline)))
        self._inline = []
        return text.strip()

    def _flush(self) -> None:
        if self._pre:
            text, self._inline = "".join(self._inline).strip("\n"), []
            if text.strip():
                self._layout.verbatim(text)
            return
        text = self._taken()
        if text and self._heading:
            self._layout.heading(text)
        elif text:
            self._layout.paragraph(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len("999999")
