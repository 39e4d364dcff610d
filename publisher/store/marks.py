"""How far works have come: small values that are changed, each under its name."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from publisher.store import schema
from publisher.store.upsert import upsert


def get(conn: Connection, name: str) -> str:
    """The value of a mark; "" where it was never put."""
    table = schema.marks
    return conn.execute(select(table.c.value).where(table.c.name == name)).scalar_one_or_none() or ""


def put(conn: Connection, marks: Mapping[str, str]) -> None:
    """Keep the values of marks."""
    for name, value in marks.items():
        upsert(conn, schema.marks, {"name": name, "value": value})
