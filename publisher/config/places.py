"""The text of config.toml as an editor sees it: where what is new goes, and what goes with what is taken out.

A new table goes behind the last of its kind, a new key behind the last of its table. Comments right
below the last value of a table are about it; those behind a blank line, about what comes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from publisher.config.lines import Header, Key, Pair, walked
from publisher.config.mistakes import dotted
from publisher.config.shape import shape_at
from publisher.config.written import WIDEST, toml_key, toml_value
from publisher.errors import ConfigError

_BLANK_END = re.compile(r"(?:^[ \t]*\r?\n)+\Z", re.M)

Names = tuple[str, ...]
Values = Mapping[str, object]


class Page:
    """One state of the text; the methods give the next one."""

    def __init__(self, text: str) -> None:
        walk = walked(text)
        self.text = text
        self.end_of_line = "\r\n" if "\r\n" in text else "\n"
        self.pairs: Mapping[Key, Pair] = walk.pairs
        self.elements = walk.elements
        self._headers: Sequence[Header] = walk.headers

    def is_in_braces(self, key: Key) -> bool:
        """Whether a table is written in braces, or stands in one that is."""
        return any(self._braces(key[:size]) for size in range(1, len(key) + 1))

    def as_lines(self, written: str) -> str:
        """TOML of ours, with the line ends of this text."""
        return written.replace("\n", self.end_of_line)

    # ── What is new ──

    def with_new(self, key: Names, value: object, values: Values) -> str:
        """With a key that is not there. Raises ConfigError where something else stands in the way."""
        parent = key[:-1]
        there = _at(values, parent)
        if there is None:
            return self.with_new(parent, {key[-1]: value}, values)
        if not isinstance(there, Mapping):
            raise ConfigError((f"config.toml: {dotted(parent)}: is no table; change it in the text",))
        if self.is_in_braces(parent):
            return self._with_member(key, value)
        if isinstance(value, Mapping) and _is_headed(key, value):
            return self._with_block(key, value)
        last = self._last_pair(parent)
        if last is not None and last.in_braces:
            return self._with_member(key, value)
        if last is not None:
            name = toml_key(*key[len(last.base) :])
            return self._with_line_behind(last.end, self._indent(last.start), f"{name} = {toml_value(value)}")
        header = next((one for one in self._headers if one.key == parent), None)
        if header is not None:
            line = f"{toml_key(key[-1])} = {toml_value(value)}"
            return self._with_line_behind(header.end, self._indent(header.start), line)
        return self._with_block(parent, {key[-1]: value}) if parent else self._with_top(key[-1], value)

    def _with_member(self, key: Names, value: object) -> str:
        base = next(key[:size] for size in range(len(key) - 1, -1, -1) if self._braces(key[:size]))
        member = f"{toml_key(*key[len(base) :])} = {toml_value(value, on_one_line=True)}"
        last = max((one.end for one in self._members(base)), default=None)
        if last is not None:
            return f"{self.text[:last]}, {member}{self.text[last:]}"
        braces = self.pairs[base]
        return f"{self.text[: braces.value]}{{ {member} }}{self.text[braces.end :]}"

    def _with_line_behind(self, place: int, indent: str, line: str) -> str:
        at = self._next_line(place)
        before, new = self.text[:at], self.as_lines(f"{indent}{line}")
        if not before.endswith("\n"):
            return f"{before}{self.end_of_line}{new}"
        return f"{before}{new}{self.end_of_line}{self.text[at:]}"

    def _with_block(self, key: Names, table: Values) -> str:
        at = self._behind_kind(key)
        before, after = self.text[:at], self.text[at:]
        if before and not before.endswith("\n"):
            before += self.end_of_line
        above = self.end_of_line if before.strip() else ""
        below = self.end_of_line if after and after.partition("\n")[0].strip() else ""
        return f"{before}{above}{self.as_lines(block_of(key, table))}{self.end_of_line}{below}{after}"

    def _with_top(self, name: str, value: object) -> str:
        """A value above all tables."""
        line = self.as_lines(f"{toml_key(name)} = {toml_value(value)}")
        if not self._headers:
            return self._with_line_behind(len(self.text), "", line) if self.text else f"{line}\n"
        at = self._line_start(self._headers[0].start)
        while at and self.text[self._line_start(at - 1) : at].lstrip().startswith("#"):
            at = self._line_start(at - 1)
        return f"{self.text[:at]}{line}{self.end_of_line * 2}{self.text[at:]}"

    # ── What is taken away ──

    def without_first(self, key: Names) -> str:
        """Without the first header or pair that a key is written by."""
        for number, header in enumerate(self._headers):
            if header.key[: len(key)] == key:
                return self._without_section(number)
        written = (one for one in self.pairs.values() if one.key[: len(key)] == key and len(one.base) < len(key))
        pair = min(written, key=lambda one: one.start)
        if pair.in_braces:
            return self._without_member(pair)
        return self.text[: self._line_start(pair.start)] + self.text[self._next_line(pair.end) :]

    def _without_section(self, number: int) -> str:
        start = self._line_start(self._headers[number].start)
        end = self._behind_section(number)
        before, after = self.text[:start], self.text[end:]
        is_apart = not before.strip() or not before.rsplit("\n", 2)[-2].strip()
        if is_apart and after.partition("\n")[1] and not after.partition("\n")[0].strip():
            after = after.partition("\n")[2]  # of two blank lines, one stays
        return before + after if after.strip() else _BLANK_END.sub("", before)

    def _without_member(self, pair: Pair) -> str:
        members = sorted(self._members(pair.base), key=lambda one: one.start)
        place = members.index(pair)
        if place + 1 < len(members):
            return self.text[: pair.start] + self.text[members[place + 1].start :]
        if place:
            return self.text[: members[place - 1].end] + self.text[pair.end :]
        braces = self.pairs[pair.base]
        return f"{self.text[: braces.value]}{{}}{self.text[braces.end :]}"

    # ── Where what is ──

    def _braces(self, key: Key) -> bool:
        return key in self.pairs and self.text.startswith("{", self.pairs[key].value)

    def _members(self, base: Key) -> list[Pair]:
        return [one for one in self.pairs.values() if one.in_braces and one.base == base]

    def _last_pair(self, table: Key) -> Pair | None:
        """The last one that says something of a table, with or without dots."""
        size = len(table)
        ours = (one for one in self.pairs.values() if len(one.base) <= size < len(one.key) and one.key[:size] == table)
        return max(ours, key=lambda one: one.start, default=None)

    def _behind_kind(self, key: Names) -> int:
        for kind in (key, key[:-1]):
            ours = [at for at, one in enumerate(self._headers) if kind and one.key[: len(kind)] == kind]
            if ours:
                return self._behind_section(ours[-1])
        return len(self.text.rstrip()) and self._next_line(len(self.text.rstrip()))

    def _behind_section(self, number: int) -> int:
        """Behind its last value, and the comments that are about it."""
        header = self._headers[number]
        limit = self._headers[number + 1].start if number + 1 < len(self._headers) else len(self.text)
        last = max((one.end for one in self.pairs.values() if header.start < one.end <= limit), default=header.end)
        end = own = self._next_line(last)
        while own < len(self.text) and self.text[own : self._next_line(own)].lstrip().startswith("#"):
            own = self._next_line(own)
        is_apart = own == len(self.text) or not self.text[own : self._next_line(own)].strip()
        return own if is_apart else end

    def _indent(self, place: int) -> str:
        return self.text[self._line_start(place) : place]

    def _line_start(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def _next_line(self, place: int) -> int:
        """Where the line behind this place begins; the end of the text where there is none."""
        found = self.text.find("\n", place)
        return len(self.text) if found < 0 else found + 1


def block_of(key: Names, table: Values) -> str:
    """A table under a header of its own; tables in it that are too long for braces follow it."""
    headed = {name: one for name, one in table.items() if isinstance(one, Mapping) and _is_headed((*key, name), one)}
    lines = [f"{toml_key(name)} = {toml_value(one)}" for name, one in table.items() if name not in headed]
    own = ["\n".join([f"[{toml_key(*key)}]", *lines])] if lines or not headed else []
    return "\n\n".join([*own, *(block_of((*key, name), one) for name, one in headed.items())])


def _is_headed(key: Names, table: Values) -> bool:
    """Whether a new table gets a header, and is not written in braces."""
    return len(key) == 1 or shape_at(key[:-1]).is_named or len(toml_value(table, on_one_line=True)) > WIDEST


def _at(values: object, key: Sequence[str]) -> object | None:
    for name in key:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values
