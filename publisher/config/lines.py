"""Where in a TOML document each key stands: its line, and from which character to which.

TOML readers give values without their places; an editor wants the line, and who changes a
text wants to leave the rest of it alone. This walks over a document that `tomllib` has already
accepted, so it need not judge, only find its way: keys (bare, quoted, dotted), table headers,
inline tables, arrays, the four kinds of string (TOML 1.0.0). It has no opinion about what keys
mean.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`key = value`, on a line of its own or between braces."""

    key: Key  # the whole, from the document's root
    base: Key  # the table that what is written is relative to
    in_braces: bool  # that table is written in braces
    start: int  # where the key begins
    value: int  # where the value begins
    end: int  # behind the value


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """`[table]`, or `[[table]]`, whose key ends with a number."""

    key: Key
    start: int
    end: int  # behind the brackets


def key_lines(text: str) -> Mapping[Key, int]:
    """The line, counted from 1, of each key, table and array element of valid TOML."""
    return walked(text).lines


def walked(text: str) -> Walk:
    """The places of valid TOML."""
    walk = Walk(text)
    walk.document()
    return walk


class Walk:
    """One pass from start to end; `at` is how far it has come."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Key, int] = {}
        self.pairs: dict[Key, Pair] = {}
        self.headers: list[Header] = []
        self.elements: dict[Key, list[tuple[int, int]]] = {}  # of arrays in brackets: from where to where each is
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
        line, start = self.line(), self.at
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
        self.headers.append(Header(key=key, start=start, end=self.at))
        return key

    def inside(self, key: Key) -> Key:
        return (*key, self._elements[key]) if key in self._elements else key

    def pair(self, table: Key, *, in_braces: bool = False) -> None:
        line, start = self.line(), self.at
        key = table
        for name in self.dotted_key():
            key = (*key, name)
            self.lines.setdefault(key, line)
        self.at += 1  # the `=`
        self.blank()
        value = self.at
        self.value(key)
        self.pairs[key] = Pair(key=key, base=table, in_braces=in_braces, start=start, value=value, end=self.at)

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
            found = self.take(_STRING if sign in "\"'" else _SCALAR)
            self.at -= len(found) - len(found.rstrip()) if sign not in "\"'" else 0

    def members(self, key: Key, end: str) -> None:
        """What stands between braces (pairs) or brackets (elements)."""
        self.at += 1
        self.blank()
        count = 0
        if end == "]":
            self.elements[key] = []
        while not self.text.startswith(end, self.at):
            if end == "}":
                self.pair(key, in_braces=True)
            else:
                self.lines[(*key, count)], start = self.line(), self.at
                self.value((*key, count))
                self.elements[key].append((start, self.at))
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
