"""What is known of relays: their numbers, and which are parked because they refused us for good.

A relay has a row from the first time that its name is asked for, and keeps it: its number stands
in the ledger. A parked one is left alone until its time, and then tried again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, literal, null, or_, select, update

from publisher.store import schema
from publisher.store.columntypes import Report, UtcTime
from publisher.store.upsert import insert_or_ignore

_relays = schema.relays


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayState:
    """A relay as the database knows it."""

    id: int
    name: str
    parked_since: datetime | None  # None: it is not parked
    parked_until: datetime | None  # then a few letters are tried; None, and parked: until somebody says otherwise
    parks: int  # in a row, without a letter that it took
    why: str

    def is_parked(self, now: datetime) -> bool:
        """Whether it is to be left alone now."""
        return self.parked_since is not None and (self.parked_until is None or now < self.parked_until)


def ids_of(conn: Connection, names: Collection[str]) -> dict[str, int]:
    """The numbers of relays by name; one that is new gets its own."""
    known = _ids(conn, names)
    if len(known) == len(set(names)):
        return known
    for name in sorted(set(names) - set(known)):
        insert_or_ignore(conn, _relays, {"name": name, "parks": 0, "why": ""})
    return _ids(conn, names)


def _ids(conn: Connection, names: Collection[str]) -> dict[str, int]:
    wanted = select(_relays.c.name, _relays.c.id).where(_relays.c.name.in_(list(names)))
    return dict(conn.execute(wanted).all())


def park(conn: Connection, name: str, *, why: str, until: datetime | None, now: datetime) -> int:
    """Leave a relay alone until then (None: until somebody says otherwise); how often in a row that is.

    Where another sender has parked it meanwhile, for the same trouble, that is not a second time;
    and what somebody parked for good stays so.
    """
    ids_of(conn, [name])
    parked = update(_relays).where(_relays.c.name == name)
    for_good = _relays.c.parked_since.is_not(None) & _relays.c.parked_until.is_(None)
    values = {
        "parked_since": func.coalesce(_relays.c.parked_since, literal(now, UtcTime())),
        "parked_until": case((for_good, null()), else_=literal(until, UtcTime())),
        "parks": _relays.c.parks + case((or_(for_good, _relays.c.parked_until > now), 0), else_=1),
        "why": case((for_good, _relays.c.why), else_=literal(why, Report())),
    }
    parks: int = conn.execute(parked.values(values).returning(_relays.c.parks)).scalar_one()
    return parks


def unpark(conn: Connection, name: str) -> bool:
    """Somebody says that it may be used again; False where it was not parked."""
    parked = update(_relays).where(_relays.c.name == name, _relays.c.parked_since.is_not(None))
    return bool(conn.execute(parked.values(_FREE)).rowcount)


def took(conn: Connection, names: Collection[str], *, now: datetime) -> None:
    """These relays took a letter: where they were parked and tried again, that is over.

    One that is still to be left alone stays so: what it took was on the wire when it was parked.
    """
    over = or_(_relays.c.parked_until <= now, _relays.c.parked_since.is_(None))
    free = update(_relays).where(_relays.c.name.in_(list(names)), _relays.c.parks > 0, over)
    conn.execute(free.values(_FREE))


_FREE = {"parked_since": None, "parked_until": None, "parks": 0, "why": ""}


def states(conn: Connection) -> dict[str, RelayState]:
    """All relays that were ever used, by name."""
    rows = conn.execute(select(_relays).order_by(_relays.c.name)).mappings()
    return {row["name"]: RelayState(**row) for row in rows}
