"""The issues that were to go in a stretch of time, with their numbers: what a calendar shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueKind, IssueState
from publisher.model.subscriber import Cadence
from publisher.store import schema

_AT_A_TIME = 10_000  # slots: a statement cannot name any number of them, and a month has 44,640 minutes
_issues, _ledger = schema.issues, schema.deliveries
_SHOWN = (
    _issues.c.id, _issues.c.newsletter, _issues.c.cadence, _issues.c.slot, _issues.c.state, _issues.c.due,
    _issues.c.corrects, _issues.c.addressed,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DueIssue:
    """As much of an issue as a calendar tells."""

    id: int
    newsletter: str
    cadence: Cadence
    slot: str
    state: IssueState
    due: datetime
    corrects: int | None
    addressed: int  # letters, whatever became of them
    troubled: Mapping[DeliveryState, int] = field(default_factory=dict)  # those that did not arrive, by state


def between(conn: Connection, newsletters: Collection[str], start: datetime, end: datetime) -> list[DueIssue]:
    """Those of some newsletters that were due from `start` on and before `end`, oldest first."""
    wanted = (
        select(*_SHOWN)
        .where(_issues.c.newsletter.in_(list(newsletters)), _issues.c.kind == IssueKind.ISSUE)
        .where(_issues.c.due >= start, _issues.c.due < end)
        .order_by(_issues.c.due, _issues.c.id)
    )
    rows = conn.execute(wanted).mappings().all()
    troubled = _troubled(conn, [row["id"] for row in rows])
    return [
        DueIssue(
            **{name: row[name] for name in ("id", "newsletter", "slot", "due", "corrects", "addressed")},
            cadence=Cadence(row["cadence"]),
            state=IssueState(row["state"]),
            troubled=troubled.get(row["id"], {}),
        )
        for row in rows
    ]


def slots_made(conn: Connection, newsletter: str, cadence: Cadence, slots: Collection[str]) -> set[str]:
    """Those of some slots that have an issue, whenever it goes: somebody may have moved it."""
    known, found = list(slots), set[str]()
    for start in range(0, len(known), _AT_A_TIME):
        wanted = select(_issues.c.slot).where(
            _issues.c.newsletter == newsletter,
            _issues.c.cadence == cadence.value,
            _issues.c.slot.in_(known[start : start + _AT_A_TIME]),
        )
        found |= set(conn.execute(wanted).scalars())
    return found


def _troubled(conn: Connection, issues: Collection[int]) -> dict[int, dict[DeliveryState, int]]:
    """By an index that has nothing else."""
    wanted = (
        select(_ledger.c.issue, _ledger.c.state, func.count())
        .where(_ledger.c.issue.in_(issues), schema.TROUBLED)
        .group_by(_ledger.c.issue, _ledger.c.state)
    )
    found: dict[int, dict[DeliveryState, int]] = {}
    for issue, state, number in conn.execute(wanted):
        found.setdefault(issue, {})[DeliveryState(state)] = number
    return found
