"""How far imports came that were stopped; a row of `settings` each, which goes when the import is done."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from publisher.store import schema
from publisher.store.settings import find_decided
from publisher.store.upsert import upsert

_settings = schema.settings


def find_place(conn: Connection, name: str) -> str | None:
    """What was written down last under this name; None where nothing was."""
    return find_decided(conn, _key(name))


def put_place(conn: Connection, name: str, place: str) -> None:
    upsert(conn, _settings, {"name": _key(name), "value": place})


def drop_place(conn: Connection, name: str) -> None:
    conn.execute(delete(_settings).where(_settings.c.name == _key(name)))


def _key(name: str) -> str:
    return f"import {name}"
