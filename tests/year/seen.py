"""What stands in the database of an issue, read with statements of the simulation's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from publisher.model.issue import IssueState
from publisher.model.subscriber import Cadence
from publisher.store import schema

_POST = re.compile(r"Post (\d+) version (\d+)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One variant: its posts by the database, and by the words of its letter."""

    seqs: tuple[int, ...]
    in_text: tuple[tuple[int, int], ...] | None  # (seq, version); None: the letter could not be made
    in_html: tuple[tuple[int, int], ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An issue as it stands."""

    id: int
    newsletter: str
    cadence: str
    slot: str
    state: str
    due: datetime
    through_seq: int
    why: str
    editions: Mapping[int, Edition]  # by row of the variant
    deliveries: Mapping[int, int]  # subscription: row of the variant

    @property
    def is_of_one(self) -> bool:
        """Whether it is the letter of one post, as it happens."""
        return self.cadence == Cadence.AS_IT_HAPPENS and self.slot.isdecimal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a reader has been told the news."""

    seen_seq: int
    ahead: tuple[int, ...]


def read_places(conn: Connection) -> dict[int, Place]:
    """By subscription."""
    rows = schema.subscriptions.c
    found = conn.execute(select(rows.id, rows.seen_seq, rows.ahead))
    return {id_: Place(seen_seq=seen, ahead=tuple(map(int, ahead.split()))) for id_, seen, ahead in found}


def read_made(conn: Connection, issue: int) -> Made:
    row = conn.execute(select(schema.issues).where(schema.issues.c.id == issue)).mappings().one()
    facts = {name: row[name] for name in ("id", "newsletter", "cadence", "slot", "state", "due", "through_seq", "why")}
    rows = schema.deliveries.c
    written = conn.execute(select(rows.subscription, rows.variant).where(rows.issue == issue)).all()
    return Made(**facts, editions=_editions(conn, issue), deliveries=dict(map(tuple, written)))


def _editions(conn: Connection, issue: int) -> dict[int, Edition]:
    variants, letters, held = schema.variants, schema.letters, schema.variant_posts
    posts: dict[int, list[int]] = {}
    in_order = select(held.c.variant, held.c.post).join(variants, variants.c.id == held.c.variant)
    for variant, post in conn.execute(
        in_order.where(variants.c.issue == issue).order_by(held.c.variant, held.c.position)
    ):
        posts.setdefault(variant, []).append(post)
    wanted = select(variants.c.id, letters.c.text, letters.c.html).outerjoin(
        letters, letters.c.variant == variants.c.id
    )
    return {
        variant: Edition(seqs=tuple(posts.get(variant, ())), in_text=_named(words), in_html=_named(html))
        for variant, words, html in conn.execute(wanted.where(variants.c.issue == issue))
    }


def _named(words: str | None) -> tuple[tuple[int, int], ...] | None:
    return None if words is None else tuple((int(seq), int(version)) for seq, version in _POST.findall(words))


def posts_kept_back(conn: Connection, newsletter: str) -> set[int]:
    """What is not sent as it happens because it stands in a proposal, or in what somebody cancelled."""
    issues, variants, held = schema.issues, schema.variants, schema.variant_posts
    kept = (IssueState.DRAFT, IssueState.APPROVED, IssueState.HELD, IssueState.CANCELLED)
    wanted = (
        select(held.c.post)
        .join(variants, variants.c.id == held.c.variant)
        .join(issues, issues.c.id == variants.c.issue)
        .where(issues.c.newsletter == newsletter, issues.c.cadence == Cadence.AS_IT_HAPPENS, issues.c.state.in_(kept))
    )
    return set(conn.execute(wanted).scalars())
