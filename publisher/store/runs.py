"""What the program did by itself, as people ask about it: runs of schedules, the newest first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from publisher.model.schedule import RunState
from publisher.store import schema

_runs = schema.schedule_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    id: int
    schedule: str
    at: datetime  # when it was to be done
    state: RunState
    started: datetime | None
    finished: datetime | None
    note: str


def newest(
    conn: Connection,
    *,
    limit: int,
    before: int | None = None,
    schedules: Collection[str] | None = None,
    state: RunState | None = None,
) -> list[Ran]:
    """In the order in which they became due; `before`: older than this one; `schedules` None: of all."""
    names = ("id", "schedule", "at", "state", "started", "finished", "note")
    wanted = select(*(_runs.c[name] for name in names)).order_by(_runs.c.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(_runs.c.id < before)
    if schedules is not None:
        wanted = wanted.where(_runs.c.schedule.in_(list(schedules)))
    if state is not None:
        wanted = wanted.where(_runs.c.state == state)
    rows = conn.execute(wanted).mappings()
    return [Ran(**dict(row) | {"state": RunState(row["state"])}) for row in rows]
