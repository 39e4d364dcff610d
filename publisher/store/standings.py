"""How addresses stand, and who rests by it.

Whoever rests stands with a time in `subscribers.rests_until`, gets no letter assembled, and none
that was claimed before. `wake` takes the time away once it is over; the next letter is the probe,
and `probes.py` sees to it that there is one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, select, update

from publisher.model.reason import reason_named
from publisher.model.standing import Standing, State
from publisher.store import probes, schema
from publisher.store.upsert import upsert

_table = schema.standings
_people = schema.subscribers
_FACTS = ("since", "until", "points", "counted_at", "first_at", "last_bounced", "last_arrived")


def find(conn: Connection, subscriber: int) -> Standing | None:
    """How an address stands; None: nothing ever happened to it."""
    row = conn.execute(select(_table).where(_table.c.subscriber == subscriber)).mappings().one_or_none()
    if row is None:
        return None
    return Standing(**{name: row[name] for name in _FACTS}, state=State(row["state"]), why=reason_named(row["why"]))


def rests_until(conn: Connection, subscriber: int) -> datetime | None:
    """When a reader gets letters again; None: they do now."""
    return conn.execute(select(_people.c.rests_until).where(_people.c.id == subscriber)).scalar_one_or_none()


def lock(conn: Connection, subscriber: int) -> Standing:
    """The same, for changing it: whoever asks next for this reader waits until this transaction ends."""
    conn.execute(select(_people.c.id).where(_people.c.id == subscriber).with_for_update(key_share=True))
    return find(conn, subscriber) or Standing()


def put(conn: Connection, subscriber: int, standing: Standing) -> None:
    """Keep how an address stands, and let its reader rest as that says."""
    facts = {name: getattr(standing, name) for name in _FACTS}
    resting = standing.until if standing.state in (State.RESTING, State.PROBING) else None
    words = {"state": standing.state, "why": standing.why or "", "look": resting}
    upsert(conn, _table, facts | words | {"subscriber": subscriber})
    conn.execute(update(_people).where(_people.c.id == subscriber).values(rests_until=resting))


def wake(conn: Connection, *, now: datetime) -> int:
    """Let those whose rest is over get letters again; how many. What waited for them meanwhile is not sent."""
    over = and_(_people.c.rests_until <= now, _people.c.rests_until.is_not(None))
    probes.skip_what_waited(conn, over, now=now)
    return conn.execute(update(_people).where(over).values(rests_until=None)).rowcount


def anybody_to_wake(conn: Connection, *, now: datetime) -> bool:
    """Whether `wake` would do anything: to ask keeps nobody waiting."""
    over = select(_people.c.id).where(_people.c.rests_until <= now, _people.c.rests_until.is_not(None))
    return conn.execute(over.limit(1)).first() is not None


def take_turn(conn: Connection) -> None:
    """Wait until nobody else brings standings up to date, and keep others waiting: they would count the same twice.

    SQLite's writers wait for each other anyway.
    """
    row = select(schema.settings.c.name).where(schema.settings.c.name == "suppression key")
    conn.execute(row.with_for_update(key_share=True))


def whose_time_is_over(conn: Connection, *, now: datetime, limit: int) -> list[int]:
    """Readers who rested or were probed until now, or are to be looked at again."""
    wanted = select(_table.c.subscriber).where(_table.c.look <= now).order_by(_table.c.look, _table.c.subscriber)
    return list(conn.execute(wanted.limit(limit)).scalars())


def look_again(conn: Connection, subscriber: int, *, at: datetime) -> None:
    """The ledger has nothing new of a reader whose rest is over: most of them get no letter for long."""
    conn.execute(update(_table).where(_table.c.subscriber == subscriber).values(look=at))
