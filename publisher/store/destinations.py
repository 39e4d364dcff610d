"""Domains of readers that put everything off, and are left alone for a while.

A domain has a row while it is paused, and after that until it takes a letter again: so that a
pause after a pause is known to be one. The domain may be the name that several go by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from publisher.store import schema

_paused = schema.destinations


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedDestination:
    """A domain that was paused, and has taken no letter since."""

    domain: str
    paused_since: datetime  # the first of its pauses
    paused_until: datetime  # a few letters are tried then
    pauses: int  # in a row
    why: str  # its last answer

    def is_paused(self, now: datetime) -> bool:
        """Whether it is to be left alone now."""
        return now < self.paused_until


def pause(conn: Connection, domain: str, *, why: str, until: datetime, now: datetime) -> int:
    """Leave a domain alone until then; how often in a row that is.

    Where another sender has paused it meanwhile, for the same answers, that is not a second time.
    """
    row = {"domain": domain, "paused_since": now, "paused_until": until, "pauses": 1, "why": why}
    added = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(_paused).values(row)
    running = _paused.c.paused_until > now
    again = {
        "paused_until": until,
        "pauses": _paused.c.pauses + case((running, 0), else_=1),
        "why": why,
    }
    kept = added.on_conflict_do_update(index_elements=["domain"], set_=again)
    pauses: int = conn.execute(kept.returning(_paused.c.pauses)).scalar_one()
    return pauses


def end_pause(conn: Connection, domain: str) -> bool:
    """The domain took a letter, or somebody says that it may be tried; False where it was not paused."""
    return bool(conn.execute(delete(_paused).where(_paused.c.domain == domain)).rowcount)


def paused(conn: Connection) -> dict[str, PausedDestination]:
    """Domains that were paused and have taken no letter since, by name; `is_paused` says whether they are now."""
    rows = conn.execute(select(_paused).order_by(_paused.c.domain)).mappings()
    return {row["domain"]: PausedDestination(**row) for row in rows}
