"""Slots that somebody wants left out: the clock records them as missed, and says who it was.

A row stays for a year after its slot, so that a calendar can tell why there was nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from publisher.model.schedule import Slot
from publisher.store import schema
from publisher.store.upsert import insert_or_ignore

_skips = schema.schedule_skips
KEPT = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """One slot of a schedule that is left out."""

    schedule: str
    slot: Slot
    asked: datetime
    who: str  # as they are called, or what did it


def add(conn: Connection, schedule: str, slot: Slot, *, who: str, now: datetime) -> bool:
    """Leave a slot out; False where it is left out already. Those long past are forgotten."""
    conn.execute(delete(_skips).where(_skips.c.at < now - KEPT))
    row = {"schedule": schedule, "slot": slot.key, "at": slot.at, "asked": now, "who": who}
    return insert_or_ignore(conn, _skips, row)


def take_back(conn: Connection, schedule: str, slot_key: str) -> bool:
    """Let it be a slot again; False where it was one."""
    gone = delete(_skips).where(_skips.c.schedule == schedule, _skips.c.slot == slot_key)
    return bool(conn.execute(gone).rowcount)


def of(conn: Connection, schedules: Collection[str]) -> dict[str, dict[str, Skip]]:
    """By schedule and slot; a schedule without any has an empty one."""
    found: dict[str, dict[str, Skip]] = {name: {} for name in schedules}
    wanted = select(_skips).where(_skips.c.schedule.in_(list(schedules))).order_by(_skips.c.at)
    for row in conn.execute(wanted).mappings():
        slot = Slot(key=row["slot"], at=row["at"])
        skip = Skip(schedule=row["schedule"], slot=slot, asked=row["asked"], who=row["who"])
        found[skip.schedule][slot.key] = skip
    return found


def of_one(conn: Connection, schedule: str) -> dict[str, Skip]:
    """Those of one schedule, by slot."""
    return of(conn, [schedule])[schedule]
