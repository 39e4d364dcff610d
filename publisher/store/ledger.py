"""The ledger: one row for each letter to each reader, moved only as `model/delivery.py` says.

Every move is an UPDATE whose WHERE names the states it may start from, taken from the
table of moves; the row count tells what happened. A group is moved by one statement, which
has its rows as one parameter, whatever their number: so it is written and prepared once.
Claims are not yet told apart by process: one sender at a time is guarded by its lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from publisher.model.delivery import DELIVERY_MOVES, Delivery, DeliveryEvent, DeliveryState
from publisher.model.issue import IssueState
from publisher.model.moves import states_before
from publisher.model.outcome import SETTLES, Outcome, Verdict
from publisher.model.subscriber import SubscriberState, SubscriptionState
from publisher.store import schema

_ledger = schema.deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a sender that died had left."""

    released: int  # claimed, nothing sent: due again
    in_doubt: int  # may have arrived: never sent again by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a delivery, and when to try again where that is of use."""

    id: int
    outcome: Outcome
    next_try: datetime | None = None  # None with `later`: the time to try is over, it has failed


def _from(event: DeliveryEvent) -> ColumnElement[bool]:
    return _ledger.c.state.in_(states_before(DELIVERY_MOVES, event))


def recover(conn: Connection, *, now: datetime) -> Recovered:
    """Put right what a dead sender left; only ever called by the one that holds the sender's lock."""
    claimed = update(_ledger).where(_from(DeliveryEvent.RELEASE)).values(state=DeliveryState.DUE, changed=now)
    lost = update(_ledger).where(_from(DeliveryEvent.LOSE))
    why = "the sender was stopped while this letter was on the wire"
    return Recovered(
        released=conn.execute(claimed).rowcount,
        in_doubt=conn.execute(lost.values(state=DeliveryState.IN_DOUBT, changed=now, reply=why)).rowcount,
    )


def claim(conn: Connection, *, limit: int, now: datetime) -> list[Delivery]:
    """Claim up to `limit` due or ripe deliveries of issues that are being sent, oldest issue first."""
    ids: list[int] = []
    sending = select(schema.issues.c.id).where(schema.issues.c.state == IssueState.SENDING).order_by(schema.issues.c.id)
    for issue in list(conn.execute(sending).scalars()):
        for state in (DeliveryState.DUE, DeliveryState.DEFERRED):
            if len(ids) < limit:
                ids += conn.execute(_ready(issue, state, limit=limit - len(ids), now=now)).scalars()
    if not ids:
        return []
    claimed = _move(conn, DeliveryEvent.CLAIM).values(state=DeliveryState.CLAIMED, changed=now, next_try=None)
    conn.execute(claimed, {"ids": ids})
    return _claimed(conn, ids)


def _ready(issue: int, state: DeliveryState, *, limit: int, now: datetime) -> Select[int]:
    wanted = select(_ledger.c.id).where(_ledger.c.issue == issue, _ledger.c.state == state)
    if state is DeliveryState.DEFERRED:
        wanted = wanted.where(_ledger.c.next_try <= now).order_by(_ledger.c.next_try)
    return wanted.order_by(_ledger.c.id).limit(limit).with_for_update(skip_locked=True)


def _move(conn: Connection, event: DeliveryEvent) -> Update:
    return update(_ledger).where(_AMONG[conn.dialect.name], _from(event))


def _among(dialect: str) -> ColumnElement[bool]:
    """The row's id is one of the parameter `ids`, which travels as a JSON array."""
    ids = bindparam("ids", type_=JSON)
    if dialect == "postgresql":
        return _ledger.c.id.in_(
            select(cast(func.json_array_elements_text(ids).table_valued("value").c.value, BigInteger))
        )
    return _ledger.c.id.in_(select(func.json_each(ids).table_valued("value").c.value))


_AMONG = {dialect: _among(dialect) for dialect in ("sqlite", "postgresql")}


