"""Asking to join, and confirming it: double opt-in.

Asking changes nothing about a reader who is there: what was asked for stands beside it, in
`consents`, until the link of the letter is used. Somebody new stands as `pending`, with a
subscription that letters can be about. All that can be asked for an address is one open row for
each newsletter, however often somebody asks; the newest counts.

Confirming is the only way back for who left or was suppressed. The row of `consents` stays: it is
the proof. A change of address is `moving.py`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select, update

from publisher.model.asking import Asked, Choice, Confirmed, Open, Proof, asks_by_now, may_be_asked_from
from publisher.model.service import CONFIRMED_WITHIN
from publisher.model.subscriber import Cadence, Preference, SubscriberState, SubscriptionState
from publisher.store import growth, schema, subscribers, suppressions
from publisher.store.declining import decline_all, end_pending
from publisher.store.newsstart import news_start
from publisher.store.pauses import catch_up
from publisher.store.preferences import prefer
from publisher.store.upsert import insert_or_ignore

DECLINED = "declined"
_VERSION_DIGITS = 16

_people, _wishes, _consents = schema.subscribers, schema.subscriptions, schema.consents
_OPEN = _consents.c.confirmed.is_(None)


def keep_text(conn: Connection, text: str, *, now: datetime) -> str:
    """Keep what a page said when somebody asked; its version."""
    version = hashlib.sha256(text.encode()).hexdigest()[:_VERSION_DIGITS]
    known = select(schema.consent_texts.c.version).where(schema.consent_texts.c.version == version)
    if conn.execute(known).first() is None:
        insert_or_ignore(conn, schema.consent_texts, {"version": version, "text": text, "since": now})
    return version


def ask(conn: Connection, email: str, choices: Sequence[Choice], proof: Proof, *, language: str = "") -> Asked:
    """Keep what somebody asked for with a valid address, to be confirmed by who reads there.

    `choices` has one newsletter or more, each once. `language` is kept of a new reader only.
    """
    # Before any row: whom we look for may just be erased, and then the row stays locked though it is not found.
    suppressions.none_meanwhile(conn)
    person = enter(conn, email, language, now=proof.at)
    carriers = [carrier_of(conn, person["id"], choice, now=proof.at) for choice in choices]
    for choice in choices:
        facts = {"cadence": choice.cadence, "columns": " ".join(sorted(choice.columns)), "of": None}
        put_open(conn, person["id"], choice.newsletter, facts, proof)
    return Asked(subscription=carriers[0], letter=take_letter(conn, person, now=proof.at))


def find_known(conn: Connection, email: str, newsletters: Collection[str]) -> tuple[int, str] | None:
    """Of who once confirmed this address: a subscription to one of these newsletters, and which; best one that is read.

    None where nobody did.
    """
    is_read = (_wishes.c.state == SubscriptionState.ACTIVE).desc()
    wanted = (
        select(_wishes.c.id, _wishes.c.newsletter)
        .join(_people, _people.c.id == _wishes.c.subscriber)
        .where(_people.c.address_key == email.lower(), _people.c.state != SubscriberState.PENDING)
        .where(_wishes.c.newsletter.in_(newsletters))
        .order_by(is_read, _wishes.c.id)
    )
    row = conn.execute(wanted.limit(1)).one_or_none()
    return (row.id, row.newsletter) if row else None


def ask_link(conn: Connection, email: str, newsletters: Collection[str], *, now: datetime) -> Asked | None:
    """Whether a letter with a link to their own page is due; None where nobody confirmed reads with the address.

    Whoever answered the last letter need not wait: it is they who ask. One an hour of these is all that goes anyway.
    """
    person = conn.execute(_locked(email)).mappings().one_or_none()
    known = find_known(conn, email, newsletters)
    if person is None or known is None:
        return None
    return Asked(subscription=known[0], letter=take_letter(conn, person, now=now, at_once=person["asks"] == 0))


def take_letter(conn: Connection, person: RowMapping, *, now: datetime, at_once: bool = False) -> bool:
    """Whether a letter may ask this reader now; if so, it counts as asked. The row is locked by the caller."""
    asks = asks_by_now(person["asked"], person["asks"], now=now)
    start = may_be_asked_from(person["asked"], asks, SubscriberState(person["state"]))
    if start is not None and now < start and not at_once:
        return False
    conn.execute(update(_people).where(_people.c.id == person["id"]).values(asked=now, asks=asks + 1))
    return True


def answered(conn: Connection, subscriber: int) -> None:
    """A letter was answered: the next one that is asked for need not wait for long."""
    conn.execute(update(_people).where(_people.c.id == subscriber).values(asks=0))


def find_open(conn: Connection, subscription: int, *, now: datetime) -> Open | None:
    """What a letter's link stands for; None where nothing is open (any more) that it could confirm."""
    found = subscribers.find_of_subscription(conn, subscription)
    if found is None:
        return None
    reader = found[0]
    rows = conn.execute(_those_open(reader.id, now=now)).mappings().all()
    of = next((row["of"] for row in rows if row["of"]), None)
    moving = subscribers.get(conn, of) if of else None
    choices = tuple(_choice_of(row) for row in rows if row["newsletter"])
    return Open(reader=reader, choices=choices, moving=moving) if choices or moving else None


