"""Schedules and their runs: the truth about what is due, running, done and missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, select, update

from publisher.model.moves import move, states_before
from publisher.model.schedule import (
    RUN_MOVES,
    SCHEDULE_MOVES,
    Run,
    RunEvent,
    RunState,
    Schedule,
    ScheduleEvent,
    ScheduleState,
    Slot,
)
from publisher.store import schema
from publisher.store.upsert import insert_or_ignore, upsert

_schedules = schema.schedules
_runs = schema.schedule_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What the clock needs of a schedule."""

    name: str
    state: ScheduleState
    next_slot: Slot | None  # None: its config says nothing about when


def put(conn: Connection, name: str, next_slot: Slot | None) -> None:
    """Write when a schedule runs next; whether it is paused stays as it is."""
    next_key, next_run = (next_slot.key, next_slot.at) if next_slot else ("", None)
    row = {"name": name, "state": ScheduleState.ACTIVE, "next_key": next_key, "next_run": next_run}
    upsert(conn, _schedules, row, keep=("state",))


def get_all(conn: Connection) -> list[Schedule]:
    """Every schedule with its last run, by name."""
    rows = conn.execute(select(_schedules).order_by(_schedules.c.name)).mappings().all()
    return [_schedule_of(conn, row) for row in rows]


def get_waiting(conn: Connection) -> list[Waiting]:
    """Every schedule by name, without its last run: one question, since the clock is looked at each second."""
    return [_waiting_of(row) for row in conn.execute(select(_schedules).order_by(_schedules.c.name)).mappings()]


def find(conn: Connection, name: str) -> Schedule | None:
    """One schedule with its last run."""
    row = conn.execute(select(_schedules).where(_schedules.c.name == name)).mappings().one_or_none()
    return _schedule_of(conn, row) if row else None


def set_state(conn: Connection, name: str, event: ScheduleEvent) -> bool:
    """Pause or resume; False where it was so already, or there is no such schedule."""
    (before,) = states_before(SCHEDULE_MOVES, event)
    moved = update(_schedules).where(_schedules.c.name == name, _schedules.c.state == before)
    return bool(conn.execute(moved.values(state=SCHEDULE_MOVES[before][event])).rowcount)


def take_turn(conn: Connection, name: str) -> None:
    """Wait until nobody else settles its slots or leaves one out. (SQLite has one writer at a time anyway.)"""
    conn.execute(select(_schedules.c.name).where(_schedules.c.name == name).with_for_update())


def has_come(conn: Connection, name: str, slot_key: str) -> bool:
    """Whether a slot was settled: it is being run, was run, or was missed."""
    wanted = select(_runs.c.id).where(_runs.c.schedule == name, _runs.c.slot == slot_key)
    return conn.execute(wanted).first() is not None


def drop_others(conn: Connection, names: list[str]) -> int:
    """Forget the schedules that config.toml no longer has, with their runs."""
    return conn.execute(delete(_schedules).where(_schedules.c.name.not_in(names))).rowcount


def add_run(conn: Connection, name: str, slot: Slot) -> bool:
    """Write down that a slot is due; False where it has a row already."""
    row = {"schedule": name, "slot": slot.key, "at": slot.at, "state": RunState.DUE, "note": ""}
    return insert_or_ignore(conn, _runs, row)


def claim_run(conn: Connection, name: str, slot_key: str, *, now: datetime) -> Run | None:
    """Claim a due slot; None where another process was first or it is not due."""
    claimed = (
        update(_runs)
        .where(_runs.c.schedule == name, _runs.c.slot == slot_key)
        .where(_runs.c.state.in_(states_before(RUN_MOVES, RunEvent.CLAIM)))
        .values(state=RunState.RUNNING, started=now)
    )
    if not conn.execute(claimed).rowcount:
        return None
    row = conn.execute(select(_runs).where(_runs.c.schedule == name, _runs.c.slot == slot_key)).mappings().one()
    return _run_of(row)


def due_runs(conn: Connection) -> list[Run]:
    """Every slot that is due and not claimed, oldest first."""
    wanted = select(_runs).where(_runs.c.state == RunState.DUE).order_by(_runs.c.at, _runs.c.id)
    return [_run_of(row) for row in conn.execute(wanted).mappings()]