def _claimed(conn: Connection, ids: Sequence[int]) -> list[Delivery]:
    people, wishes = schema.subscribers, schema.subscriptions
    wanted = (
        select(
            _ledger.c.id, _ledger.c.issue, _ledger.c.variant, _ledger.c.subscription, _ledger.c.attempts,
            people.c.email, people.c.name,
        )
        .join(wishes, wishes.c.id == _ledger.c.subscription)
        .join(people, people.c.id == wishes.c.subscriber)
        .where(_AMONG[conn.dialect.name], _ledger.c.state == DeliveryState.CLAIMED)
        .order_by(_ledger.c.issue, _ledger.c.id)
    )  # fmt: skip
    return [Delivery(**row) for row in conn.execute(wanted, {"ids": ids}).mappings()]


def mark_sending(conn: Connection, ids: Sequence[int], *, now: datetime) -> set[int]:
    """Mark claimed deliveries that go on the wire next; only those returned may be sent.

    Who left or was suppressed since is skipped here, in the same transaction; what belongs
    to an issue that is no longer being sent goes back to `due`.
    """
    moved = conn.execute(_MARK[conn.dialect.name], {"ids": list(ids), "now": now}).all()
    return {delivery for delivery, state in moved if state == DeliveryState.SENDING}


def _still_wanted() -> ColumnElement[bool]:
    people, wishes = schema.subscribers, schema.subscriptions
    return exists().where(
        wishes.c.id == _ledger.c.subscription,
        wishes.c.state == SubscriptionState.ACTIVE,
        people.c.id == wishes.c.subscriber,
        people.c.state == SubscriberState.CONFIRMED,
    )


def _being_sent() -> ColumnElement[bool]:
    issues = schema.issues
    return exists().where(issues.c.id == _ledger.c.issue, issues.c.state == IssueState.SENDING)


def _marking(dialect: str) -> ReturningUpdate[int, str]:
    """The one statement that marks: each claimed row goes where the law says, and tells where that was."""
    after = DELIVERY_MOVES[DeliveryState.CLAIMED]
    gone, stopped = ~_still_wanted(), ~_being_sent()
    whither = case(
        (gone, after[DeliveryEvent.LEAVE]), (stopped, after[DeliveryEvent.RELEASE]), else_=after[DeliveryEvent.MARK]
    )
    return (
        update(_ledger)
        .where(_AMONG[dialect], _ledger.c.state == DeliveryState.CLAIMED)
        .values(
            state=whither,
            changed=bindparam("now"),
            attempts=_ledger.c.attempts + case((or_(gone, stopped), 0), else_=1),
            reply=case((gone, "left before it was sent"), else_=_ledger.c.reply),
        )
        .returning(_ledger.c.id, _ledger.c.state)
    )


# Built once: while letters go out, these are executed hundreds of times a second.
_FACTS = ("state", "code", "enhanced", "reply", "next_try")
_MARK = {dialect: _marking(dialect) for dialect in _AMONG}
_SETTLE_ONE = update(_ledger).where(_ledger.c.id == bindparam("row"), _ledger.c.state == DeliveryState.SENDING)
_SETTLE_ALIKE = {
    dialect: update(_ledger).where(among, _ledger.c.state == DeliveryState.SENDING) for dialect, among in _AMONG.items()
}


def settle(conn: Connection, settled: Iterable[Settled], *, now: datetime) -> int:
    """Write down what the relay answered; how many rows that moved (all, if each was marked).

    Most letters get the same answer: those rows are moved by one statement.
    """
    alike: dict[tuple[object, ...], list[int]] = {}
    for one in settled:
        alike.setdefault(_facts_of(one), []).append(one.id)
    moved, single = 0, []
    for facts, ids in alike.items():
        values = dict(zip(_FACTS, facts, strict=True)) | {"changed": now}
        if len(ids) == 1:
            single.append(values | {"row": ids[0]})
        else:
            moved += conn.execute(_SETTLE_ALIKE[conn.dialect.name], values | {"ids": ids}).rowcount
    return moved + (conn.execute(_SETTLE_ONE, single).rowcount if single else 0)


def _facts_of(one: Settled) -> tuple[object, ...]:
    """The values of `_FACTS`."""
    outcome = one.outcome
    reply = "" if outcome.verdict is Verdict.SENT else outcome.text[:500]  # a million 250s say nothing
    return _state_after(one), outcome.code, outcome.enhanced, reply, one.next_try


