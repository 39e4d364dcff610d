"""Who gets the issues of a newsletter: readers grouped by what they wish and how far they had the news.

Readers are never read into memory: they are grouped and moved by the database.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from publisher.model.issue import Wish
from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.store import probes, schema
from publisher.store.segments import Among

_wishes = schema.subscriptions
_people = schema.subscribers


def wishes(conn: Connection, newsletter: str, cadence: Cadence, among: Among = None) -> dict[Wish, int]:
    """The distinct wishes of those (`among` some) who would get an issue now, and how many readers have each."""
    alike = (_wishes.c.columns, _wishes.c.seen_seq, _wishes.c.ahead)
    wanted = (
        select(*alike, func.count())
        .select_from(_wishes.join(_people, _people.c.id == _wishes.c.subscriber))
        .where(*would_get(newsletter, cadence, among))
        .group_by(*alike)
        .order_by(*alike)
    )
    return {
        Wish(columns=tuple(columns.split()), seen_seq=seen, ahead=tuple(map(int, ahead.split()))): readers
        for columns, seen, ahead, readers in conn.execute(wanted)
    }


def would_get(newsletter: str, cadence: Cadence, among: Among = None) -> tuple[ColumnElement[bool], ...]:
    """Of subscriptions with their subscribers: those (`among` some) who would get an issue now."""
    return (
        _wishes.c.newsletter == newsletter,
        _wishes.c.cadence == cadence,
        _wishes.c.state == SubscriptionState.ACTIVE,
        _people.c.state == SubscriberState.CONFIRMED,
        _people.c.rests_until.is_(None),
        _people.c.paused_until.is_(None),
        probes.none_under_way(),
        *([] if among is None else [among]),
    )


def has_wish(wish: Wish) -> tuple[ColumnElement[bool], ...]:
    return (
        _wishes.c.columns == " ".join(wish.columns),
        _wishes.c.seen_seq == wish.seen_seq,
        _wishes.c.ahead == _ahead_text(wish),
    )


def _ahead_text(wish: Wish) -> str:
    return " ".join(map(str, wish.ahead))


def advance(conn: Connection, newsletter: str, cadence: Cadence, after: Mapping[Wish, Wish]) -> None:
    """Let the readers of each wish stand elsewhere in the news from now on."""
    # From the furthest down: who is moved up to 5 must not be found again among those who stood at 5.
    for wish in sorted(after, key=lambda wish: (-wish.seen_seq, -len(wish.ahead))):
        if after[wish] != wish:
            moved = update(_wishes).where(
                _wishes.c.newsletter == newsletter,
                _wishes.c.cadence == cadence,
                _wishes.c.state == SubscriptionState.ACTIVE,
                *has_wish(wish),
            )
            conn.execute(moved.values(seen_seq=after[wish].seen_seq, ahead=_ahead_text(after[wish])))


def pass_by(conn: Connection, newsletter: str, cadence: Cadence, among: Among, *, through_seq: int) -> None:
    """Let an issue pass by whoever is not among those who get it: what it could hold is no news to them later."""
    if among is None:
        return
    theirs = exists().where(_people.c.id == _wishes.c.subscriber, among)
    passed = update(_wishes).where(
        _wishes.c.newsletter == newsletter,
        _wishes.c.cadence == cadence,
        _wishes.c.state == SubscriptionState.ACTIVE,
        _wishes.c.seen_seq < through_seq,
        ~theirs,
    )
    conn.execute(passed.values(seen_seq=through_seq, ahead=""))
