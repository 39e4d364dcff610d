"""How the letters of an issue go, by relay and by domain of their readers: what senders told of it.

Each sender has rows of its own, so that none waits for another; when it ends they are added to
those of sender 0. They count answers: a letter that was put off twice and then taken is three.
Many domains are few in the end: the busiest have rows by name, all others one together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from publisher.store import issues, schema

MOST_NAMED = 50  # domains of an issue
OTHERS = ""  # the name of all other domains
NOBODY = 0  # has the rows of senders that ended

_table = schema.progress
_NUMBERS = ("sent", "deferred", "failed")


class By(StrEnum):
    RELAY = "relay"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """What was answered of one relay's letters, or one domain's."""

    by: By
    name: str  # OTHERS: domains that are too many to name
    sent: int = 0
    deferred: int = 0
    failed: int = 0

    @property
    def answers(self) -> int:
        return self.sent + self.deferred + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Of an issue, the busiest first; what has no name at the end."""

    relays: tuple[Went, ...]
    domains: tuple[Went, ...]
    at: datetime | None  # when it was told last; None: never yet


def put(conn: Connection, sender: int, issue: int, went: Iterable[Went], *, now: datetime) -> None:
    """All that a sender has to tell of an issue, in place of what it told before."""
    conn.execute(delete(_table).where(_table.c.issue == issue, _table.c.sender == sender))
    rows = [
        {"issue": issue, "sender": sender, "of": one.by.value, "name": one.name, "at": now}
        | {name: getattr(one, name) for name in _NUMBERS}
        for one in went
    ]
    if rows:
        conn.execute(insert(_table), rows)


def fold(conn: Connection, senders: Collection[int]) -> None:
    """These have ended: what they told is nobody's in particular."""
    wanted = select(_table.c.issue, func.max(_table.c.at)).where(_table.c.sender.in_(sorted(senders)))
    for issue, told in conn.execute(wanted.group_by(_table.c.issue).order_by(_table.c.issue)).all():
        issues.lock(conn, issue)  # two may end at once
        mine = (_table.c.issue == issue, _table.c.sender.in_([NOBODY, *senders]))
        newest = max(told, conn.execute(select(func.max(_table.c.at)).where(*mine)).scalar_one())
        found = _summed(conn, *mine)
        conn.execute(delete(_table).where(*mine))
        put(conn, NOBODY, issue, [one for by in By for one in named(by, found[by])], now=newest)


def named(by: By, found: Mapping[str, Went]) -> list[Went]:
    """The busiest by name, and the others together; relays all by name."""
    ordered = sorted(found.values(), key=lambda one: (one.name == OTHERS, -one.answers, one.name))
    if by is By.RELAY or len(ordered) <= MOST_NAMED:
        return ordered
    rest = ordered[MOST_NAMED:]
    together = {name: sum(getattr(one, name) for one in rest) for name in _NUMBERS}
    return [*ordered[:MOST_NAMED], Went(by=by, name=OTHERS, **together)]


def of_issue(conn: Connection, issue: int) -> Progress:
    """How its letters go, by what all senders told."""
    found = _summed(conn, _table.c.issue == issue)
    at = conn.execute(select(func.max(_table.c.at)).where(_table.c.issue == issue)).scalar_one_or_none()
    relays, domains = (tuple(named(by, found[by])) for by in (By.RELAY, By.DOMAIN))
    return Progress(relays=relays, domains=domains, at=at)


def _summed(conn: Connection, *which: ColumnElement[bool]) -> dict[By, dict[str, Went]]:
    sums = [func.sum(_table.c[name]) for name in _NUMBERS]
    wanted = select(_table.c.of, _table.c.name, *sums).where(*which).group_by(_table.c.of, _table.c.name)
    found: dict[By, dict[str, Went]] = {by: {} for by in By}
    for of, name, *numbers in conn.execute(wanted):
        by = By(of)
        found[by][name] = Went(by=by, name=name, **dict(zip(_NUMBERS, map(int, numbers), strict=True)))
    return found
