"""What was asked of others' hubs, and what they granted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, or_, select

from publisher.model.lease import Lease, LeaseState
from publisher.store import schema
from publisher.store.upsert import upsert

_leases = schema.hub_leases


def find(conn: Connection, token: str) -> Lease | None:
    """The lease whose callback ends with `token`."""
    row = conn.execute(select(_leases).where(_leases.c.token == token)).mappings().one_or_none()
    return _lease(row) if row else None


def find_standing(conn: Connection, source: str) -> Lease | None:
    """The lease of a source, but for such as are given up."""
    wanted = select(_leases).where(_leases.c.source == source, _leases.c.state != LeaseState.LEAVING)
    row = conn.execute(wanted.order_by(_leases.c.token)).mappings().first()
    return _lease(row) if row else None


def get_standing(conn: Connection) -> dict[str, Lease]:
    """By source, those that are not given up."""
    rows = conn.execute(select(_leases).where(_leases.c.state != LeaseState.LEAVING)).mappings()
    return {row["source"]: _lease(row) for row in rows}


def due(conn: Connection, *, now: datetime, limit: int) -> list[Lease]:
    """Those about which a hub is to be asked, or that have ended; who waits longest first."""
    wanted = select(_leases).where(or_(_leases.c.next_try <= now, _leases.c.ends <= now))
    return [_lease(row) for row in conn.execute(wanted.order_by(_leases.c.next_try).limit(limit)).mappings()]


def called_elsewhere(conn: Connection, callbacks: str) -> list[Lease]:
    """Those whose hub calls at an address that does not begin so: the site's own has changed."""
    wanted = select(_leases).where(_leases.c.callback != "", ~_leases.c.callback.startswith(callbacks, autoescape=True))
    return [_lease(row) for row in conn.execute(wanted).mappings()]


def put(conn: Connection, leases: Iterable[Lease]) -> None:
    """Keep what was decided about them."""
    for lease in leases:
        upsert(conn, _leases, asdict(lease))


def drop(conn: Connection, tokens: Collection[str]) -> None:
    """Forget what is over."""
    if tokens:
        conn.execute(delete(_leases).where(_leases.c.token.in_(tokens)))


def _lease(row: RowMapping) -> Lease:
    return Lease(**{**row, "state": LeaseState(row["state"])})