def confirm(
    conn: Connection,
    subscription: int,
    newsletters: Mapping[str, Sequence[str]],
    *,
    ip: str,
    now: datetime,
    name: str | None = None,
) -> Confirmed | None:
    """Join what was asked for, of these newsletters (each with all its columns); None where nothing of that is open.

    `name` None: as it was.
    """
    reader = lock_reader(conn, subscription)
    if reader is None:
        return None
    rows = conn.execute(_those_open(reader["id"], now=now)).mappings().all()
    wanted = [row for row in rows if row["newsletter"] in newsletters]
    if not wanted:
        return None
    with growth.counted(conn, reader["id"], now=now):
        joined = _confirm(conn, reader, wanted, newsletters, name=name, now=now)
    ids = [row["id"] for row in wanted]
    conn.execute(update(_consents).where(_consents.c.id.in_(ids)).values(confirmed=now, confirmed_ip=ip))
    conn.execute(delete(_consents).where(_consents.c.subscriber == reader["id"], _OPEN, _consents.c.newsletter != ""))
    end_pending(conn, reader["id"], how=DECLINED, now=now)
    found = subscribers.get(conn, reader["id"])
    return Confirmed(reader=found, joined=tuple(joined)) if found else None


def _confirm(
    conn: Connection,
    reader: RowMapping,
    wanted: Sequence[RowMapping],
    newsletters: Mapping[str, Sequence[str]],
    *,
    name: str | None,
    now: datetime,
) -> list[int]:
    """Let the reader be confirmed, and join; which subscriptions began."""
    if reader["state"] == SubscriberState.SUPPRESSED:
        suppressions.lift(conn, reader["email"], why="the reader asked to join, and confirmed it", now=now)
        catch_up(conn, reader["id"], now=now)
    facts: dict[str, Any] = {"state": SubscriberState.CONFIRMED, "asks": 0, "rests_until": None}  # mail arrives there
    if name is not None:
        facts["name"] = name
    if not reader["consent"]:
        facts["consent"] = f"sign-up confirmed {now:%Y-%m-%d %H:%M} UTC"
    conn.execute(update(_people).where(_people.c.id == reader["id"]).values(facts))
    conn.execute(delete(schema.standings).where(schema.standings.c.subscriber == reader["id"]))
    choices = [_choice_of(row) for row in wanted]
    return [one for choice in choices if (one := _join(conn, reader["id"], choice, newsletters, now=now))]


def join_at_own_page(
    conn: Connection,
    subscription: int,
    choices: Sequence[Choice],
    newsletters: Mapping[str, Sequence[str]],
    proof: Proof,
) -> Confirmed | None:
    """Join at once, by who holds the passing link of their own page: it went to that address alone.

    `newsletters` are those of `choices`, each with all its columns. None where there is no such subscription.
    """
    reader = lock_reader(conn, subscription)
    if reader is None or not choices:
        return None
    for choice in choices:
        facts = {"cadence": choice.cadence, "columns": " ".join(sorted(choice.columns)), "of": None}
        put_open(conn, reader["id"], choice.newsletter, facts, proof)
    return confirm(conn, subscription, newsletters, ip=proof.ip, now=proof.at)


def decline(conn: Connection, subscription: int, *, now: datetime) -> bool:
    """Who reads there did not ask for it: no letter asks for long. False: nothing was open."""
    reader = lock_reader(conn, subscription)
    if reader is None:
        return False
    return decline_all(conn, reader["id"], how=DECLINED, now=now)


