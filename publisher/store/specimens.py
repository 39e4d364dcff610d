"""The letters of an issue that was made, and which of them is whose: to be looked at again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from publisher.store import schema

_variants, _posts, _ledger, _letters = schema.variants, schema.variant_posts, schema.deliveries, schema.letters


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeVariant:
    """One letter of an issue."""

    id: int
    key: str
    seqs: tuple[int, ...]  # its posts, in the order of the letter
    readers: int  # deliveries; none before the issue is released
    has_letter: bool  # else its template had a mistake


def variants_of(conn: Connection, issue: int, *, counted: bool = True) -> list[MadeVariant]:
    """The letters of an issue, the fullest first; not `counted`: without their readers, which takes a look at each."""
    lettered = set(conn.execute(select(_letters.c.variant).join(_variants).where(_variants.c.issue == issue)).scalars())
    of_each = select(_ledger.c.variant, func.count()).where(_ledger.c.issue == issue).group_by(_ledger.c.variant)
    readers = {row[0]: row[1] for row in conn.execute(of_each)} if counted else {}
    rows = conn.execute(
        select(_variants.c.id, _variants.c.key).where(_variants.c.issue == issue).order_by(_variants.c.id)
    )
    return [
        MadeVariant(
            id=row.id,
            key=row.key,
            seqs=_seqs_of(conn, row.id),
            readers=readers.get(row.id, 0),
            has_letter=row.id in lettered,
        )
        for row in rows
    ]


def _seqs_of(conn: Connection, variant: int) -> tuple[int, ...]:
    wanted = select(_posts.c.post).where(_posts.c.variant == variant).order_by(_posts.c.position)
    return tuple(conn.execute(wanted).scalars())


def delivered_variant(conn: Connection, issue: int, subscription: int) -> int | None:
    """The letter that a subscription got, or is to get, of a released issue."""
    wanted = select(_ledger.c.variant).where(_ledger.c.issue == issue, _ledger.c.subscription == subscription)
    return conn.execute(wanted).scalar_one_or_none()
