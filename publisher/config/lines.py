"""On which line of a TOML document each key stands.

TOML readers give values without their places; an editor wants the line. This walks over
a document that `tomllib` has already accepted, so it need not judge, only find its way:
keys (bare, quoted, dotted), table headers, inline tables, arrays, the four kinds of
string (TOML 1.0.0). It has no opinion about what keys mean.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

Key = tuple[str | int, ...]
"""A place in the document: names, and numbers of array elements from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""(?:"{0,2})'
    r"|'''(?:[^']|'(?!''))*'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")


def key_lines(text: str) -> Mapping[Key, int]:
    """The line, counted from 1, of each key, table and array element of valid TOML."""
    walk = _Walk(text)
    walk.document()
    return walk.lines


class _Walk:
    """One pass from start to end; `at` is how far it has come."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Key, int] = {}
        self._starts = [found.end() for found in re.finditer("\n", text)]
        self._elements: dict[Key, int] = {}  # arrays of tables: the element we are in

    def document(self) -> None:
        table: Key = ()
        self.blank()
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self.header()
            else:
                self.pair(table)
            self.blank()

    def header(self) -> Key:
        line = self.line()
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        self.blank()
        key: Key = ()
        names = self.dotted_key()
        for name in names[:-1]:
            key = self.inside((*key, name))
            self.lines.setdefault(key, line)
        key = (*key, names[-1])
        if brackets == 2:
            self.lines.setdefault(key, line)
            self._elements[key] = self._elements.get(key, -1) + 1
            key = self.inside(key)
        self.lines[key] = line
        self.at += brackets
        return key

    def inside(self, key: Key) -> Key:
        return (*key, self._elements[key]) if key in self._elements else key

    def pair(self, table: Key) -> None:
        line = self.line()
        key = table
        for name in self.dotted_key():
            key = (*key, name)
            self.lines.setdefault(key, line)
        self.at += 1  # the `=`
        self.blank()
        self.value(key)

    def dotted_key(self) -> list[str]:
        """The names of a key; stops behind the blanks that follow it."""
        names = [self.name()]
        while self.text.startswith(".", self.at):
            self.at += 1
            self.blank()
            names.append(self.name())
        return names

    def name(self) -> str:
        quoted = self.text[self.at] in "\"'"
        name = self.take(_STRING if quoted else _BARE_KEY)
        self.blank()
        return str(tomllib.loads(f"k = {name}")["k"]) if quoted else name

    def value(self, key: Key) -> None:
        sign = self.text[self.at]
        if sign == "{":
            self.members(key, "}")
        elif sign == "[":
            self.members(key, "]")
        else:
            self.take(_STRING if sign in "\"'" else _SCALAR)

    def members(self, key: Key, end: str) -> None:
        """What stands between braces (pairs) or brackets (elements)."""
        self.at += 1
        self.blank()
        count = 0
        while not self.text.startswith(end, self.at):
            if end == "}":
                self.pair(key)
            else:
                self.lines[(*key, count)] = self.line()
                self.value((*key, count))
            count += 1
            self.blank()
            if self.text.startswith(",", self.at):
                self.at += 1
                self.blank()
        self.at += 1

    def blank(self) -> None:
        self.take(_BLANK)

    def take(self, pattern: re.Pattern[str]) -> str:
        """Go past what matches here; TOML that tomllib accepted always does."""
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"line {self.line()} cannot be followed")
        self.at = found.end()
        return found[0]

    def line(self) -> int:
        return bisect_right(self._starts, self.at) + 1
