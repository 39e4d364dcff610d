"""Which letters a sender takes up next, and how they come back: the side of the ledger that is before the wire.

A claim belongs to one sender, and is recoverable: nothing of a claimed letter has left us. On
PostgreSQL senders pass over the rows that another one is just claiming (SKIP LOCKED), on SQLite
they wait for each other. Every move is an UPDATE whose WHERE names the states it may start from
(`model/delivery.py`). What is marked, settled and decided is `ledger.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Update,
    bindparam,
    case,
    cast,
    delete,
    func,
    select,
    update,
)

from publisher.model.delivery import DELIVERY_MOVES, Delivery, DeliveryEvent, DeliveryState
from publisher.model.issue import IssueKind, IssueState
from publisher.model.moves import states_before
from publisher.store import schema
from publisher.store.prepared import Prepared, is_one_of

_ledger = schema.deliveries
_TO_GO = (IssueState.QUEUED, IssueState.SENDING, IssueState.PAUSED)  # issues whose letters go, now or when resumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What senders that died had left."""

    released: int  # claimed, nothing sent: due again
    in_doubt: int  # may have arrived: never sent again by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A letter whose time has come."""

    id: int
    issue: int
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What a look into the ledger gave."""

    claimed: list[Delivery]
    is_last: bool  # there was nothing more that is due now


# Given the letters whose time has come: those that must wait all the same, each with its time.
PutOff = Callable[[Sequence[Candidate]], Mapping[int, datetime]]


def _from(event: DeliveryEvent) -> ColumnElement[bool]:
    before = states_before(DELIVERY_MOVES, event)
    return is_one_of(_ledger.c.state, before)


def _among(dialect: str) -> ColumnElement[bool]:
    """The row's id is one of the parameter `ids`, which travels as a JSON array."""
    ids = bindparam("ids", type_=JSON)
    if dialect == "postgresql":
        return _ledger.c.id.in_(
            select(cast(func.json_array_elements_text(ids).table_valued("value").c.value, BigInteger))
        )
    return _ledger.c.id.in_(select(func.json_each(ids).table_valued("value").c.value))


AMONG = {dialect: _among(dialect) for dialect in ("sqlite", "postgresql")}
"""For a statement whose rows are one parameter, whatever their number: it is written and prepared once."""


def claim(conn: Connection, sender: int, *, limit: int, now: datetime, put_off: PutOff | None = None) -> Chunk:
    """Claim up to `limit` due or ripe deliveries of issues that are being sent, oldest issue first.

    What `put_off` names is left where it is, with its time.
    """
    ids = _whose_time_has_come(conn, limit=limit, now=now)
    is_last = len(ids) < limit
    if put_off and ids:
        later = put_off(_candidates(conn, ids))
        put_off_until(conn, later, now=now)
        ids = [delivery for delivery in ids if delivery not in later]
    if not ids:
        return Chunk(claimed=[], is_last=is_last)
    _CLAIM.execute(conn, {"ids": ids, "sender_": sender, "now": now})
    claimed = _CLAIMED.execute(conn, {"ids": ids}).all()
    return Chunk(claimed=list(map(Delivery._make, claimed)), is_last=is_last)


def _whose_time_has_come(conn: Connection, *, limit: int, now: datetime) -> list[int]:
    """First what waited for its time: else a reader who was asked to come back would wait for a whole long issue.

    Before all issues go letters of service: they are few, and somebody looks into a mailbox for each of them.
    """
    ids: list[int] = []
    for (issue,) in _IN_TURN.execute(conn, {}).all():
        for ready, asked in ((_DEFERRED, {"now": now}), (_PUT_OFF, {"now": now}), (_DUE, {})):
            if len(ids) < limit:
                found = ready.execute(conn, {"issue_": issue, "limit_": limit - len(ids), **asked}).all()
                ids += [row[0] for row in found]
    return ids


def _in_turn() -> Select[int]:
    issues = schema.issues
    sending = select(issues.c.id).where(is_one_of(issues.c.state, [IssueState.SENDING]))
    return sending.order_by(case((is_one_of(issues.c.kind, [IssueKind.ISSUE]), 1), else_=0), issues.c.id)


def _ready(state: DeliveryState, *, waited: bool) -> Select[int]:
    wanted = select(_ledger.c.id).where(
        _ledger.c.issue == bindparam("issue_"), is_one_of(_ledger.c.state, [state]), schema.UNSETTLED
    )
    if waited:
        wanted = wanted.where(_ledger.c.next_try <= bindparam("now")).order_by(_ledger.c.next_try)
    else:
        wanted = wanted.where(_ledger.c.next_try.is_(None))
    return wanted.order_by(_ledger.c.id).limit(bindparam("limit_")).with_for_update(skip_locked=True)


def _claiming(dialect: str) -> Update:
    ripe = update(_ledger).where(AMONG[dialect], _from(DeliveryEvent.CLAIM))
    return ripe.values(
        state=DeliveryState.CLAIMED, changed=bindparam("now"), next_try=None, sender=bindparam("sender_")
    )


