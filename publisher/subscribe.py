"""Readers come and go by an admin's hand: one by one, or from a CSV file.

An import never brings back who left or must not get mail; it may be repeated, and goes on
where it was stopped, because a reader who is there already stays as he is. Rows are
written a thousand a transaction, so memory and locks stay small. A row that cannot be
used is told with its line and stops no other.

Columns of the file are found by their names in its first line: `email` (or `e-mail`,
`address` …) and, if there is one, `name`; a file without such a line is taken as
`email,name`. Sign-up by readers themselves is not here yet.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
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
    line: int
    email: str
    name: str


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
    name = " ".join(row.name.split())[:LONGEST_NAME]
    try:
        address = mail_address(row.email)
    except ValueError as wrong:
        return BadRow(line=row.line, problem=f"{row.email.strip()[:80]!r} is not an address: {wrong}")
    return Joiner(
        email=address,
        name="".join(character for character in name if character.isprintable()),
        newsletter=wanted.newsletter,
        cadence=wanted.cadence,
        columns=wanted.columns,
        consent=wanted.consent,
    )


def _rows(path: Path) -> Iterator[_Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _parsed(csv.reader(file))
    except OSError as wrong:
        raise PublisherError(f"cannot read {path}: {wrong.strerror}") from wrong
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise PublisherError(f"{path} is not a CSV file in UTF-8 ({wrong}); rows before that are imported") from wrong


def _parsed(reader: Iterator[list[str]]) -> Iterator[_Row]:
    email, name = 0, 1
    for number, cells in enumerate(reader, 1):
        if number == 1:
            headings = [cell.strip().lower() for cell in cells]
            found = _place(headings, _EMAIL_HEADINGS)
            if found is not None:
                email, name = found, _place(headings, _NAME_HEADINGS) or -1
                continue
        if any(cell.strip() for cell in cells):
            yield _Row(line=getattr(reader, "line_num", number), email=_cell(cells, email), name=_cell(cells, name))


def _place(headings: list[str], known: tuple[str, ...]) -> int | None:
    return next((place for place, heading in enumerate(headings) if heading in known), None)


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if 0 <= place < len(cells) else ""
