"""What came back of letters and what was refused, counted by the domain of their readers.

By mail is known for good; of what was refused while it was sent, the ledger has the last answer of each letter, so
one that was blocked and taken later is not among it. Letters of readers who were erased are in no domain.

Whoever asks about a few days pays for all letters of issues that were going out in them.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, literal, or_, select

from publisher.model.delivery import DeliveryState
from publisher.model.incoming import Kind
from publisher.model.reason import Reason
from publisher.store import marks, schema
from publisher.store.domains import domain_of

ABOUT_US = tuple(reason for reason in Reason if reason.about_us)

_ledger, _wishes, _people = schema.deliveries, schema.subscriptions, schema.subscribers
_messages, _issues = schema.messages, schema.issues
_REFUSED = (DeliveryState.FAILED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Letters to one domain that one thing happened to, for one reason."""

    domain: str
    kind: str  # `bounce` or `complaint`: it came back; `refused`: as it was sent
    reason: str  # in a word; "": none is known
    letters: int


def came_back(conn: Connection, issue: int, reasons: Collection[Reason] = ABOUT_US) -> list[Counted]:
    """How many letters of an issue came back by mail, for some reasons."""
    wanted = _by_mail(conn).where(
        _messages.c.issue == issue, _messages.c.kind == Kind.BOUNCE, _messages.c.reason.in_(reasons)
    )
    return _counted(conn, wanted)


def went_to(conn: Connection, issue: int, domains: Collection[str]) -> dict[str, int]:
    """How many letters of an issue went to some domains."""
    alike = _letters(conn).where(_ledger.c.issue == issue, _ledger.c.state == DeliveryState.SENT)
    return _numbers(conn, alike, domains)


def since(conn: Connection, moment: datetime) -> list[Counted]:
    """What came back from a moment on, and what was refused then and has not been taken since."""
    kept = _messages.c.raw.is_not(None)  # as the index has them
    by_mail = _by_mail(conn).where(
        _messages.c.came >= moment, kept, _messages.c.kind.in_((Kind.BOUNCE, Kind.COMPLAINT))
    )
    refused = _letters(conn, literal("refused").label("kind"), _ledger.c.reason, _ledger.c.id.label("delivery"))
    refused = refused.where(*_lately(moment), _ledger.c.state.in_(_REFUSED), _ledger.c.reason != "")
    return [*_counted(conn, by_mail), *_counted(conn, refused)]


def letters_since(conn: Connection, moment: datetime, domains: Collection[str]) -> dict[str, int]:
    """How many letters to some domains had an answer from a moment on."""
    states = (DeliveryState.SENT, *_REFUSED)
    return _numbers(conn, _letters(conn).where(*_lately(moment), _ledger.c.state.in_(states)), domains)


def paused_for(conn: Connection, issue: int, domain: str) -> dict[str, int]:
    """The numbers for which a domain was paused last, by what came back of an issue; {}: it never was."""
    kept = marks.get(conn, _mark(issue, domain))
    return {name: int(number) for name, number in json.loads(kept).items()} if kept else {}


def remember_pause(conn: Connection, issue: int, domain: str, numbers: dict[str, int]) -> None:
    """Keep them."""
    marks.put(conn, {_mark(issue, domain): json.dumps(numbers)})


def _mark(issue: int, domain: str) -> str:
    return f"blocked:{issue}:{domain}"


def _by_mail(conn: Connection) -> Select[Any]:
    return select(
        domain_of(conn, _people.c.email).label("domain"), _messages.c.kind, _messages.c.reason, _messages.c.delivery
    ).select_from(_messages.join(_people, _people.c.id == _messages.c.subscriber))


def _counted(conn: Connection, wanted: Select[Any]) -> list[Counted]:
    """Each letter once, however often it came back. In a query around it, since PostgreSQL groups by names alone."""
    one = wanted.subquery()
    alike = (one.c.domain, one.c.kind, one.c.reason)
    rows = conn.execute(select(*alike, func.count(func.distinct(one.c.delivery))).group_by(*alike))
    return [Counted(domain=where, kind=kind, reason=why, letters=number) for where, kind, why, number in rows]


def _of_readers() -> FromClause:
    readers = _ledger.join(_wishes, _wishes.c.id == _ledger.c.subscription)
    return readers.join(_people, _people.c.id == _wishes.c.subscriber)


def _letters(conn: Connection, *facts: ColumnElement[Any]) -> Select[Any]:
    return select(domain_of(conn, _people.c.email).label("domain"), *facts).select_from(_of_readers())


def _numbers(conn: Connection, wanted: Select[Any], domains: Collection[str]) -> dict[str, int]:
    if not domains:
        return {}
    alike = wanted.where(domain_of(conn, _people.c.email).in_(sorted(domains))).subquery()
    return dict(conn.execute(select(alike.c.domain, func.count()).group_by(alike.c.domain)).all())


def _lately(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    going = select(_issues.c.id).where(or_(_issues.c.finished.is_(None), _issues.c.finished >= moment))
    return _ledger.c.issue.in_(going), _ledger.c.changed >= moment
