"""What hubs sent and what is not taken yet: written before a hub is told that it came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from publisher.model.lease import Push
from publisher.store import schema

_pushes = schema.hub_pushes


def put(conn: Connection, *, token: str, source: str, content_type: str, content: bytes, came: datetime) -> None:
    """Keep a document until it is taken."""
    row = {"token": token, "source": source, "content_type": content_type, "content": content, "came": came}
    conn.execute(insert(_pushes).values(row | {"attempts": 0}))


def count(conn: Connection, token: str) -> int:
    """How many documents of one hub wait."""
    return conn.execute(select(func.count()).select_from(_pushes).where(_pushes.c.token == token)).scalar_one()


def first_after(conn: Connection, seen: int) -> Push | None:
    """The oldest that came after the one with the id `seen`."""
    wanted = select(_pushes).where(_pushes.c.id > seen).order_by(_pushes.c.id).limit(1)
    row = conn.execute(wanted).mappings().one_or_none()
    return Push(**row) if row else None


def try_again(conn: Connection, push: int) -> None:
    """Note that it is about to be taken, so that one that always kills us is seen to do so."""
    conn.execute(update(_pushes).where(_pushes.c.id == push).values(attempts=_pushes.c.attempts + 1))


def drop(conn: Connection, push: int) -> None:
    """It is taken, or of no use."""
    conn.execute(delete(_pushes).where(_pushes.c.id == push))
