"""Readers and their subscriptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select, update

from publisher.model.moves import states_before
from publisher.model.subscriber import (
    SUBSCRIPTION_MOVES,
    Cadence,
    Subscriber,
    SubscriberState,
    Subscription,
    SubscriptionEvent,
    SubscriptionState,
)
from publisher.store import growth, schema
from publisher.store.declining import decline_all
from publisher.store.joining import Joined as Joined
from publisher.store.joining import Joiner as Joiner
from publisher.store.joining import join_all
from publisher.store.newsstart import news_start as news_start
from publisher.store.segments import Among

_PAGE = 500

_people = schema.subscribers
_wishes = schema.subscriptions


def join(conn: Connection, joiner: Joiner, *, now: datetime) -> Joined:
    """Add a reader whose consent is known; never brings back who left or was suppressed."""
    return join_all(conn, [joiner], now=now)[0]


def _find(conn: Connection, email: str) -> RowMapping | None:
    return conn.execute(_with_address(email)).mappings().one_or_none()


def _with_address(email: str) -> Select[Any]:
    return select(_people).where(_people.c.address_key == email.lower())


def leave(conn: Connection, subscription: int, *, now: datetime, how: str) -> bool | None:
    """Leave a newsletter for good; False: had left before; None: there is no such subscription.

    Where it was asked for and not confirmed yet, all that was asked for is declined.
    """
    reader = select(_people.c.state).join(_wishes, _wishes.c.subscriber == _people.c.id)
    # Shared, and first: whoever suppresses the reader at this moment counts this subscription as ended, or we do.
    reader = reader.where(_wishes.c.id == subscription).with_for_update(read=True, of=_people)
    is_confirmed = conn.execute(reader).scalar_one_or_none() == SubscriberState.CONFIRMED
    left = (
        update(_wishes)
        .where(_wishes.c.id == subscription, _wishes.c.state == SubscriptionState.ACTIVE)
        .values(state=SubscriptionState.LEFT, left_at=now, left_how=how)
    )
    ended = conn.execute(left.returning(_wishes.c.newsletter)).scalar_one_or_none()
    if ended is not None:
        growth.ended(conn, {ended: int(is_confirmed)}, now=now)
        return True
    known = conn.execute(
        select(_wishes.c.subscriber, _wishes.c.state).where(_wishes.c.id == subscription)
    ).one_or_none()
    if known is not None and known.state == SubscriptionState.PENDING:
        return decline_all(conn, known.subscriber, how=how, now=now)
    return None if known is None else False


def leave_all(conn: Connection, email: str, *, now: datetime, how: str) -> int | None:
    """Leave every newsletter; how many those were, or None for an address that is not known."""
    person = conn.execute(_with_address(email).with_for_update()).mappings().one_or_none()  # as decline_all does
    if person is None:
        return None
    left = (
        update(_wishes)
        .where(
            _wishes.c.subscriber == person["id"],
            _wishes.c.state.in_(states_before(SUBSCRIPTION_MOVES, SubscriptionEvent.LEAVE)),
            _wishes.c.state != SubscriptionState.LEFT,
        )
        .values(state=SubscriptionState.LEFT, left_at=now, left_how=how)
    )
    with growth.counted(conn, person["id"], now=now):
        number = conn.execute(left).rowcount
    decline_all(conn, person["id"], how=how, now=now)
    return number


def find(conn: Connection, email: str) -> Subscriber | None:
    """The reader with this address."""
    person = _find(conn, email)
    return _with_wishes(conn, [person])[0] if person else None


def get(conn: Connection, subscriber: int) -> Subscriber | None:
    """The reader with this number."""
    person = conn.execute(select(_people).where(_people.c.id == subscriber)).mappings().one_or_none()
    return _with_wishes(conn, [person])[0] if person else None


def with_ids(conn: Connection, wanted: Sequence[int]) -> dict[int, Subscriber]:
    """Some readers by their number; who is not there is left out."""
    people = conn.execute(select(_people).where(_people.c.id.in_(wanted))).mappings().all()
    return {person.id: person for person in _with_wishes(conn, people)}


def describe(conn: Connection, subscriber: int, *, name: str, language: str) -> None:
    """Keep how a reader is called, and the language they read; "": the newsletter's."""
    known = (_people.c.id == subscriber, _people.c.state != SubscriberState.ERASED)
    conn.execute(update(_people).where(*known).values(name=name, language=language))


def find_of_subscription(conn: Connection, subscription: int) -> tuple[Subscriber, Subscription] | None:
    """The reader who holds a subscription, and that subscription."""
    wanted = select(_people).join(_wishes, _wishes.c.subscriber == _people.c.id).where(_wishes.c.id == subscription)
    person = conn.execute(wanted).mappings().one_or_none()
    if person is None:
        return None
    reader = _with_wishes(conn, [person])[0]
    return reader, next(wish for wish in reader.subscriptions if wish.id == subscription)


def get_all(conn: Connection, among: Among = None) -> Iterator[Subscriber]:
    """Every reader (`among` some) in order of joining, read in pages; who was erased is none."""
    after, known = 0, [_people.c.state != SubscriberState.ERASED, *([] if among is None else [among])]
    while True:
        wanted = select(_people).where(_people.c.id > after, *known).order_by(_people.c.id).limit(_PAGE)
        people = conn.execute(wanted).mappings().all()
        if not people:
            return
        yield from _with_wishes(conn, people)
        after = people[-1]["id"]


def count(conn: Connection) -> int:
    """How many readers may get letters: confirmed, with a subscription they have not left."""
    active = (
        select(func.count(func.distinct(_people.c.id)))
        .select_from(_people.join(_wishes, _wishes.c.subscriber == _people.c.id))
        .where(_people.c.state == SubscriberState.CONFIRMED, _wishes.c.state == SubscriptionState.ACTIVE)
    )
    number: int = conn.execute(active).scalar_one()
    return number


def _with_wishes(conn: Connection, people: Sequence[RowMapping]) -> list[Subscriber]:
    ids = [person["id"] for person in people]
    wishes: dict[int, list[Subscription]] = {}
    wanted = select(_wishes).where(_wishes.c.subscriber.in_(ids)).order_by(_wishes.c.newsletter)
    for row in conn.execute(wanted).mappings():
        wishes.setdefault(row["subscriber"], []).append(_wish_of(row))
    return [_person_of(person, tuple(wishes.get(person["id"], ()))) for person in people]


def _person_of(row: RowMapping, wishes: tuple[Subscription, ...]) -> Subscriber:
    facts: dict[str, Any] = {name: row[name] for name in ("id", "email", "name", "language", "consent", "joined")}
    return Subscriber(**facts, state=SubscriberState(row["state"]), subscriptions=wishes)


def _wish_of(row: RowMapping) -> Subscription:
    return Subscription(
        id=row["id"],
        newsletter=row["newsletter"],
        cadence=Cadence(row["cadence"]),
        columns=tuple(row["columns"].split()),
        state=SubscriptionState(row["state"]),
        seen_seq=row["seen_seq"],
        ahead=tuple(map(int, row["ahead"].split())),
    )
