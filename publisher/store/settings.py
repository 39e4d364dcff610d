"""What is decided once in a site's life and kept for ever; and what was seen last."""

from __future__ import annotations

from sqlalchemy import Connection, select

from publisher.store import schema
from publisher.store.upsert import insert_or_ignore, upsert


def decide_once(conn: Connection, name: str, value: str) -> str:
    """The value decided for `name`: the one given the first time, whatever is given later."""
    table = schema.settings
    insert_or_ignore(conn, table, {"name": name, "value": value})
    kept: str = conn.execute(select(table.c.value).where(table.c.name == name)).scalar_one()
    return kept


def find_decided(conn: Connection, name: str) -> str | None:
    """The value decided for `name`; None where nothing is decided yet."""
    table = schema.settings
    return conn.execute(select(table.c.value).where(table.c.name == name)).scalar_one_or_none()


def is_news(conn: Connection, name: str, value: str) -> bool:
    """Keep what is seen under `name`, and tell whether it was something else before; the first is no news."""
    before = find_decided(conn, name)
    if before != value:
        upsert(conn, schema.settings, {"name": name, "value": value})
    return before not in (None, value)
