"""Rows whose text starts in a given way, found by their order.

The order is that of code points: a PostgreSQL whose language orders texts otherwise would
find too few. There the whole table is looked through; SQLite has only this one order.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, collate

_LAST = "\U0010ffff"  # no text that we keep has a character after it


def starts_with(conn: Connection, column: Column[Any], start: str) -> ColumnElement[bool]:
    """Whether the text starts with just this, in upper and lower case as given."""
    text: ColumnElement[Any] = collate(column, "C") if conn.dialect.name == "postgresql" else column
    return (text >= start) & (text < start + _LAST)
