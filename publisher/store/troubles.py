"""Deliveries that were put off or failed, counted by reason, and by the domain of their readers.

A provider that refuses one reader often refuses all of them: by address that is a list of
thousands, by domain a line.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select

from publisher.model.delivery import DeliveryState
from publisher.store import schema
from publisher.store.domains import domain_of
from publisher.store.ledger import still_wanted

LOOKED_AT = (DeliveryState.DEFERRED, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What stands in one state for readers of one domain, with the last answer."""

    domain: str
    state: DeliveryState
    letters: int
    code: int
    enhanced: str
    reply: str
    reason: str  # of the last answer; "": none was told


def by_reason(conn: Connection, issue: int) -> dict[DeliveryState, dict[str, int]]:
    """How many letters of an issue were put off, failed or are in doubt for which reason, most first; "": none told."""
    ledger, letters = schema.deliveries, func.count()
    states = (*LOOKED_AT, DeliveryState.IN_DOUBT)
    wanted = (
        select(ledger.c.state, ledger.c.reason, letters)
        .where(ledger.c.issue == issue, ledger.c.state.in_(states))
        .group_by(ledger.c.state, ledger.c.reason)
        .order_by(ledger.c.state, letters.desc(), ledger.c.reason)
    )
    found: dict[DeliveryState, dict[str, int]] = {}
    for indexed in (schema.UNSETTLED, schema.TROUBLED):  # by indices that have nothing that was sent
        for state, reason, number in conn.execute(wanted.where(indexed)):
            found.setdefault(DeliveryState(state), {})[reason] = number
    return found


def unwanted(conn: Connection, issue: int, state: DeliveryState, chosen: ColumnElement[bool]) -> int:
    """How many such letters of an issue would be skipped: their readers left since, are suppressed, or rest."""
    gone = select(func.count()).where(schema.deliveries.c.issue == issue, schema.deliveries.c.state == state)
    number: int = conn.execute(gone.where(chosen, ~still_wanted())).scalar_one()
    return number


def by_domain(conn: Connection, issue: int, *, limit: int) -> list[Trouble]:
    """The domains with most deferred or failed deliveries of an issue, those with most first."""
    ledger, people, wishes = schema.deliveries, schema.subscribers, schema.subscriptions
    domain = domain_of(conn, people.c.email)
    alike = (domain, ledger.c.state)
    newest_first = (ledger.c.changed.desc(), ledger.c.id.desc())
    rows = (
        select(
            domain.label("domain"),
            ledger.c.state,
            ledger.c.code,
            ledger.c.enhanced,
            ledger.c.reply,
            ledger.c.reason,
            func.count().over(partition_by=alike).label("letters"),
            func.row_number().over(partition_by=alike, order_by=newest_first).label("place"),
        )
        .join(wishes, wishes.c.id == ledger.c.subscription)
        .join(people, people.c.id == wishes.c.subscriber)
        .where(ledger.c.issue == issue, ledger.c.state.in_(LOOKED_AT))
        .subquery()
    )
    facts = (rows.c[name] for name in ("domain", "state", "letters", "code", "enhanced", "reply", "reason"))
    newest = select(*facts).where(rows.c.place == 1)
    newest = newest.order_by(rows.c.letters.desc(), rows.c.domain, rows.c.state).limit(limit)
    return [Trouble(**dict(row) | {"state": DeliveryState(row["state"])}) for row in conn.execute(newest).mappings()]


def among(
    conn: Connection, *, reasons: Collection[str] = (), domains: Collection[str] = (), readers: Collection[str] = ()
) -> ColumnElement[bool]:
    """Of deliveries: with one of these reasons, to one of these domains, to one of these addresses; () means any."""
    ledger, people, wishes = schema.deliveries, schema.subscribers, schema.subscriptions
    wanted = select(wishes.c.id).join(people, people.c.id == wishes.c.subscriber)
    if domains:
        wanted = wanted.where(domain_of(conn, people.c.email).in_(sorted(domains)))
    if readers:
        wanted = wanted.where(func.lower(people.c.email).in_(sorted(reader.lower() for reader in readers)))
    conditions = [ledger.c.reason.in_(sorted(reasons))] if reasons else []
    if domains or readers:
        conditions.append(ledger.c.subscription.in_(wanted))
    return and_(True, *conditions)
