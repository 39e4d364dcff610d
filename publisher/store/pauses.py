"""A reader's own pause: no letters until a day.

Whoever is paused stands with a time in `subscribers.paused_until`; no issue is made for them, and
none that was claimed before goes. `end_those_over` takes the time away. What came out meanwhile is
no news then: an issue that went to others with the same choice has passed them by, and where there was
none, no more is left than one issue of their cadence covers (LOOK_BACK). Nobody comes back from a journey
to a letter of three weeks.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, select, update

from publisher.model.subscriber import LOOK_BACK, Cadence, SubscriberState, SubscriptionState
from publisher.store import schema
from publisher.store.newsstart import newest_before

_people, _wishes = schema.subscribers, schema.subscriptions


def pause(conn: Connection, subscriber: int, *, until: datetime) -> None:
    """No letters until then."""
    known = (_people.c.id == subscriber, _people.c.state != SubscriberState.ERASED)
    conn.execute(update(_people).where(*known).values(paused_until=until))


def paused_until(conn: Connection, subscriber: int) -> datetime | None:
    """None: is not paused."""
    return conn.execute(select(_people.c.paused_until).where(_people.c.id == subscriber)).scalar_one_or_none()


def go_on(conn: Connection, subscriber: int, *, now: datetime) -> bool:
    """Letters come again, by the reader's word or because the day has come; False: there was no pause."""
    ended = update(_people).where(_people.c.id == subscriber, _people.c.paused_until.is_not(None))
    if not conn.execute(ended.values(paused_until=None)).rowcount:
        return False
    catch_up(conn, subscriber, now=now)
    return True


def catch_up(conn: Connection, subscriber: int, *, now: datetime) -> None:
    """Let somebody to whom nothing came for a time begin with the newest, in all that they read."""
    mine = (_wishes.c.subscriber == subscriber, _wishes.c.state == SubscriptionState.ACTIVE)
    names = (_wishes.c.id, _wishes.c.cadence, _wishes.c.seen_seq, _wishes.c.ahead)
    for wish in conn.execute(select(*names).where(*mine)).mappings().all():
        _move_up(conn, wish, now=now)


def anybody_over(conn: Connection, *, now: datetime) -> bool:
    """Whether `end_those_over` would do anything: to ask keeps nobody waiting."""
    return conn.execute(select(_people.c.id).where(*_over(now)).limit(1)).first() is not None


def end_those_over(conn: Connection, *, now: datetime) -> int:
    """Let those whose day has come get letters again; how many."""
    over = list(conn.execute(select(_people.c.id).where(*_over(now)).order_by(_people.c.id)).scalars())
    return sum(go_on(conn, subscriber, now=now) for subscriber in over)


def _over(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _people.c.paused_until.is_not(None), _people.c.paused_until <= now


def _move_up(conn: Connection, wish: RowMapping, *, now: datetime) -> None:
    """What is older than an issue covers counts as had."""
    old = newest_before(conn, now - LOOK_BACK[Cadence(wish["cadence"])])
    if old > wish["seen_seq"]:
        ahead = " ".join(seq for seq in wish["ahead"].split() if int(seq) > old)
        conn.execute(update(_wishes).where(_wishes.c.id == wish["id"]).values(seen_seq=old, ahead=ahead))
