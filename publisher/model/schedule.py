"""Schedule and its runs.

A schedule says when something happens; a run is one slot of it, a row that is unique by
schedule and slot, so that a slot happens once however many processes look at the clock.
A run found in `running` after a crash is `due` again: each job is made so that doing it
twice does nothing the second time. A slot that was missed by more than its grace time is
`missed`: recorded and shown, not caught up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RunState(StrEnum):
    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    MISSED = "missed"


class RunEvent(StrEnum):
    CLAIM = "claim"
    FINISH = "finish"
    FAIL = "fail"
    MISS = "miss"
    RELEASE = "release"  # its process died
    RETRY = "retry"


RUN_MOVES: Mapping[RunState, Mapping[RunEvent, RunState]] = {
    RunState.DUE: {RunEvent.CLAIM: RunState.RUNNING, RunEvent.MISS: RunState.MISSED},
    RunState.RUNNING: {
        RunEvent.FINISH: RunState.DONE,
        RunEvent.FAIL: RunState.FAILED,
        RunEvent.RELEASE: RunState.DUE,
    },
    RunState.FAILED: {RunEvent.RETRY: RunState.DUE},
    RunState.DONE: {},
    RunState.MISSED: {},
}


class ScheduleState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class ScheduleEvent(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"


SCHEDULE_MOVES: Mapping[ScheduleState, Mapping[ScheduleEvent, ScheduleState]] = {
    ScheduleState.ACTIVE: {ScheduleEvent.PAUSE: ScheduleState.PAUSED},
    ScheduleState.PAUSED: {ScheduleEvent.RESUME: ScheduleState.ACTIVE},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One moment at which a schedule is to run."""

    key: str  # `2026-11-22` for a daily time, else the UTC instant `20261122T061500Z`
    at: datetime  # aware UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A schedule as stored: when it runs next and how it went last."""

    name: str  # `collect`, `newsletter:morning:daily`
    state: ScheduleState
    next_slot: Slot | None  # None: its config says nothing about when
    last_run: datetime | None
    last_state: RunState | None
    last_note: str = ""  # in words, for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One slot of a schedule, claimed or to be claimed."""

    id: int
    schedule: str
    slot: Slot
    state: RunState
    note: str = ""  # in words, for people
