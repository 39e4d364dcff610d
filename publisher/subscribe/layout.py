"""How a list of readers is laid out: what parts its columns, what is in each, which program wrote it.

The first lines tell. Columns go by their headings; where none of these is known, the column that
holds addresses is found by looking, and a list without headings is taken for addresses with names
beside them.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from publisher.subscribe.addressing import address_of
from publisher.subscribe.headings import Field, doubles, places
from publisher.subscribe.listformats import GENERIC, ListFormat, receipt_of_all, recognised
from publisher.subscribe.receipt import Receipt

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LINE, PROBLEM = "publisher:line", "publisher:problem"
"""Headings of the first columns in a file of rows that could not be used: it may be mended and comes again."""
LOOKED_AT = 50  # first lines
_FIELD_BY_FIELD = 200  # columns that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a list is read."""

    format: ListFormat
    delimiter: str
    skipped: int  # lines before its first row
    headings: tuple[str, ...]  # (): it has none
    places: Mapping[Field, int]
    all_are: Receipt | None  # what everybody in it is, where that is known
    mended: bool  # it is a file of bad rows, mended
    doubled: tuple[str, ...] = ()  # headings that stand there more than once

    @property
    def cells_escaped(self) -> bool:
        """Whether we wrote it, so that formulas in it were kept from running."""
        return self.mended or self.format.name == "publisher"


def layout_of(lines: Sequence[str], *, file_name: str, chosen: ListFormat | None = None) -> Layout | None:
    """The layout that the first lines tell; None where nothing in them is an address, nor named so."""
    at, told = _beginning(lines)
    if at == len(lines):
        return None
    for delimiter in told or DELIMITERS:
        headings = _cells(lines[at], delimiter)
        found = _by_headings(headings, chosen)
        if found:
            return _layout(
                found[0], found[1], delimiter=delimiter, skipped=at + 1, headings=headings, file_name=file_name
            )
    return _by_looking(lines[at:], told or "".join(DELIMITERS), skipped=at, chosen=chosen, file_name=file_name)


def _beginning(lines: Sequence[str]) -> tuple[int, str]:
    """Where the first row is; and what parts columns, where Excel's first line says so."""
    told = ""
    for at, line in enumerate(lines):
        text = line.strip()
        if text.lower().startswith("sep=") and len(text) == len("sep=") + 1:
            told = text[-1] if text[-1] in DELIMITERS else ""
        elif text.strip(",;|\t"):
            return at, told
    return len(lines), told


def _by_headings(headings: Sequence[str], chosen: ListFormat | None) -> tuple[ListFormat, dict[Field, int]] | None:
    known = chosen or recognised(headings)
    found = places(headings, known.names)
    # A first line with an address in it is a reader and no heading, whatever else is there.
    return (known, found) if Field.EMAIL in found and not any(map(_is_address, headings)) else None


def _by_looking(
    lines: Sequence[str], delimiters: str, *, skipped: int, chosen: ListFormat | None, file_name: str
) -> Layout | None:
    seen: Counter[tuple[str, int]] = Counter()
    for line in lines:
        for delimiter in delimiters:
            for at, cell in enumerate(_cells(line, delimiter)[:_FIELD_BY_FIELD]):
                seen[delimiter, at] += _is_address(cell)
    if not seen or not max(seen.values()):
        return None
    delimiter, email = max(seen, key=lambda place: (seen[place], -delimiters.index(place[0]), -place[1]))
    first = _cells(lines[0], delimiter)
    if any(map(_is_address, first)):
        beside = {} if delimiter not in lines[0] else {Field.NAME: email + 1 if email == 0 else email - 1}
        return _layout(
            chosen or GENERIC, {Field.EMAIL: email} | beside, delimiter=delimiter, skipped=skipped, headings=(),
            file_name=file_name,
        )  # fmt: skip
    named = {field: at for field, at in places(first, (chosen or GENERIC).names).items() if at != email}
    return _layout(
        chosen or GENERIC, named | {Field.EMAIL: email}, delimiter=delimiter, skipped=skipped + 1, headings=first,
        file_name=file_name,
    )  # fmt: skip


def _layout(
    known: ListFormat,
    found: Mapping[Field, int],
    *,
    delimiter: str,
    skipped: int,
    headings: Sequence[str],
    file_name: str,
) -> Layout:
    return Layout(
        format=known,
        delimiter=delimiter,
        skipped=skipped,
        headings=tuple(headings),
        places=dict(sorted(found.items(), key=lambda place: place[1])),
        all_are=receipt_of_all(known, file_name, headings),
        mended=tuple(headings[:2]) == (LINE, PROBLEM),
        doubled=tuple(doubles(headings, found)),
    )


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _is_address(cell: str) -> bool:
    if "@" not in cell or len(cell) > 320:
        return False
    try:
        address_of(cell)
    except ValueError:
        return False
    return True
