"""How far works have come: small values that are changed, each under its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, select

from publisher.store import schema
from publisher.store.prefix import starts_with
from publisher.store.upsert import upsert


def get(conn: Connection, name: str) -> str:
    """The value of a mark; "" where it was never put."""
    table = schema.marks
    return conn.execute(select(table.c.value).where(table.c.name == name)).scalar_one_or_none() or ""


def put(conn: Connection, marks: Mapping[str, str]) -> None:
    """Keep the values of marks."""
    for name, value in marks.items():
        upsert(conn, schema.marks, {"name": name, "value": value})


def starting(conn: Connection, start: str) -> list[str]:
    """The names of marks that start so."""
    name = schema.marks.c.name
    return list(conn.execute(select(name).where(starts_with(conn, name, start)).order_by(name)).scalars())


def forget(conn: Connection, names: Iterable[str]) -> None:
    """Take marks away."""
    for name in names:
        conn.execute(delete(schema.marks).where(schema.marks.c.name == name))
