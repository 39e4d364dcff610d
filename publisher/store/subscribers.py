"""Readers and their subscriptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select, update

from publisher.model.issue import RELEASED
from publisher.model.moves import states_before
from publisher.model.subscriber import (
    LOOK_BACK,
    SUBSCRIPTION_MOVES,
    Cadence,
    Subscriber,
    SubscriberState,
    Subscription,
    SubscriptionEvent,
    SubscriptionState,
)
from publisher.store import schema
from publisher.store.upsert import insert_or_ignore

_PAGE = 500

_people = schema.subscribers
_wishes = schema.subscriptions


class Joined(StrEnum):
    """What became of a wish to add somebody."""

    ADDED = "added"
    ALREADY = "already a reader"
    LEFT = "left before; only the reader may come back"
    SUPPRESSED = "must not get mail any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joiner:
    """Somebody to be added to a newsletter; the address is valid, its domain in A-labels."""

    email: str
    name: str = ""
    newsletter: str
    cadence: Cadence
    columns: tuple[str, ...] = ()  # () means all
    consent: str  # where it comes from


def join(conn: Connection, joiner: Joiner, *, now: datetime) -> Joined:
    """Add a reader whose consent is known; never brings back who left or was suppressed."""
    person = _find(conn, joiner.email) or _add_person(conn, joiner, now)
    if person["state"] == SubscriberState.SUPPRESSED:
        return Joined.SUPPRESSED
    if person["state"] == SubscriberState.PENDING:
        conn.execute(update(_people).where(_people.c.id == person["id"]).values(state=SubscriberState.CONFIRMED))
    return _add_wish(conn, person["id"], joiner, now)


def _find(conn: Connection, email: str) -> RowMapping | None:
    return conn.execute(_with_address(email)).mappings().one_or_none()


def _with_address(email: str) -> Select[Any]:
    return select(_people).where(_people.c.address_key == email.lower())


def _add_person(conn: Connection, joiner: Joiner, now: datetime) -> RowMapping:
    """The new reader; where another transaction adds the same one, the row that was first."""
    row = {
        "email": joiner.email,
        "address_key": joiner.email.lower(),
        "name": joiner.name,
        "language": "",
        "state": SubscriberState.CONFIRMED,
        "consent": joiner.consent,
        "joined": now,
    }
    insert_or_ignore(conn, _people, row)
    return conn.execute(_with_address(joiner.email)).mappings().one()


def _add_wish(conn: Connection, subscriber: int, joiner: Joiner, now: datetime) -> Joined:
    had = conn.execute(
        select(_wishes.c.state).where(_wishes.c.subscriber == subscriber, _wishes.c.newsletter == joiner.newsletter)
    ).scalar_one_or_none()
    if had is not None:
        return Joined.ALREADY if had == SubscriptionState.ACTIVE else Joined.LEFT
    row = {
        "subscriber": subscriber,
        "newsletter": joiner.newsletter,
        "cadence": joiner.cadence,
        "columns": " ".join(sorted(joiner.columns)),
        "state": SubscriptionState.ACTIVE,
        "seen_seq": news_start(conn, joiner.newsletter, joiner.cadence, now=now),
        "joined": now,
        "left_how": "",
    }
    return Joined.ADDED if insert_or_ignore(conn, _wishes, row) else Joined.ALREADY


def news_start(conn: Connection, newsletter: str, cadence: Cadence, *, now: datetime) -> int:
    """The post after which all is news to who joins now.

    That is the last one that could be in the last issue that went out; where that was long
    ago, or never, no more than one issue of this cadence would hold: nobody joins to get the
    archive.
    """
    issues, posts = schema.issues, schema.posts
    last_issue = select(func.max(issues.c.through_seq)).where(
        issues.c.newsletter == newsletter, issues.c.cadence == cadence, issues.c.state.in_(RELEASED)
    )
    # From the newest back, so that it costs what is young and not what is stored.
    old = select(posts.c.seq).where(posts.c.first_seen < now - LOOK_BACK[cadence]).order_by(posts.c.seq.desc()).limit(1)
    return max(conn.execute(wanted).scalar_one_or_none() or 0 for wanted in (last_issue, old))


def leave(conn: Connection, subscription: int, *, now: datetime, how: str) -> bool | None:
    """Leave a newsletter for good; False: had left before; None: there is no such subscription."""
    left = (
        update(_wishes)
        .where(_wishes.c.id == subscription, _wishes.c.state == SubscriptionState.ACTIVE)
        .values(state=SubscriptionState.LEFT, left_at=now, left_how=how)
    )
    if conn.execute(left).rowcount:
        return True
    known = conn.execute(select(_wishes.c.id).where(_wishes.c.id == subscription)).scalar_one_or_none()
    return None if known is None else False


def leave_all(conn: Connection, email: str, *, now: datetime, how: str) -> int | None:
    """Leave every newsletter; how many those were, or None for an address that is not known."""
    person = _find(conn, email)
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
    return conn.execute(left).rowcount


def find(conn: Connection, email: str) -> Subscriber | None:
    """The reader with this address."""
    person = _find(conn, email)
    return _with_wishes(conn, [person])[0] if person else None


def find_of_subscription(conn: Connection, subscription: int) -> tuple[Subscriber, Subscription] | None:
    """The reader who holds a subscription, and that subscription."""
    wanted = select(_people).join(_wishes, _wishes.c.subscriber == _people.c.id).where(_wishes.c.id == subscription)
    person = conn.execute(wanted).mappings().one_or_none()
    if person is None:
        return None
    reader = _with_wishes(conn, [person])[0]
    return reader, next(wish for wish in reader.subscriptions if wish.id == subscription)


def get_all(conn: Connection) -> Iterator[Subscriber]:
    """Every reader in order of joining, read in pages."""
    after = 0
    while True:
        wanted = select(_people).where(_people.c.id > after).order_by(_people.c.id).limit(_PAGE)
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
