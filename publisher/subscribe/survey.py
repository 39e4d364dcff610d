"""What is in a file of readers, before anything is done with it: which column is what, and which rows can be used.

The whole file is read once for that. It finds everybody of whom any row says that they get no mail,
so that no other row of theirs joins them, whatever its place.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from publisher.errors import PublisherError
from publisher.garbage import collecting_rarely
from publisher.store.scratch import Scratch
from publisher.subscribe.badrows import BadRows, BadRowsOfList
from publisher.subscribe.candidates import Candidate, Judge
from publisher.subscribe.cells import BROKEN_OVER_LINES, Unusable, Wanted
from publisher.subscribe.coding import Coding, coding_of
from publisher.subscribe.csvrows import Row, Rows, first_lines
from publisher.subscribe.layout import LOOKED_AT, Layout, layout_of
from publisher.subscribe.listfile import Part
from publisher.subscribe.listformats import ListFormat
from publisher.subscribe.receipt import Receipt

SHOWN_ROWS = 3
SHOWN_BAD = 20
AT_A_TIME = 20_000  # rows
YOUNG = 10 * AT_A_TIME  # new objects after which garbage is looked for: some rows at a time are none
TOLD_EVERY = 5_000  # rows

Progress = Callable[[int, int], None]
"""Told how many octets are read, of how many."""


class Judged(NamedTuple):
    """A row, and what it is; neither candidate nor problem: it is about another newsletter. A tuple, as are rows."""

    row: Row
    candidate: Candidate | None = None
    receipt: Receipt | None = None  # also of a row that cannot be used, where all of its list are alike


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that could not be used."""

    line: int
    problem: str
    list: str = ""


