"""Readers written out, for other programs and for this one: as CSV, or as JSON.

The CSV is taken back by `publisher subscribers import` without loss: also who left, when and how,
and who must not get mail, why and since when. A reader's place in the news is of one database and stays
there, and so does an address whose words were erased. What a spreadsheet would run is kept from it; JSON
has everything as it is.

Standards: RFC 4180 (CSV), RFC 8259 (JSON).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TextIO

from publisher.store.roll import HEADINGS
from publisher.subscribe.spreadsheets import kept_from_running

PART = 1 << 16  # characters
People = Iterable[tuple[Any, ...]]


def write_csv(people: People, file: TextIO) -> None:
    """A reader's subscription a line, after a line of headings."""
    file.writelines(csv_parts(people))


def csv_parts(people: People) -> Iterator[str]:
    """The same as some text at a time: made as fast as it is taken, and never all of it."""
    part = io.StringIO()
    writer = csv.writer(part, lineterminator="\n")
    writer.writerow(HEADINGS)
    for one in people:
        writer.writerow([_cell(value) for value in one])
        if part.tell() >= PART:
            yield part.getvalue()
            part.seek(0)
            part.truncate()
    yield part.getvalue()


def write_json(people: People, file: TextIO) -> None:
    """One array, an object a line."""
    before = "[\n"
    for one in people:
        file.write(before + json.dumps(_object(one), ensure_ascii=False))
        before = ",\n"
    file.write("[]\n" if before == "[\n" else "\n]\n")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return kept_from_running(_parted(value) if isinstance(value, tuple) else str(value))


def _parted(words: tuple[str, ...]) -> str:
    """Parted by commas; what has one itself stands in quotes."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(words)
    return line.getvalue()


def _object(one: tuple[Any, ...]) -> dict[str, object]:
    told = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in zip(HEADINGS, one, strict=True)
    }
    return told | {"columns": (told["columns"] or "").split(), "tags": list(told["tags"] or ())}