def _claimed(dialect: str) -> Select[Any]:
    people, wishes = schema.subscribers, schema.subscriptions
    return (
        select(  # in the order of a Delivery's fields
            _ledger.c.id, _ledger.c.issue, _ledger.c.variant, _ledger.c.subscription,
            people.c.email, people.c.name, _ledger.c.attempts,
        )
        .join(wishes, wishes.c.id == _ledger.c.subscription)
        .join(people, people.c.id == wishes.c.subscriber)
        .where(AMONG[dialect], is_one_of(_ledger.c.state, [DeliveryState.CLAIMED]))
        .order_by(_ledger.c.issue, _ledger.c.id)
    )  # fmt: skip


# Built once, as in `ledger.py`: who claims a thousand letters asks all of these.
_IN_TURN = Prepared(_in_turn())
_DEFERRED = Prepared(_ready(DeliveryState.DEFERRED, waited=True))
_PUT_OFF = Prepared(_ready(DeliveryState.DUE, waited=True))
_DUE = Prepared(_ready(DeliveryState.DUE, waited=False))
_CLAIM = Prepared({dialect: _claiming(dialect) for dialect in AMONG})
_CLAIMED = Prepared({dialect: _claimed(dialect) for dialect in AMONG})


def _move(conn: Connection, event: DeliveryEvent) -> Update:
    return update(_ledger).where(AMONG[conn.dialect.name], _from(event))


def _candidates(conn: Connection, ids: Sequence[int]) -> list[Candidate]:
    people, wishes = schema.subscribers, schema.subscriptions
    wanted = (
        select(_ledger.c.id, _ledger.c.issue, people.c.email)
        .join(wishes, wishes.c.id == _ledger.c.subscription)
        .join(people, people.c.id == wishes.c.subscriber)
        .where(AMONG[conn.dialect.name])
    )
    found = {row["id"]: Candidate(**row) for row in conn.execute(wanted, {"ids": list(ids)}).mappings()}
    return [found[delivery] for delivery in ids]  # in the order in which their time came


def put_off_until(conn: Connection, times: Mapping[int, datetime], *, now: datetime) -> None:
    """Let deliveries wait until their times, whether they are claimed or not."""
    if not times:
        return
    state = case((_ledger.c.state == DeliveryState.CLAIMED, DeliveryState.DUE.value), else_=_ledger.c.state)
    waits = (
        update(_ledger)
        .where(_ledger.c.id == bindparam("row"), _from(DeliveryEvent.PUT_OFF))
        .values(state=state, changed=bindparam("now"), next_try=bindparam("until"), sender=None)
    )
    conn.execute(waits, [{"row": delivery, "until": until, "now": now} for delivery, until in times.items()])


def put_off_no_longer(conn: Connection) -> int:
    """Let all that is due and put off come at once: what kept it waiting is no more, or is not what it was."""
    conn.execute(delete(schema.queues))
    waiting = update(_ledger).where(
        _ledger.c.issue.in_(select(schema.issues.c.id).where(schema.issues.c.state.in_(_TO_GO))),
        _ledger.c.state == DeliveryState.DUE,
        _ledger.c.next_try.is_not(None),
        schema.UNSETTLED,
    )
    return conn.execute(waiting.values(next_try=None)).rowcount


def release(conn: Connection, sender: int, ids: Sequence[int], *, now: datetime) -> int:
    """Give claimed deliveries back unsent."""
    released = _move(conn, DeliveryEvent.RELEASE).where(_ledger.c.sender == sender)
    return conn.execute(released.values(state=DeliveryState.DUE, changed=now, sender=None), {"ids": list(ids)}).rowcount


def release_all_but(conn: Connection, sender: int, in_hand: Sequence[int], *, now: datetime) -> int:
    """Give back unsent what a sender has claimed, also that of which it was not told."""
    released = update(_ledger).where(
        _of_live_issues(),
        _from(DeliveryEvent.RELEASE),
        _ledger.c.sender == sender,
        ~AMONG[conn.dialect.name],
        schema.UNSETTLED,
    )
    given = {"ids": list(in_hand)}
    return conn.execute(released.values(state=DeliveryState.DUE, changed=now, sender=None), given).rowcount


def recover(conn: Connection, alive: Sequence[int], *, now: datetime) -> Recovered:
    """Put right what senders that are not among the living have left."""
    orphaned = _ledger.c.sender.is_(None) | _ledger.c.sender.not_in(alive)
    claimed = update(_ledger).where(_of_live_issues(), _from(DeliveryEvent.RELEASE), orphaned, schema.UNSETTLED)
    lost = update(_ledger).where(_of_live_issues(), _from(DeliveryEvent.LOSE), orphaned, schema.UNSETTLED)
    why = "the sender was stopped while this letter was on the wire"
    return Recovered(
        released=conn.execute(claimed.values(state=DeliveryState.DUE, changed=now, sender=None)).rowcount,
        in_doubt=conn.execute(
            lost.values(state=DeliveryState.IN_DOUBT, changed=now, reply=why, reason="", sender=None)
        ).rowcount,
    )


def _of_live_issues() -> ColumnElement[bool]:
    """An issue that was sent has no letter that is held for the wire; without this all that wait would be looked at."""
    live = (IssueState.QUEUED, IssueState.SENDING, IssueState.PAUSED, IssueState.CANCELLED)
    return _ledger.c.issue.in_(select(schema.issues.c.id).where(schema.issues.c.state.in_(live)))
