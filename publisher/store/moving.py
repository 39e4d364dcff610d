"""A reader's address is to become another one, which is confirmed where it reads.

Until then nothing changes. Then, where nobody ever read with the new address, the reader's row gets
it: so the reader stays the same row, and all links of old letters go on working. The row that held it
open is nobody's from then on, so that no link that went to the new address is ever good for the old one. Where
somebody did, it is the same person with two addresses: what the old one reads is given to the new
one with its place in the news, and left at the old; what was ever sent stays with where it went.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from publisher.model.asking import Asked, Choice, Proof
from publisher.model.service import CONFIRMED_WITHIN
from publisher.model.subscriber import Subscriber, SubscriberState, SubscriptionState
from publisher.store import growth, schema, signups, subscribers, suppressions, tags
from publisher.store.declining import end_pending

MOVED = "moved to another address"

_people, _wishes, _consents = schema.subscribers, schema.subscriptions, schema.consents


def ask_to_move(conn: Connection, subscriber: int, email: str, proof: Proof) -> Asked | None:
    """Keep that a reader wants another valid address; None where it is theirs already, or they read nothing.

    Where no letter is due, somebody else's wish for the same address is kept in place of this one: a link
    that is on its way there goes on meaning what it meant.
    """
    reader = subscribers.get(conn, subscriber)
    if reader is None or reader.state is SubscriberState.ERASED:
        return None
    if not reader.subscriptions or reader.email.lower() == email.lower():
        return None
    person = signups.enter(conn, email, reader.language, now=proof.at)
    model = next((wish for wish in reader.subscriptions if wish.state is SubscriptionState.ACTIVE), None)
    model = model or reader.subscriptions[0]
    choice = Choice(newsletter=model.newsletter, cadence=model.cadence, columns=model.columns)
    carrier = signups.carrier_of(conn, person["id"], choice, now=proof.at)
    letter = signups.take_letter(conn, person, now=proof.at)
    there = _open_move(conn, person["id"], now=proof.at)
    if letter or there is None or there["of"] == subscriber:
        facts = {"cadence": "", "columns": "", "of": subscriber}
        signups.put_open(conn, person["id"], "", facts, proof)
    return Asked(subscription=carrier, letter=letter)


def move(conn: Connection, subscription: int, *, ip: str, now: datetime) -> Subscriber | None:
    """Let a reader have the new address, by the link of a letter that went there; None where nothing is open."""
    person = signups.lock_reader(conn, subscription)
    wanted = _open_move(conn, person["id"], now=now) if person else None
    if person is None or wanted is None:
        return None
    old = conn.execute(select(_people).where(_people.c.id == wanted["of"]).with_for_update()).mappings().one()
    if old["state"] == SubscriberState.ERASED:
        return None
    if person["state"] == SubscriberState.SUPPRESSED:
        suppressions.lift(conn, person["email"], why="a reader moved there, and confirmed it", now=now)
    known = subscribers.get(conn, person["id"])
    read = known is not None and any(wish.state is not SubscriptionState.PENDING for wish in known.subscriptions)
    stays = person["id"] if read else old["id"]
    with growth.counted(conn, old["id"], person["id"], now=now):
        (_give if read else _hand_over)(conn, old, person, now=now)
    said = update(_consents).where(_consents.c.id == wanted["id"])
    conn.execute(said.values(confirmed=now, confirmed_ip=ip, subscriber=stays, of=None))
    if not read:  # what else was asked for with the new address was never confirmed, and its row is nobody's
        conn.execute(delete(_consents).where(_consents.c.subscriber == person["id"]))
    signups.answered(conn, stays)
    return subscribers.get(conn, stays)


def _open_move(conn: Connection, subscriber: int, *, now: datetime) -> RowMapping | None:
    wanted = select(_consents).where(
        _consents.c.subscriber == subscriber,
        _consents.c.newsletter == "",
        _consents.c.of.is_not(None),
        _consents.c.confirmed.is_(None),
        _consents.c.asked > now - CONFIRMED_WITHIN,
    )
    return conn.execute(wanted).mappings().one_or_none()


def _hand_over(conn: Connection, old: RowMapping, new: RowMapping, *, now: datetime) -> None:
    """The reader gets the new address; the row that held it open stays as nobody's, as if it had been erased."""
    end_pending(conn, new["id"], how=MOVED, now=now)
    nobody = dict.fromkeys(("email", "name", "language", "consent"), "") | {"asked": None, "rests_until": None}
    _set(conn, new["id"], **nobody, asks=0, address_key=f"moved {new['id']}", state=SubscriberState.ERASED)
    # How the old address stood says nothing about the new one, and it has just been proven.
    conn.execute(delete(schema.standings).where(schema.standings.c.subscriber == old["id"]))
    well = {"state": SubscriberState.CONFIRMED, "rests_until": None}
    _set(conn, old["id"], email=new["email"], address_key=new["address_key"], **well)


def _give(conn: Connection, old: RowMapping, new: RowMapping, *, now: datetime) -> None:
    """What is read at the old address, and not at the new one, is read there from now on."""
    end_pending(conn, new["id"], how=MOVED, now=now)
    facts = {name: new[name] or old[name] for name in ("name", "language", "consent")}
    _set(conn, new["id"], state=SubscriberState.CONFIRMED, rests_until=None, **facts)
    conn.execute(delete(schema.standings).where(schema.standings.c.subscriber == new["id"]))
    tags.put(conn, new["id"], tags.of(conn, [old["id"]]).get(old["id"], ()))
    _give_wishes(conn, old["id"], new["id"], now=now)


def _give_wishes(conn: Connection, old: int, new: int, *, now: datetime) -> None:
    reading = _wishes.c.state == SubscriptionState.ACTIVE
    theirs = {row["newsletter"]: row for row in conn.execute(_of(new)).mappings()}
    for row in conn.execute(_of(old).where(reading)).mappings().all():
        kept = {name: row[name] for name in ("cadence", "columns", "seen_seq", "ahead")}
        facts = {**kept, "state": SubscriptionState.ACTIVE, "joined": now, "left_at": None, "left_how": ""}
        there = theirs.get(row["newsletter"])
        if there is None:
            conn.execute(insert(_wishes).values(subscriber=new, newsletter=row["newsletter"], **facts))
        elif there["state"] != SubscriptionState.ACTIVE:
            conn.execute(update(_wishes).where(_wishes.c.id == there["id"]).values(facts))
    left = update(_wishes).where(_wishes.c.subscriber == old, reading)
    conn.execute(left.values(state=SubscriptionState.LEFT, left_at=now, left_how=MOVED))


def _of(subscriber: int) -> Any:
    return select(_wishes).where(_wishes.c.subscriber == subscriber).order_by(_wishes.c.id)


def _set(conn: Connection, subscriber: int, **facts: Any) -> None:
    conn.execute(update(_people).where(_people.c.id == subscriber).values(facts))
