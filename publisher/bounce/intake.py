"""Taking a message in: kept first, then read and acted on, in one transaction.

A kill between the two leaves a message that is kept and not read: `act_on_unread` finds it, and so does
the same message when it comes again. What was acted on is not acted on twice.

Acted on is only what names a letter of ours by a token that nobody else can make. A bounce without one
is kept and shown; replies of machines and letters of people are kept and left alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.bounce.acting import Source, happened
from publisher.bounce.classify import Classified, classify, named
from publisher.bounce.mailbox import Received
from publisher.bounce.policy import Act, event_of
from publisher.model.incoming import Failure, Incoming, Kind
from publisher.model.keptmessage import Acted, KeptMessage
from publisher.store import fates, hours, messages, subscribers
from publisher.store.database import Store
from publisher.store.fates import SentLetter

LEFT_BY_MAIL = "mail"
_LONGEST_DETAIL = 500
_PAGE = 100
_ENDS = {Act.NOTHING: Acted.NOTHING, Act.COUNT: Acted.COUNTED, Act.REST: Acted.RESTED, Act.SUPPRESS: Acted.SUPPRESSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What became of a message."""

    message: int
    kind: str
    acted: Acted
    issue: int | None = None  # of its letter, where that did not arrive or is complained of


def take_in(
    store: Store,
    octets: bytes,
    *,
    came_by: str,
    came_to: Sequence[str] = (),
    keys: tuple[bytes, ...],
    now: datetime,
) -> TakenIn:
    """Keep a message for good, then act on it. Raises StorageError: where it was not kept, let it come again."""
    digest = Received(place="", octets=octets).digest
    with store.write() as conn:
        message = messages.keep(conn, digest, octets, came_by=came_by, came_to=tuple(came_to), now=now)
    return _act_on(store, message, keys=keys, now=now)


_COUNTED = {Kind.BOUNCE: hours.Event.BOUNCED, Kind.COMPLAINT: hours.Event.COMPLAINED}


def take_in_told(
    store: Store,
    incoming: Incoming,
    *,
    told_as: str,
    octets: bytes,
    came_by: str,
    keys: tuple[bytes, ...],
    now: datetime,
) -> TakenIn:
    """The same of what a webhook tells, which is a provider's word in a form of its own: kept and acted on at once.

    `told_as` names it with that provider, who tells again under the same name where we were killed; `octets` is
    what is kept of it for people. Raises StorageError: nothing is kept then, let it be told again.
    """
    digest = hashlib.sha256(f"{came_by}\0{told_as}".encode("utf-8", "surrogatepass")).hexdigest()
    with store.write() as conn:
        message = messages.keep(conn, digest, octets, came_by=came_by, came_to=(), now=now)
        kept = messages.lock_unread(conn, message)
        return _done(conn, kept, named(incoming, keys), now=now) if kept else _as_it_was(conn, message)


def act_on_unread(
    store: Store, *, keys: tuple[bytes, ...], now: datetime, stop: Callable[[], bool] = lambda: False
) -> list[TakenIn]:
    """Act on what was kept by somebody who was killed before more was done."""
    taken: list[TakenIn] = []
    last = 0
    while not stop():
        with store.read() as conn:
            waiting = messages.unread(conn, after=last, limit=_PAGE)
        if not waiting:
            break
        taken += [_act_on(store, message, keys=keys, now=now) for message in waiting]
        last = waiting[-1]
    return taken


def _act_on(store: Store, message: int, *, keys: tuple[bytes, ...], now: datetime) -> TakenIn:
    with store.write() as conn:
        kept = messages.lock_unread(conn, message)
        if kept is None:
            return _as_it_was(conn, message)
        return _done(conn, kept, classify(kept.raw or b"", keys=keys, came_to=kept.came_to), now=now)


def _as_it_was(conn: Connection, message: int) -> TakenIn:
    known = messages.find(conn, message)
    return TakenIn(message=message, kind=known.kind if known else "", acted=known.acted if known else Acted.NOTHING)


