"""What was sent and is not right any more: issues whose posts were revised or withdrawn afterwards.

A letter as it was sent is never changed. Beside it stands its page (`letters.page`), which
shows the posts as they are now. Which revision of a post a letter has stands with it, so a
post that counts as changed because another follows it up is no correction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from publisher.model.issue import RELEASED
from publisher.store import schema

_issues, _variants, _held, _posts = schema.issues, schema.variants, schema.variant_posts, schema.posts


@dataclass(frozen=True, slots=True, kw_only=True)
class SentVariant:
    """A variant as it was sent."""

    id: int
    key: str
    revisions: Mapping[int, int]  # of each of its posts, by number, in the order of the letter


def touched(conn: Connection, after: int) -> list[tuple[int, str]]:
    """(issue, newsletter) of issues with a post that was put right after this change, and not on their pages yet.

    What corrects another issue is told by its own letter, and stays as it is.
    """
    joined = (
        _posts.join(_held, _held.c.post == _posts.c.seq)
        .join(_variants, _variants.c.id == _held.c.variant)
        .join(_issues, _issues.c.id == _variants.c.issue)
    )
    wanted = (
        select(_issues.c.id, _issues.c.newsletter)
        .distinct()
        .select_from(joined)
        .where(
            _posts.c.change > after,
            _posts.c.change > _issues.c.change,
            _posts.c.revision > _held.c.revision,
            _issues.c.state.in_(RELEASED),
            _issues.c.corrects.is_(None),
        )
    )
    return [(row.id, row.newsletter) for row in conn.execute(wanted.order_by(_issues.c.id))]


def variants_of(conn: Connection, issue: int) -> list[SentVariant]:
    """The variants of an issue, the fullest first."""
    wanted = (
        select(_variants.c.id, _variants.c.key, _held.c.post, _held.c.revision)
        .join(_held, _held.c.variant == _variants.c.id, isouter=True)
        .where(_variants.c.issue == issue)
        .order_by(_variants.c.id, _held.c.position)
    )
    found: dict[int, SentVariant] = {}
    revisions: dict[int, dict[int, int]] = {}
    for row in conn.execute(wanted):
        held = revisions.setdefault(row.id, {})
        found.setdefault(row.id, SentVariant(id=row.id, key=row.key, revisions=held))
        if row.post is not None:
            held[row.post] = row.revision
    return list(found.values())


def put_pages(
    conn: Connection, issue: int, pages: Mapping[int, str], *, change: int, corrected: datetime | None
) -> bool:
    """Keep what the pages of variants show from now on; False where another hand was quicker."""
    moved = update(_issues).where(_issues.c.id == issue, _issues.c.change < change)
    if not conn.execute(moved.values(change=change, corrected=corrected)).rowcount:
        return False
    letters = schema.letters
    for variant, page in pages.items():
        conn.execute(update(letters).where(letters.c.variant == variant).values(page=page))
    return True
