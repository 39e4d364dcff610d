"""The ledger: one row for each letter to each reader, moved only as `model/delivery.py` says.

Every move is an UPDATE whose WHERE names the states it may start from, taken from the
table of moves; the row count tells what happened. A group is moved by one statement, which
has its rows as one parameter, whatever their number: so it is written and prepared once.
Claiming is `claims.py`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)

from publisher.model.delivery import DELIVERY_MOVES, DeliveryEvent, DeliveryState
from publisher.model.issue import ASKING, IssueKind, IssueState
from publisher.model.moves import states_before
from publisher.model.outcome import SETTLES, Outcome, Verdict
from publisher.model.reason import Reason
from publisher.model.subscriber import SubscriberState, SubscriptionState
from publisher.store import hours, schema
from publisher.store.claims import AMONG
from publisher.store.prepared import Prepared, is_one_of

_ledger = schema.deliveries


class Settled(NamedTuple):
    """What became of a delivery, and when to try again where that is of use. A tuple, as a Delivery is."""

    id: int
    outcome: Outcome
    next_try: datetime | None = None  # None with `later`: the time to try is over, it has failed


def _from(event: DeliveryEvent) -> ColumnElement[bool]:
    before = states_before(DELIVERY_MOVES, event)
    return is_one_of(_ledger.c.state, before)


def mark_sending(
    conn: Connection, sender: int, ids: Sequence[int], *, relay: int | None = None, now: datetime
) -> set[int]:
    """Mark letters that this sender claimed and that go on the wire next; only those returned may be sent.

    Who left or was suppressed since is skipped here, in the same transaction; what belongs
    to an issue that is no longer being sent goes back to `due`.
    """
    facts = {"ids": list(ids), "sender_": sender, "now": now}
    if _MARK.execute(conn, facts | {"relay_": relay}).rowcount == len(ids):
        return set(ids)
    dialect = conn.dialect.name
    conn.execute(_TURN_AWAY[dialect], facts)
    return set(conn.execute(_MARKED[dialect], {"ids": list(ids), "sender_": sender}).scalars())


def still_wanted() -> ColumnElement[bool]:
    """Of deliveries: their readers would get them now; what else is marked is skipped."""
    people, wishes, issues = schema.subscribers, schema.subscriptions, schema.issues
    reader = (wishes.c.id == _ledger.c.subscription, people.c.id == wishes.c.subscriber)
    reads = exists().where(
        *reader,
        is_one_of(wishes.c.state, [SubscriptionState.ACTIVE]),
        is_one_of(people.c.state, [SubscriberState.CONFIRMED]),
        people.c.rests_until.is_(None),
        people.c.paused_until.is_(None),
    )
    asked = exists().where(*reader, not_(is_one_of(people.c.state, [SubscriberState.ERASED])))
    of_service = exists().where(issues.c.id == _ledger.c.issue, is_one_of(issues.c.kind, ASKING))
    return or_(reads, and_(of_service, asked))


def _being_sent() -> ColumnElement[bool]:
    issues = schema.issues
    return _ledger.c.issue.in_(select(issues.c.id).where(is_one_of(issues.c.state, [IssueState.SENDING])))


def _marking(dialect: str) -> Update:
    """What all of a group are, most of the time: wanted."""
    ours = (AMONG[dialect], _from(DeliveryEvent.MARK), _ledger.c.sender == bindparam("sender_"))
    marked = update(_ledger).where(*ours, _being_sent(), still_wanted())
    return marked.values(
        state=DeliveryState.SENDING,
        relay=bindparam("relay_"),
        changed=bindparam("now"),
        attempts=_ledger.c.attempts + case((_ledger.c.state == DeliveryState.CLAIMED, 1), else_=0),  # also where twice
    )


def _turning_away(dialect: str) -> Update:
    """What could not be marked goes where the law says: its reader has left, or its issue has stopped."""
    after = DELIVERY_MOVES[DeliveryState.CLAIMED]
    gone, stopped = ~still_wanted(), ~_being_sent()
    return (
        update(_ledger)
        .where(AMONG[dialect], _from(DeliveryEvent.MARK), _ledger.c.sender == bindparam("sender_"), or_(gone, stopped))
        .values(
            state=case((gone, after[DeliveryEvent.LEAVE]), else_=after[DeliveryEvent.RELEASE]),
            changed=bindparam("now"),
            sender=None,
            reply=case((gone, "left, suppressed, put to rest or paused before it was sent"), else_=_ledger.c.reply),
        )
    )


def _those_marked(dialect: str) -> Select[int]:
    ours = (AMONG[dialect], _ledger.c.state == DeliveryState.SENDING, _ledger.c.sender == bindparam("sender_"))
    return select(_ledger.c.id).where(*ours)


_ON_OUR_WIRE = (_ledger.c.state == DeliveryState.SENDING, _ledger.c.sender == bindparam("sender_"))


def _giving_back(dialect: str) -> Update:
    """Nothing of these was said to a relay: it was no attempt, and what was answered to an earlier one stays."""
    after = DELIVERY_MOVES[DeliveryState.SENDING][DeliveryEvent.RETURN]
    given_back = update(_ledger).where(AMONG[dialect], *_ON_OUR_WIRE)
    return given_back.values(
        state=after,
        attempts=_ledger.c.attempts - 1,
        reply=case((_ledger.c.code == 0, bindparam("why")), else_=_ledger.c.reply),
        changed=bindparam("now"),
        sender=None,
    )


# Built once: while letters go out, these are executed hundreds of times a second.
_FACTS = ("state", "code", "enhanced", "reply", "reason", "next_try")
_MARK = Prepared({dialect: _marking(dialect) for dialect in AMONG})
_TURN_AWAY = {dialect: _turning_away(dialect) for dialect in AMONG}
_MARKED = {dialect: _those_marked(dialect) for dialect in AMONG}
_ON_OUR_WIRE = (is_one_of(_ledger.c.state, [DeliveryState.SENDING]), _ledger.c.sender == bindparam("sender_"))
_SENT = DELIVERY_MOVES[DeliveryState.SENDING][SETTLES[Verdict.SENT]]
_COUNTED: dict[object, hours.Event] = {
    DeliveryState.SENT: hours.Event.SENT,
    DeliveryState.DEFERRED: hours.Event.DEFERRED,
    DeliveryState.FAILED: hours.Event.FAILED,
    DeliveryState.IN_DOUBT: hours.Event.FAILED,
}
_SETTLED: dict[str, object] = {name: bindparam(f"{name}_") for name in _FACTS} | {
    "changed": bindparam("now"),
    "sender": None,
}
_GIVE_BACK = Prepared({dialect: _giving_back(dialect) for dialect in AMONG})
_SETTLE_ONE = update(_ledger).where(_ledger.c.id == bindparam("row"), *_ON_OUR_WIRE).values(_SETTLED)
_SETTLE_ALIKE = Prepared(
    {dialect: update(_ledger).where(among, *_ON_OUR_WIRE).values(_SETTLED) for dialect, among in AMONG.items()}
)


def settle(conn: Connection, sender: int, settled: Iterable[Settled], *, now: datetime) -> int:
    """Write down what the relay answered; how many rows that moved (all, if each was marked by this sender).

    Most letters get the same answer: those rows are moved by one statement.
    """
    alike: dict[tuple[object, ...], list[int]] = {}
    back: dict[str, list[int]] = {}  # by why
    for one in settled:
        if one.outcome.verdict is Verdict.UNSENT:
            back.setdefault(one.outcome.text, []).append(one.id)
        else:
            alike.setdefault(_facts_of(one), []).append(one.id)
    moved, single, events = 0, [], Counter[hours.Event]()
    for why, ids in back.items():
        moved += _GIVE_BACK.execute(conn, {"ids": ids, "sender_": sender, "why": why, "now": now}).rowcount
    for facts, ids in alike.items():
        values = {f"{name}_": fact for name, fact in zip(_FACTS, facts, strict=True)}
        values |= {"now": now, "sender_": sender}
        if len(ids) == 1:
            single.append(values | {"row": ids[0]})
        else:
            settled_now = _SETTLE_ALIKE.execute(conn, values | {"ids": ids}).rowcount
            events[_COUNTED[values["state_"]]] += settled_now
            moved += settled_now
    if single and (settled_now := conn.execute(_SETTLE_ONE, single).rowcount):
        events.update(_COUNTED[one["state_"]] for one in single[:settled_now])
        moved += settled_now
    hours.count(conn, events, now=now)
    return moved


def _facts_of(one: Settled) -> tuple[object, ...]:
    """The values of `_FACTS`."""
    outcome = one.outcome
    if outcome.verdict is Verdict.SENT:
        return _SENT, outcome.code, outcome.enhanced, "", "", None  # a million 250s say nothing
    return _state_after(one), outcome.code, outcome.enhanced, outcome.text[:500], _reason_of(one), one.next_try


def _reason_of(one: Settled) -> str:
    """In a word; what was put off to the end of its time without one is just too old."""
    too_old = one.outcome.verdict is Verdict.LATER and one.next_try is None
    return one.outcome.reason or (Reason.EXPIRED if too_old else "")


def _state_after(one: Settled) -> DeliveryState:
    if one.outcome.verdict is Verdict.LATER and one.next_try is None:
        return DELIVERY_MOVES[DeliveryState.SENDING][DeliveryEvent.REFUSE]
    return DELIVERY_MOVES[DeliveryState.SENDING][SETTLES[one.outcome.verdict]]


def expire(conn: Connection, *, now: datetime) -> int:
    """Fail what could not be sent in its issue's lifetime; its last reply stays as the reason."""
    issues = schema.issues
    over = select(issues.c.id).where(issues.c.state == IssueState.SENDING, issues.c.expires <= now)
    waiting = (DeliveryState.DUE, DeliveryState.DEFERRED)
    late = update(_ledger).where(_ledger.c.issue.in_(over), _ledger.c.state.in_(waiting), schema.UNSETTLED)
    reason = case((_ledger.c.reason == "", Reason.EXPIRED), else_=_ledger.c.reason)
    return conn.execute(late.values(state=DeliveryState.FAILED, changed=now, next_try=None, reason=reason)).rowcount