def _done(conn: Connection, kept: KeptMessage, classified: Classified, *, now: datetime) -> TakenIn:
    """Act on a message that nobody acted on yet, and write down what it was and what was done."""
    letter = _letter_of(conn, classified)
    failure = classified.failure_of(letter.email if letter else "")
    acted = _acted(conn, kept, classified, letter, now=now)
    facts = {
        "kind": classified.kind,
        "delivery": letter.id if letter else None,
        "issue": letter.issue if letter else None,
        "subscription": _subscription(conn, classified, letter),
        "subscriber": letter.subscriber if letter else None,
        "reason": failure.reason if failure else "",
        "address": _address(classified, failure),
        "detail": _detail(classified, failure),
        "acted": acted,
    }
    if letter and letter.is_erased:
        facts |= {"raw": None, "address": "", "detail": "", "came_to": ""}  # it names who is not to be known any more
    messages.settle(conn, kept.id, facts)
    if letter and classified.kind in _COUNTED:
        hours.count(conn, {_COUNTED[classified.kind]: 1}, now=now)
    issue = letter.issue if letter and classified.kind in (Kind.BOUNCE, Kind.COMPLAINT) else None
    return TakenIn(message=kept.id, kind=classified.kind, acted=acted, issue=issue)


def _letter_of(conn: Connection, classified: Classified) -> SentLetter | None:
    """The letter that a message is about; by a link to leave alone, the last one that has this link."""
    if classified.delivery is not None:
        return fates.find(conn, classified.delivery)
    return fates.newest_of(conn, classified.subscription) if classified.subscription is not None else None


def _subscription(conn: Connection, classified: Classified, letter: SentLetter | None) -> int | None:
    if letter:
        return letter.subscription
    named = classified.subscription
    return named if named is not None and subscribers.find_of_subscription(conn, named) else None


def _acted(
    conn: Connection, kept: KeptMessage, classified: Classified, letter: SentLetter | None, *, now: datetime
) -> Acted:
    if classified.kind not in (Kind.BOUNCE, Kind.COMPLAINT, Kind.UNSUBSCRIBE):
        return Acted.NOTHING
    if classified.is_test:
        return Acted.TEST
    if not classified.is_ours:
        return Acted.NOT_OURS
    if classified.kind is Kind.UNSUBSCRIBE and not (letter and letter.is_erased):
        return _left(conn, classified, letter, now=now)
    if letter is None or letter.is_erased:
        return Acted.UNKNOWN_LETTER
    of_letter = replace(classified, delivery=letter.id)
    event = event_of(of_letter, reader=letter.email, at=now, sent_at=min(letter.changed, now))
    if event is None:
        return Acted.NOTHING
    failure = classified.failure_of(letter.email)
    source = Source(detail=_detail(classified, failure), message=kept.id)
    return _ENDS[happened(conn, letter, event, source=source, now=now)]


def _left(conn: Connection, classified: Classified, letter: SentLetter | None, *, now: datetime) -> Acted:
    subscription = classified.subscription
    if subscription is None and letter:
        subscription = letter.subscription
    left = None if subscription is None else subscribers.leave(conn, subscription, now=now, how=LEFT_BY_MAIL)
    if left is None:
        return Acted.UNKNOWN_LETTER
    return Acted.LEFT if left else Acted.NOTHING


def _address(classified: Classified, failure: Failure | None) -> str:
    if failure:
        return failure.address
    return next(iter(classified.incoming.complainers), classified.incoming.sender)


def _detail(classified: Classified, failure: Failure | None) -> str:
    if failure is None:
        return (classified.incoming.feedback_type or classified.incoming.subject)[:_LONGEST_DETAIL]
    code = "" if not failure.code or str(failure.code) in failure.text else str(failure.code)
    status = "" if failure.status in failure.text else failure.status
    return " ".join(part for part in (code, status, failure.text) if part)[:_LONGEST_DETAIL]
