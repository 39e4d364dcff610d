"""Issues for people, in parts: what waits for a hand, what comes, what is under way, what is over.

Letters of service are none of them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, and_, func, or_, select
from sqlalchemy import exists as there_is

from publisher.model.delivery import DeliveryState
from publisher.model.issue import Issue, IssueKind, IssueState
from publisher.store import schema
from publisher.store.issues import issue_of

FOR_A_HAND = (IssueState.DRAFT, IssueState.HELD, IssueState.PAUSED)
COMING = (IssueState.APPROVED,)
UNDER_WAY = (IssueState.QUEUED, IssueState.SENDING)
OVER = (IssueState.SENT, IssueState.CANCELLED)
DOUBTED = timedelta(days=31)  # after that nobody asks any more whether a letter arrived

_issues, _ledger = schema.issues, schema.deliveries
_FACTS = [column for column in _issues.c if column.name != "findings"]  # long, and wanted one by one


def standing(conn: Connection, states: Collection[IssueState], *, newsletters: Collection[str]) -> list[Issue]:
    """The issues of these newsletters in any of these states that are not over, the soonest first."""
    wanted = _of(newsletters).where(_issues.c.state.in_(list(states)))
    rows = conn.execute(wanted.order_by(_issues.c.due, _issues.c.id)).mappings()
    return [issue_of(row) for row in rows]


def doubted(conn: Connection, *, newsletters: Collection[str], now: datetime) -> list[Issue]:
    """Those with letters of which nobody knows whether they arrived, the newest first."""
    in_doubt = there_is().where(
        _ledger.c.issue == _issues.c.id, _ledger.c.state == DeliveryState.IN_DOUBT, schema.TROUBLED
    )
    wanted = _of(newsletters).where(_issues.c.created >= now - DOUBTED, in_doubt)
    return [issue_of(row) for row in conn.execute(wanted.order_by(_issues.c.id.desc())).mappings()]


def over(
    conn: Connection,
    *,
    newsletters: Collection[str],
    limit: int,
    state: IssueState | None = None,
    before: tuple[datetime, int] | None = None,
    after: tuple[datetime, int] | None = None,
    besides: Collection[int] = (),
) -> list[Issue]:
    """Those that are over, the last due first; `before` and `after`: beyond this one; `besides`: not those."""
    wanted = _of(newsletters).where(_issues.c.state.in_([state] if state else list(OVER)))
    if besides:
        wanted = wanted.where(_issues.c.id.not_in(sorted(besides)))
    due, number = _issues.c.due, _issues.c.id
    if after is not None:
        later = or_(due > after[0], and_(due == after[0], number > after[1]))
        rows = conn.execute(wanted.where(later).order_by(due, number).limit(limit)).mappings().all()
        return [issue_of(row) for row in reversed(rows)]
    if before is not None:
        wanted = wanted.where(or_(due < before[0], and_(due == before[0], number < before[1])))
    rows = conn.execute(wanted.order_by(due.desc(), number.desc()).limit(limit)).mappings().all()
    return [issue_of(row) for row in rows]


def counts_of(conn: Connection, among: Collection[int]) -> dict[int, dict[DeliveryState, int]]:
    """For each of these issues what `ledger.counts` says of one: by three statements, however many they are."""
    chosen = sorted(set(among))
    wanted = select(_issues.c.id, _issues.c.addressed).where(_issues.c.id.in_(chosen))
    left = dict(conn.execute(wanted).all())
    found: dict[int, dict[DeliveryState, int]] = {issue: {} for issue in left}
    for indexed in (schema.UNSETTLED, schema.TROUBLED):
        counted = select(_ledger.c.issue, _ledger.c.state, func.count()).where(_ledger.c.issue.in_(chosen), indexed)
        for issue, state, number in conn.execute(counted.group_by(_ledger.c.issue, _ledger.c.state)):
            found[issue][DeliveryState(state)] = number
            left[issue] -= number
    return {
        issue: counts | ({DeliveryState.SENT: left[issue]} if left[issue] else {}) for issue, counts in found.items()
    }


def _of(newsletters: Collection[str]) -> Select[tuple[object, ...]]:
    return select(*_FACTS).where(_issues.c.kind == IssueKind.ISSUE, _issues.c.newsletter.in_(list(newsletters)))
