"""Readers come and go by an admin's hand: one by one, or from a CSV file.

An import never brings back who left or must not get mail; it may be repeated, and goes on
where it was stopped, because a reader who is there already stays as he is. Rows are
written a thousand a transaction, so memory and locks stay small. A row that cannot be
used is told with its line and stops no other.

Columns of the file are found by their names in its first line: `email` (or `e-mail`,
`address` …) and, if there is one, `name`; a file without such a line is taken as
`email,name`. They are parted by commas; by semicolons or tabs where the first line says so.
Quotes are read strictly: where one is missing, the rows it swallows are told and not
taken for somebody's name.

Standards: RFC 4180 (CSV). Known weakness: a file must be UTF-8; a line is read whole,
however long.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

from publisher.config.addresses import mail_address
from publisher.errors import PublisherError
from publisher.model.subscriber import Cadence
from publisher.store import columns, subscribers
from publisher.store.database import Store
from publisher.store.subscribers import Joined, Joiner

ROWS_A_TRANSACTION = 1000
LONGEST_NAME = 200
_EMAIL_HEADINGS = ("email", "e-mail", "email address", "email_address", "mail", "address")
_DELIMITERS = ",;\t"
_UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")  # its byte order marks, read as below
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_LINE_BREAK = re.compile("[\r\n]")
_JOINERS = "\u200c\u200d"  # not to be seen, and part of names in Persian and of emoji
_NAME_HEADINGS = ("name", "full name", "full_name", "first name", "first_name", "display name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What new readers are added to."""

    newsletter: str
    newsletter_name: str
    cadence: Cadence
    consent: str  # where their consent comes from
    columns: tuple[str, ...] = ()  # () means all


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that could not be used."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of the rows."""

    joined: Mapping[Joined, int]
    bad: tuple[BadRow, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    line: int  # where it begins
    email: str = ""
    name: str = ""
    problem: str = ""  # why it could not be read


def add_reader(store: Store, email: str, name: str, wanted: Wanted, *, now: datetime) -> Joined:
    """Add one reader. Raises PublisherError for an address that cannot be one."""
    joiner = _joiner(_Row(line=0, email=email, name=name), wanted)
    if isinstance(joiner, BadRow):
        raise PublisherError(joiner.problem)
    with store.write() as conn:
        columns.put_newsletters(conn, [(wanted.newsletter, wanted.newsletter_name)], now=now)
        return subscribers.join(conn, joiner, now=now)


def import_readers(
    store: Store, path: Path, wanted: Wanted, *, now: datetime, progress: Callable[[int], None]
) -> Imported:
    """Add the readers of a CSV file. Raises PublisherError where it cannot be read as one.

    `progress` is told how many rows are done.
    """
    joined: Counter[Joined] = Counter()
    bad: list[BadRow] = []
    done = 0
    rows = _rows(path)
    while chunk := list(islice(rows, ROWS_A_TRANSACTION)):
        with store.write() as conn:
            columns.put_newsletters(conn, [(wanted.newsletter, wanted.newsletter_name)], now=now)
            for row in chunk:
                joiner = _joiner(row, wanted)
                if isinstance(joiner, BadRow):
                    bad.append(joiner)
                else:
                    joined[subscribers.join(conn, joiner, now=now)] += 1
        done += len(chunk)
        progress(done)
    return Imported(joined=joined, bad=tuple(bad))


def _joiner(row: _Row, wanted: Wanted) -> Joiner | BadRow:
    problem = row.problem or _unreadable(row)
    if problem:
        return BadRow(line=row.line, problem=problem)
    try:
        address = mail_address(row.email)
    except ValueError as wrong:
        return BadRow(line=row.line, problem=f"{row.email.strip()[:80]!r} is not an address: {wrong}")
    return Joiner(
        email=address,
        name=_tidy(row.name),
        newsletter=wanted.newsletter,
        cadence=wanted.cadence,
        columns=wanted.columns,
        consent=wanted.consent,
    )


def _unreadable(row: _Row) -> str:
    if _HALF_CHARACTER.search(row.email + row.name):
        return "holds bytes that are not UTF-8; save the file as CSV in UTF-8"
    if _LINE_BREAK.search(row.email.strip()) or _LINE_BREAK.search(row.name.strip()):
        return "runs over several lines; is a quote missing or too many?"
    return ""


def _tidy(name: str) -> str:
    """On one line, not too long, without control characters."""
    short = " ".join(name.split())[:LONGEST_NAME]
    return "".join(character for character in short if character.isprintable() or character in _JOINERS)


def _rows(path: Path) -> Iterator[_Row]:
    try:
        # Bytes that are not UTF-8 come through as half characters: they spoil their row and no other.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            first = file.readline()
            if first.startswith(_UTF_16):
                raise PublisherError(f"{path} is UTF-16; save it as CSV in UTF-8. Nothing of it was imported")
            yield from _parsed(first, file)
    except OSError as wrong:
        raise PublisherError(f"cannot read {path}: {wrong.strerror}") from wrong


def _parsed(first: str, others: Iterable[str]) -> Iterator[_Row]:
    delimiter, headings = next(
        ((one, found) for one in _DELIMITERS if _place(found := _headings(first, one), _EMAIL_HEADINGS) >= 0), (",", [])
    )
    email, name = 0, 1
    reader = csv.reader(chain([first], others), delimiter=delimiter, strict=True)
    if headings:
        email, name = _place(headings, _EMAIL_HEADINGS), _place(headings, _NAME_HEADINGS)
        next(reader)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:  # the reader goes on with the next line
            yield _Row(line=line, problem=_not_csv(wrong, line, reader.line_num))
            continue
        if any(cell.strip() for cell in cells):
            yield _Row(line=line, email=_cell(cells, email), name=_cell(cells, name))


def _not_csv(wrong: csv.Error, line: int, last: int) -> str:
    swallowed = f", and with it all that follows up to line {last}" if last > line else ""
    return f"is not CSV ({wrong}){swallowed}; is a quote missing or too many?"


def _headings(first: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip().lower() for cell in next(csv.reader([first], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        return []


def _place(headings: Sequence[str], known: Sequence[str]) -> int:
    """Where the best known heading stands; -1 where there is none of them."""
    return next((headings.index(heading) for heading in known if heading in headings), -1)


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if 0 <= place < len(cells) else ""