def finish_run(conn: Connection, run: int, *, now: datetime, note: str) -> bool:
    """The job of a claimed slot went well."""
    return _end(conn, run, RunEvent.FINISH, now=now, note=note)


def fail_run(conn: Connection, run: int, *, now: datetime, note: str) -> bool:
    """The job of a claimed slot failed."""
    return _end(conn, run, RunEvent.FAIL, now=now, note=note)


def _end(conn: Connection, run: int, event: RunEvent, *, now: datetime, note: str) -> bool:
    after = move(RUN_MOVES, RunState.RUNNING, event)
    ended = update(_runs).where(_runs.c.id == run, _runs.c.state == RunState.RUNNING)
    return bool(conn.execute(ended.values(state=after, finished=now, note=note[:1000])).rowcount)


def miss(conn: Connection, name: str, slot: Slot, *, now: datetime, note: str) -> bool:
    """Record a slot that came too late to be run; False where it ran, or is recorded."""
    add_run(conn, name, slot)
    missed = (
        update(_runs)
        .where(_runs.c.schedule == name, _runs.c.slot == slot.key)
        .where(_runs.c.state.in_(states_before(RUN_MOVES, RunEvent.MISS)))
        .values(state=RunState.MISSED, finished=now, note=note)
    )
    return bool(conn.execute(missed).rowcount)


def release_running(conn: Connection) -> int:
    """Make due again what a dead process left running; only for the one that holds the lock."""
    released = update(_runs).where(_runs.c.state.in_(states_before(RUN_MOVES, RunEvent.RELEASE)))
    return conn.execute(released.values(state=RunState.DUE, started=None)).rowcount


def last_run(conn: Connection, name: str) -> Run | None:
    """The newest slot of a schedule, in whatever state."""
    row = _newest(conn, name)
    return _run_of(row) if row else None


def runs_between(conn: Connection, name: str, start: datetime, end: datetime) -> list[Run]:
    """Its slots from `start` on and before `end` that have come, in whatever state, oldest first."""
    wanted = select(_runs).where(_runs.c.schedule == name, _runs.c.at >= start, _runs.c.at < end)
    return [_run_of(row) for row in conn.execute(wanted.order_by(_runs.c.at, _runs.c.id)).mappings()]


def prune(conn: Connection, name: str, *, keep: int) -> int:
    """Forget all but the newest runs of a schedule."""
    kept = select(_runs.c.id).where(_runs.c.schedule == name).order_by(_runs.c.at.desc(), _runs.c.id.desc()).limit(keep)
    ended = (RunState.DONE, RunState.FAILED, RunState.MISSED)
    old = delete(_runs).where(_runs.c.schedule == name, _runs.c.state.in_(ended), _runs.c.id.not_in(kept))
    return conn.execute(old).rowcount


def _newest(conn: Connection, name: str) -> RowMapping | None:
    wanted = select(_runs).where(_runs.c.schedule == name).order_by(_runs.c.at.desc(), _runs.c.id.desc()).limit(1)
    return conn.execute(wanted).mappings().one_or_none()


def _schedule_of(conn: Connection, row: RowMapping) -> Schedule:
    waiting, newest = _waiting_of(row), _newest(conn, row["name"])
    return Schedule(
        name=waiting.name,
        state=waiting.state,
        next_slot=waiting.next_slot,
        last_run=(newest["started"] or newest["at"]) if newest else None,
        last_state=RunState(newest["state"]) if newest else None,
        last_note=newest["note"] if newest else "",
    )


def _waiting_of(row: RowMapping) -> Waiting:
    return Waiting(
        name=row["name"],
        state=ScheduleState(row["state"]),
        next_slot=Slot(key=row["next_key"], at=row["next_run"]) if row["next_run"] else None,
    )


def _run_of(row: RowMapping) -> Run:
    slot = Slot(key=row["slot"], at=row["at"])
    state = RunState(row["state"])
    return Run(id=row["id"], schedule=row["schedule"], slot=slot, state=state, note=row["note"])
