"""INSERT … ON CONFLICT, which SQLite and PostgreSQL write alike and SQLAlchemy keeps apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def _insert(conn: Connection, table: Table) -> Any:
    return (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(table)


def insert_or_ignore(conn: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """True where the row was new; a row with the same key stays as it is."""
    ignoring = _insert(conn, table).values(row).on_conflict_do_nothing()
    # What came back was inserted; the row count of an INSERT is not told on PostgreSQL.
    return conn.execute(ignoring.returning(*table.primary_key)).first() is not None


def upsert(conn: Connection, table: Table, row: Mapping[str, object], *, keep: Sequence[str] = ()) -> None:
    """Insert, or change the row with the same primary key but for the columns in `keep`."""
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in row.items() if name not in keys and name not in keep}
    conn.execute(_insert(conn, table).values(row).on_conflict_do_update(index_elements=keys, set_=changed))


def upsert_all(conn: Connection, table: Table, rows: Sequence[Mapping[str, object]], *, keep: Sequence[str]) -> None:
    """The same for many rows of one shape, in one statement a row that the driver prepares once."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    written = _insert(conn, table)
    changed = {name: written.excluded[name] for name in rows[0] if name not in keys and name not in keep}
    conn.execute(written.on_conflict_do_update(index_elements=keys, set_=changed), [dict(row) for row in rows])