@dataclass(slots=True, kw_only=True)
class Found:
    """What is in one list."""

    part: Part
    coding: Coding
    layout: Layout | None  # None: it names no addresses
    has_rows: bool = True
    rows: int = 0
    good: int = 0
    bad: int = 0
    others: int = 0  # about other newsletters
    away: Counter[Receipt] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What is in a file."""

    lists: Sequence[Found]
    sample: Sequence[Candidate]
    first_bad: Sequence[BadRow]
    bad_files: Sequence[Path]
    digest: str  # of what was read and how: the same file, read the same way, goes on where it stopped

    @property
    def rows(self) -> int:
        return sum(found.rows for found in self.lists)

    @property
    def bad(self) -> int:
        return sum(found.bad for found in self.lists)

    @property
    def octets(self) -> int:
        return sum(found.coding.octets for found in self.lists)


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToRead:
    """What becomes of rows that can be used."""

    papers: Mapping[str, Wanted]  # by slug; a list that names no newsletter is for the first


def lists_among(parts: Sequence[Part], *, chosen: ListFormat | None = None, encoding: str = "") -> list[Found]:
    """How each is laid out: as a person says, else as they look.

    Raises PublisherError where nothing in them is an address.
    """
    lists = [_found(part, chosen, encoding) for part in parts]
    if not any(found.layout for found in lists) and any(found.has_rows for found in lists):
        raise PublisherError(_nothing(lists, chosen))
    return lists


@collecting_rarely(YOUNG)
def survey(
    lists: Sequence[Found], how: HowToRead, *, away: Scratch, bad_path: Path | None, progress: Progress
) -> Survey:
    """Read all of it. Raises Unwritable for the file of bad rows."""
    look = _Look(how=how, away=away, files=BadRows(bad_path))
    try:
        for found, judged in judged_rows(lists, how, progress=progress):
            look.at(found, judged)
        names = look.done()
    finally:
        look.close()
    return Survey(
        lists=lists, sample=look.sample, first_bad=look.first_bad, bad_files=names, digest=_digest(lists, how)
    )


class _Look:
    """Counts what is there, and writes down what cannot be used."""

    def __init__(self, *, how: HowToRead, away: Scratch, files: BadRows) -> None:
        self._how = how
        self._away = away
        self._files = files
        self._keys: list[str] = []
        self._writer: BadRowsOfList | None = None
        self._written_for: Found | None = None
        self.sample: list[Candidate] = []
        self.first_bad: list[BadRow] = []

    def at(self, found: Found, judged: Judged) -> None:
        found.rows += 1
        if judged.receipt is Receipt.WANTED and judged.candidate:
            found.good += 1
            if len(self.sample) < SHOWN_ROWS:
                self.sample.append(judged.candidate)
        elif judged.receipt:
            found.away[judged.receipt] += 1
            if judged.candidate:
                self._keep_away(judged.candidate)
        elif judged.row.problem:
            found.bad += 1
            self._bad(found, judged.row)
        else:
            found.others += 1

    def _keep_away(self, one: Candidate) -> None:
        """From what the row is about; who must not get mail at all, from all of it."""
        self._keys += [one.key_at(slug) for slug in self._how.papers] if one.is_suppressed else [one.key]
        if len(self._keys) >= AT_A_TIME:
            self._away.add(self._keys)
            self._keys = []

    def _bad(self, found: Found, row: Row) -> None:
        if len(self.first_bad) < SHOWN_BAD:
            self.first_bad.append(BadRow(line=row.line, problem=row.problem, list=found.part.name))
        if self._written_for is not found and found.layout:
            self._end_list()
            self._writer, self._written_for = BadRowsOfList(self._files, found.layout), found
        if self._writer:
            self._writer.add(row)

    def _end_list(self) -> None:
        if self._writer:
            self._writer.close()

    def done(self) -> tuple[Path, ...]:
        """All was seen; the files of bad rows."""
        self._away.add(self._keys)
        self._end_list()
        return self._files.take_names()

    def close(self) -> None:
        self._end_list()
        self._files.close()


def judged_rows(lists: Sequence[Found], how: HowToRead, *, progress: Progress) -> Iterator[tuple[Found, Judged]]:
    """All rows of all lists, in their order."""
    total, before = sum(found.coding.octets for found in lists), 0
    for found in lists:
        if found.layout:
            with found.part.text(found.coding) as (text, octets):
                rows = Rows(text.readline, delimiter=found.layout.delimiter, skipped=found.layout.skipped)
                judge = Judge(found.layout, how.papers, read_as=found.coding.title)
                for number, row in enumerate(rows):
                    yield found, _judged(row, rows, judge, found.layout)
                    if number % TOLD_EVERY == 0:
                        progress(before + octets.tell(), total)
        before += found.coding.octets
        progress(before, total)


def _judged(row: Row, rows: Rows, judge: Judge, layout: Layout) -> Judged:
    if not row.problem:
        try:
            candidate = judge.judge(row.cells)
        except Unusable as wrong:
            problem = str(wrong)
            over_lines = problem == BROKEN_OVER_LINES
            row = rows.only_its_first_line(problem) if over_lines else row._replace(problem=problem)
        else:
            return Judged(row, candidate, candidate.receipt if candidate else None)
    # Where nobody on a list is to be joined, none of its rows need be mended.
    return Judged(row, receipt=layout.all_are)


def _found(part: Part, chosen: ListFormat | None, encoding: str) -> Found:
    coding = coding_of(part.chunks(), named=encoding)
    with part.text(coding) as (text, _):
        lines = first_lines(text.readline, LOOKED_AT)
    layout = layout_of(lines, file_name=part.own_name, chosen=chosen)
    return Found(
        part=part, coding=coding, layout=layout, has_rows=any(line.strip(",;|\t\r\n \ufeff") for line in lines)
    )


def _nothing(lists: Sequence[Found], chosen: ListFormat | None) -> str:
    name = lists[0].part.name if len(lists) == 1 else f"{len(lists)} lists"
    if chosen and chosen.needs:
        named = chosen.needs[0][0]
        return f"{name}: there is no column {named!r}, which {chosen.title} has; leave out --as, or name another"
    return (
        f"{name}: no column holds mail addresses, as far as its first {LOOKED_AT} lines tell; "
        "its first line should name the columns, like: email,name"
    )


def _digest(lists: Sequence[Found], how: HowToRead) -> str:
    read = [
        [(found.coding.digest, found.coding.name, found.layout.format.name if found.layout else "") for found in lists],
        [(slug, paper.cadence, paper.columns) for slug, paper in sorted(how.papers.items())],
        [sorted((str(field), at) for field, at in found.layout.places.items()) for found in lists if found.layout],
    ]
    return hashlib.sha256(json.dumps(read).encode()).hexdigest()[:32]