def put_open(conn: Connection, subscriber: int, newsletter: str, facts: Mapping[str, Any], proof: Proof) -> None:
    """The one open row of a reader and newsletter; with "" as newsletter it is about the address."""
    said = {**facts, "asked": proof.at, "asked_ip": proof.ip, "form": proof.form}
    there = update(_consents).where(_consents.c.subscriber == subscriber, _consents.c.newsletter == newsletter, _OPEN)
    if not conn.execute(there.values(said)).rowcount:
        conn.execute(insert(_consents).values(subscriber=subscriber, newsletter=newsletter, confirmed_ip="", **said))


def enter(conn: Connection, email: str, language: str, *, now: datetime) -> RowMapping:
    """The reader with this address, locked; a new one is `pending`, unless the address is suppressed."""
    key = email.lower()
    row = {
        "email": email,
        "address_key": key,
        "name": "",  # a stranger may have asked: he does not say how our letter calls somebody
        "language": language,
        "state": SubscriberState.PENDING,
        "consent": "",
        "joined": now,
    }
    while (person := conn.execute(_locked(email)).mappings().one_or_none()) is None:
        suppressions.none_meanwhile(conn)
        if suppressions.among(conn, [key]):
            row["state"] = SubscriberState.SUPPRESSED
        insert_or_ignore(conn, _people, row)  # who was there already may be erased before we have the lock: once more
    return person


def _locked(email: str) -> Any:
    return select(_people).where(_people.c.address_key == email.lower()).with_for_update()


def lock_reader(conn: Connection, subscription: int) -> RowMapping | None:
    """The reader who holds a subscription, locked; None also where they were erased meanwhile."""
    of = select(_wishes.c.subscriber).where(_wishes.c.id == subscription).scalar_subquery()
    known = _people.c.state != SubscriberState.ERASED
    locked = select(_people).where(_people.c.id == of, known).with_for_update()
    return conn.execute(locked).mappings().one_or_none()


def carrier_of(conn: Connection, subscriber: int, choice: Choice, *, now: datetime) -> int:
    """The subscription that letters are about; a new one is `pending`."""
    row = {
        "subscriber": subscriber,
        "newsletter": choice.newsletter,
        "cadence": choice.cadence,
        "columns": " ".join(sorted(choice.columns)),
        "state": SubscriptionState.PENDING,
        "seen_seq": 0,  # where the news begins is known when it is confirmed
        "joined": now,
        "left_how": "",
    }
    insert_or_ignore(conn, _wishes, row)
    mine = (_wishes.c.subscriber == subscriber, _wishes.c.newsletter == choice.newsletter)
    carrier: int = conn.execute(select(_wishes.c.id).where(*mine)).scalar_one()
    return carrier


def _those_open(subscriber: int, *, now: datetime) -> Any:
    """The newest first where several letters asked; what is too old is nothing any more."""
    mine: tuple[ColumnElement[bool], ...] = (_consents.c.subscriber == subscriber, _OPEN)
    young = _consents.c.asked > now - CONFIRMED_WITHIN
    return select(_consents).where(*mine, young).order_by(_consents.c.newsletter)


def _choice_of(row: RowMapping) -> Choice:
    return Choice(newsletter=row["newsletter"], cadence=Cadence(row["cadence"]), columns=tuple(row["columns"].split()))


def _join(
    conn: Connection, subscriber: int, choice: Choice, newsletters: Mapping[str, Sequence[str]], *, now: datetime
) -> int | None:
    """Let the subscription be as chosen; its id where it was not active before."""
    carrier = carrier_of(conn, subscriber, choice, now=now)
    state = conn.execute(select(_wishes.c.state).where(_wishes.c.id == carrier)).scalar_one()
    if state == SubscriptionState.ACTIVE:
        preference = Preference(cadence=choice.cadence, columns=choice.columns)
        prefer(conn, carrier, preference, columns=newsletters[choice.newsletter], now=now)
        return None
    facts = {
        "cadence": choice.cadence,
        "columns": " ".join(sorted(choice.columns)),
        "state": SubscriptionState.ACTIVE,
        "seen_seq": news_start(conn, choice.newsletter, choice.cadence, now=now),
        "ahead": "",
        "joined": now,
        "left_at": None,
        "left_how": "",
    }
    conn.execute(update(_wishes).where(_wishes.c.id == carrier).values(facts))
    return carrier
