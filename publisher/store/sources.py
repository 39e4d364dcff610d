"""The state of each source: how its last visit went, and when and where the next one goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, or_, select

from publisher.model.source import SourceState
from publisher.store import marks, schema
from publisher.store.upsert import upsert

_PAGE = 500  # names at a time: SQLite takes that many variables


def get_state(conn: Connection, name: str) -> SourceState:
    """The state of a source; that of one never visited, where it has no row."""
    row = conn.execute(select(schema.sources).where(schema.sources.c.name == name)).mappings().one_or_none()
    return SourceState(**row) if row else SourceState(name=name)


def get_all(conn: Connection) -> list[SourceState]:
    """Every source that was ever visited, by name."""
    rows = conn.execute(select(schema.sources).order_by(schema.sources.c.name)).mappings()
    return [SourceState(**row) for row in rows]


def get_some(conn: Connection, names: Sequence[str]) -> dict[str, SourceState]:
    """The states of these sources; those never visited as `get_state` has them."""
    states = {name: SourceState(name=name) for name in names}
    for start in range(0, len(names), _PAGE):
        wanted = select(schema.sources).where(schema.sources.c.name.in_(names[start : start + _PAGE]))
        states.update((row["name"], SourceState(**row)) for row in conn.execute(wanted).mappings())
    return states


def resting(conn: Connection, *, after: datetime) -> dict[str, str]:
    """Sources that are visited after that moment or never again: name to the address that this is true of."""
    table = schema.sources
    wanted = select(table.c.name, table.c.url).where(or_(table.c.stopped, table.c.next_visit > after))
    return dict(conn.execute(wanted).all())


def waiting(conn: Connection, *, until: datetime) -> list[SourceState]:
    """Sources whose server asked for rest beyond that moment."""
    table = schema.sources
    return [SourceState(**row) for row in conn.execute(select(table).where(table.c.wait_until > until)).mappings()]


def put(conn: Connection, state: SourceState) -> None:
    """Keep what was decided about a source."""
    upsert(conn, schema.sources, asdict(state))


def recall(conn: Connection, name: str) -> str:
    """What was remembered of a folder at its last visit; "" where nothing was."""
    return marks.get(conn, _folder_mark(name))


def remember(conn: Connection, name: str, memory: str) -> None:
    """Keep it for the next visit; in the transaction that stores what was read."""
    marks.put(conn, {_folder_mark(name): memory})


def forget(conn: Connection, name: str) -> None:
    """What was read of a source is read anew at its next visit, also where nothing changed there.

    A site that is asked by its API tells only what changed since the last visit.
    """
    table = schema.sources
    conn.execute(table.update().where(table.c.name == name).values(etag="", last_modified=""))
    remember(conn, name, "")


def _folder_mark(name: str) -> str:
    return f"folder {name}"