def cancel(conn: Connection, issue: int, *, now: datetime) -> int:
    """Skip every delivery of an issue that is not on the wire."""
    rest = update(_ledger).where(_ledger.c.issue == issue, _from(DeliveryEvent.CANCEL), schema.UNSETTLED)
    return conn.execute(
        rest.values(state=DeliveryState.SKIPPED, changed=now, sender=None, reply="the issue was cancelled")
    ).rowcount


def decide(
    conn: Connection, issue: int, event: DeliveryEvent, *, now: datetime, only: ColumnElement[bool] | None = None
) -> int:
    """A person's word on deliveries of an issue (`only` some): RESOLVE_SENT, SEND_AGAIN (in doubt), RETRY (failed)."""
    (before,) = states_before(DELIVERY_MOVES, event)
    after = DELIVERY_MOVES[before][event]
    moved = update(_ledger).where(_ledger.c.issue == issue, _ledger.c.state == before)
    moved = moved if only is None else moved.where(only)
    return conn.execute(moved.values(state=after, changed=now, next_try=None)).rowcount


def next_ripe(conn: Connection) -> datetime | None:
    """When the next delivery that waits for its time may be tried; None where none waits."""
    times = [found for state in (DeliveryState.DEFERRED, DeliveryState.DUE) if (found := _next_of(conn, state))]
    return min(times, default=None)


