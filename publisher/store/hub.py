"""Who is subscribed at our hub, and what each is still to be told: one row each, always of the newest.

A row is due from the moment something changed until its callback took it or a day is over.
What changes while a callback is being told makes the row due anew (`due` is another), so a
settlement never crosses out what it did not tell. `since` names the version told last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Update, bindparam, case, delete, func, null, select, tuple_, update

from publisher.store import schema
from publisher.store.hubrequests import HubRequest
from publisher.store.upsert import insert_or_ignore

_subscriptions = schema.hub_subscriptions
Place = tuple[str, str, int]
"""(topic, since, id): the order in which they are told, so that who wants the same stands together."""

START: Place = ("", "", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSubscription:
    """One callback's subscription to one feed."""

    id: int
    topic: str
    callback: str
    host: str
    secret: str = field(repr=False)  # "": what is delivered is not signed
    ends: datetime
    since: str  # tag of what it was told last; "": nothing yet
    due: datetime | None  # None: all is told
    next_try: datetime | None
    attempts: int
    failures: int  # in a row, whatever was to be told
    problem: str

    @property
    def place(self) -> Place:
        return (self.topic, self.since, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A delivery that failed; next_try None: given up, until the feed changes again."""

    next_try: datetime | None
    problem: str


def confirm(conn: Connection, request: HubRequest, *, ends: datetime, due: datetime | None) -> None:
    """Let it be subscribed, or renew it; `due` is given where the feed changed while it waited."""
    row = {
        "topic": request.topic,
        "callback": request.callback,
        "host": request.host,
        "secret": request.secret,
        "ends": ends,
        "since": "",
        "due": due,
        "next_try": due,
        "attempts": 0,
        "failures": 0,
        "problem": "",
    }
    if insert_or_ignore(conn, _subscriptions, row):
        return
    renewed = ("secret", "ends") if due is None else ("secret", "ends", "due", "next_try", "attempts")
    known = (_subscriptions.c.topic == request.topic, _subscriptions.c.callback == request.callback)
    conn.execute(update(_subscriptions).where(*known).values({name: row[name] for name in renewed}))


def end(conn: Connection, topic: str, callback: str) -> bool:
    """It is subscribed no more."""
    gone = delete(_subscriptions).where(_subscriptions.c.topic == topic, _subscriptions.c.callback == callback)
    return bool(conn.execute(gone).rowcount)


def expire(conn: Connection, *, now: datetime) -> int:
    """Forget those whose lease is over (WebSub §5.3.1)."""
    return conn.execute(delete(_subscriptions).where(_subscriptions.c.ends <= now)).rowcount


def make_due(conn: Connection, topics: Iterable[str], *, now: datetime) -> int:
    """These feeds changed: everybody who is subscribed is to be told, also those we had given up."""
    count = 0
    for topic in topics:
        all_of_it = update(_subscriptions).where(_subscriptions.c.topic == topic)
        count += conn.execute(all_of_it.values(due=now, next_try=now, attempts=0)).rowcount
    return count


def ripe(
    conn: Connection, *, now: datetime, failing: bool, after: Place = START, most: int
) -> Sequence[HubSubscription]:
    """Those to be told now, in the order of their places; `failing` are those that failed last time."""
    table = _subscriptions.c
    if after == START and conn.execute(select(table.id).where(table.next_try <= now).limit(1)).first() is None:
        return []  # by the index of the times, which the order below has no use for; so it is every second but few
    failed = table.failures > 0 if failing else table.failures == 0
    wanted = select(_subscriptions).where(table.next_try <= now, table.ends > now, failed)
    order = (table.topic, table.since, table.id)
    wanted = wanted.where(tuple_(*order) > tuple_(*after)).order_by(*order).limit(most)
    return [HubSubscription(**row) for row in conn.execute(wanted).mappings()]


def settle_told(conn: Connection, told: Sequence[tuple[HubSubscription, str]]) -> None:
    """These know the version of that tag now."""
    if told:
        same = _subscriptions.c.due == bindparam("was_due")
        settled = _of_row().values(
            since=bindparam("tag"),
            due=case((same, null()), else_=_subscriptions.c.due),
            next_try=case((same, null()), else_=_subscriptions.c.next_try),
            attempts=0,
            failures=0,
            problem="",
        )
        conn.execute(settled, [_key_of(one) | {"tag": tag} for one, tag in told])


def settle_failed(conn: Connection, failed: Sequence[tuple[HubSubscription, Failure]]) -> None:
    """These could not be told."""
    if failed:
        table = _subscriptions.c
        same = table.due == bindparam("was_due")
        settled = _of_row().values(
            next_try=case((same, bindparam("then", type_=table.next_try.type)), else_=table.next_try),
            attempts=case((same, table.attempts + 1), else_=table.attempts),
            failures=table.failures + 1,
            problem=bindparam("what"),
        )
        rows = [_key_of(one) | {"then": wrong.next_try, "what": wrong.problem} for one, wrong in failed]
        conn.execute(settled, rows)


def topics(conn: Connection) -> list[str]:
    """The feeds that somebody is subscribed to."""
    return list(conn.execute(select(_subscriptions.c.topic).distinct()).scalars())


def find(conn: Connection, topic: str, callback: str) -> HubSubscription | None:
    """The subscription of a callback to a feed."""
    wanted = select(_subscriptions).where(_subscriptions.c.topic == topic, _subscriptions.c.callback == callback)
    row = conn.execute(wanted).mappings().one_or_none()
    return HubSubscription(**row) if row else None


def counts(conn: Connection) -> Mapping[str, tuple[int, int, int]]:
    """topic -> (subscriptions, of them to be told, of them failing)."""
    table = _subscriptions.c
    waiting = func.count().filter(table.next_try.is_not(None))
    failing = func.count().filter(table.failures > 0)
    rows = conn.execute(select(table.topic, func.count(), waiting, failing).group_by(table.topic).order_by(table.topic))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _of_row() -> Update:
    return update(_subscriptions).where(
        _subscriptions.c.topic == bindparam("of_topic"), _subscriptions.c.callback == bindparam("of_callback")
    )


def _key_of(one: HubSubscription) -> dict[str, object]:
    return {"of_topic": one.topic, "of_callback": one.callback, "was_due": one.due}
