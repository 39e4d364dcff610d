"""Readers and letters counted by the domain of their address: for what is limited by it.

Only the domains that are asked for are counted, so that the answer is short for a long list too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select

from publisher.model.subscriber import Cadence
from publisher.store import schema
from publisher.store.audience import would_get
from publisher.store.segments import Among

_ledger, _wishes, _people = schema.deliveries, schema.subscriptions, schema.subscribers


def domain_of(conn: Connection, address: ColumnElement[str]) -> ColumnElement[Any]:
    """What stands behind the `@`; the two databases find it by functions of their own."""
    find = func.strpos if conn.dialect.name == "postgresql" else func.instr
    return func.lower(func.substr(address, find(address, literal("@")) + 1))


def of_readers(
    conn: Connection, newsletter: str, cadence: Cadence, domains: Collection[str], among: Among = None
) -> dict[str, int]:
    """How many of those (`among` some) who would get an issue now have their mailbox at each of these domains."""
    wanted = _wishes.join(_people, _people.c.id == _wishes.c.subscriber)
    return _counted(conn, select().select_from(wanted).where(*would_get(newsletter, cadence, among)), domains)


def of_issue(conn: Connection, issue: int, domains: Collection[str]) -> dict[str, int]:
    """How many letters of an issue go to each of these domains, whatever became of them."""
    wanted = _ledger.join(_wishes, _wishes.c.id == _ledger.c.subscription)
    wanted = wanted.join(_people, _people.c.id == _wishes.c.subscriber)
    return _counted(conn, select().select_from(wanted).where(_ledger.c.issue == issue), domains)


def _counted(conn: Connection, wanted: Select[Any], domains: Collection[str]) -> dict[str, int]:
    if not domains:
        return {}
    domain = domain_of(conn, _people.c.email)
    alike = wanted.add_columns(domain.label("domain")).where(domain.in_(sorted(domains))).subquery()
    counted = select(alike.c.domain, func.count()).group_by(alike.c.domain).order_by(alike.c.domain)
    return dict(conn.execute(counted).all())
