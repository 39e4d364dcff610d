"""What happened to a letter, done to its reader: counted, put to rest, suppressed; in the caller's transaction.

Most of what a standing is made of never happens: that letters arrive. Nothing is written down for
each of a million of them. Where something does happen, and where a rest is over, the ledger is asked
first what that reader got meanwhile (`caught_up`). That may be done any number of times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.bounce.policy import Act, decide
from publisher.bounce.standing import ARRIVED_AFTER, after
from publisher.model.standing import Event, Happening, Standing, State
from publisher.model.suppression import Grounds
from publisher.store import fates, standings, subscribers, suppressions
from publisher.store.fates import SentLetter


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What told of it, for the record."""

    detail: str
    message: int | None = None  # None: the reply when it was sent


def happened(conn: Connection, letter: SentLetter, event: Event, *, source: Source, now: datetime) -> Act:
    """Do to the reader of a letter what an event means, and tell what that was."""
    if letter.is_erased:
        return Act.NOTHING
    before = standings.lock(conn, letter.subscriber)
    decision = decide(caught_up(conn, letter.subscriber, before, now=now), event)
    if decision.standing != before:
        standings.put(conn, letter.subscriber, decision.standing)
    if decision.act is Act.SUPPRESS:
        _suppress(conn, letter, event, source, now=now)
    return decision.act


def look_after(conn: Connection, subscriber: int, *, now: datetime) -> bool:
    """Whether a reader whose rest is over stands otherwise, by what the ledger has of them."""
    before = standings.lock(conn, subscriber)
    standing = caught_up(conn, subscriber, before, now=now)
    if standing != before:
        standings.put(conn, subscriber, standing)
    return standing != before


def caught_up(conn: Connection, subscriber: int, standing: Standing, *, now: datetime) -> Standing:
    """A standing, with what was sent to its reader, and what has arrived by now."""
    if standing.state is State.RESTING and standing.until is not None and standing.until <= now:
        probe = fates.first_sent(conn, subscriber, since=standing.until)
        if probe:
            standing = after(standing, Event(happening=Happening.SENT, at=probe, sent_at=probe))
    arrived = fates.last_arrived(conn, subscriber, until=now - ARRIVED_AFTER)
    if arrived and (standing.last_arrived is None or arrived > standing.last_arrived):
        known = Event(happening=Happening.ARRIVED, at=arrived + ARRIVED_AFTER, sent_at=arrived)
        standing = after(standing, known)
    return standing


def _suppress(conn: Connection, letter: SentLetter, event: Event, source: Source, *, now: datetime) -> None:
    complained = event.happening is Happening.COMPLAINED
    if complained:
        subscribers.leave_all(conn, letter.email, now=now, how="complaint")
    suppressions.put(
        conn,
        letter.email,
        why=Grounds.COMPLAINT if complained else Grounds.GONE,
        detail=source.detail,
        now=now,
        delivery=letter.id,
        message=source.message,
    )