def _state_after(one: Settled) -> DeliveryState:
    if one.outcome.verdict is Verdict.LATER and one.next_try is None:
        return DELIVERY_MOVES[DeliveryState.SENDING][DeliveryEvent.REFUSE]
    return DELIVERY_MOVES[DeliveryState.SENDING][SETTLES[one.outcome.verdict]]


def release(conn: Connection, ids: Sequence[int], *, now: datetime) -> int:
    """Give claimed deliveries back unsent."""
    released = _move(conn, DeliveryEvent.RELEASE).values(state=DeliveryState.DUE, changed=now)
    return conn.execute(released, {"ids": list(ids)}).rowcount


def expire(conn: Connection, *, now: datetime) -> int:
    """Fail what could not be sent in its issue's lifetime; its last reply stays as the reason."""
    issues = schema.issues
    over = select(issues.c.id).where(issues.c.state == IssueState.SENDING, issues.c.expires <= now)
    waiting = (DeliveryState.DUE, DeliveryState.DEFERRED)
    late = update(_ledger).where(_ledger.c.issue.in_(over), _ledger.c.state.in_(waiting))
    return conn.execute(late.values(state=DeliveryState.FAILED, changed=now, next_try=None)).rowcount


def cancel(conn: Connection, issue: int, *, now: datetime) -> int:
    """Skip every delivery of an issue that is not on the wire."""
    rest = update(_ledger).where(_ledger.c.issue == issue, _from(DeliveryEvent.CANCEL))
    return conn.execute(rest.values(state=DeliveryState.SKIPPED, changed=now, reply="the issue was cancelled")).rowcount


def decide(conn: Connection, issue: int, event: DeliveryEvent, *, now: datetime) -> int:
    """An admin's word on an issue's deliveries: RESOLVE_SENT, SEND_AGAIN (in doubt) or RETRY (failed)."""
    (before,) = states_before(DELIVERY_MOVES, event)
    after = DELIVERY_MOVES[before][event]
    moved = update(_ledger).where(_ledger.c.issue == issue, _ledger.c.state == before)
    return conn.execute(moved.values(state=after, changed=now, next_try=None)).rowcount


def next_ripe(conn: Connection) -> datetime | None:
    """When the next deferred delivery may be tried; None where none waits."""
    issues = schema.issues
    waiting = and_(_ledger.c.state == DeliveryState.DEFERRED, issues.c.state == IssueState.SENDING)
    wanted = select(func.min(_ledger.c.next_try)).join(issues, issues.c.id == _ledger.c.issue).where(waiting)
    return conn.execute(wanted).scalar_one_or_none()


def counts(conn: Connection, issue: int) -> dict[DeliveryState, int]:
    """How many deliveries of an issue are in each state; states with none are left out."""
    wanted = select(_ledger.c.state, func.count()).where(_ledger.c.issue == issue).group_by(_ledger.c.state)
    return {DeliveryState(state): number for state, number in conn.execute(wanted)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the ledger, for people."""

    id: int
    email: str
    state: DeliveryState
    attempts: int
    changed: datetime
    code: int
    enhanced: str
    reply: str


def entries(conn: Connection, issue: int, states: Sequence[DeliveryState], *, limit: int) -> list[Entry]:
    """The deliveries of an issue in some states, with the relay's last words."""
    people, wishes = schema.subscribers, schema.subscriptions
    own = (_ledger.c[name] for name in ("id", "state", "attempts", "changed", "code", "enhanced", "reply"))
    wanted = (
        select(*own, people.c.email)
        .join(wishes, wishes.c.id == _ledger.c.subscription)
        .join(people, people.c.id == wishes.c.subscriber)
        .where(_ledger.c.issue == issue, _ledger.c.state.in_(states))
        .order_by(_ledger.c.id)
        .limit(limit)
    )
    rows = conn.execute(wanted).mappings()
    return [Entry(**dict(row) | {"state": DeliveryState(row["state"])}) for row in rows]