def has_service_letters(conn: Connection) -> bool:
    """Whether a letter of service came to an issue that is being sent: nobody is told but by the ledger."""
    issues = schema.issues
    sending = select(issues.c.id).where(issues.c.state == IssueState.SENDING, issues.c.kind != IssueKind.ISSUE)
    due = select(_ledger.c.id).where(
        _ledger.c.issue.in_(sending),
        _ledger.c.state == DeliveryState.DUE,
        _ledger.c.next_try.is_(None),
        schema.UNSETTLED,
    )
    return conn.execute(due.limit(1)).first() is not None


def next_put_off(conn: Connection) -> datetime | None:
    """When the next delivery that a limit has put off may be tried."""
    return _next_of(conn, DeliveryState.DUE)


def _next_of(conn: Connection, state: DeliveryState) -> datetime | None:
    soonest = func.min(_ledger.c.next_try)
    wanted = select(soonest).where(_being_sent(), _ledger.c.state == state, schema.UNSETTLED)
    return conn.execute(wanted).scalar_one_or_none()


def counts(conn: Connection, issue: int) -> dict[DeliveryState, int]:
    """How many deliveries of an issue are in each state; states with none are left out.

    What is under way and what is in trouble is counted by indices that have nothing else; the rest was
    sent. So it takes as long for an issue that is out as it has troubles, not as it has readers.
    """
    issues = schema.issues
    addressed: int | None = conn.execute(select(issues.c.addressed).where(issues.c.id == issue)).scalar_one_or_none()
    found: dict[DeliveryState, int] = {}
    for indexed in (schema.UNSETTLED, schema.TROUBLED):
        wanted = select(_ledger.c.state, func.count()).where(_ledger.c.issue == issue, indexed)
        found |= {DeliveryState(state): number for state, number in conn.execute(wanted.group_by(_ledger.c.state))}
    sent = (addressed or 0) - sum(found.values())
    return found | ({DeliveryState.SENT: sent} if sent else {})
