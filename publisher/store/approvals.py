"""What was approved is what goes: an approved issue whose posts are changed by any hand, or their source, is held.

It is held in the transaction that changes the post, so that no way to change one can forget it,
and looked at once more when it is released. A correction goes with the letters that were
drafted, whatever becomes of its posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from publisher.model.galley import quoted
from publisher.model.issue import IssueState
from publisher.store import audit, schema
from publisher.store.proposals import hold

_issues, _variants, _held, _posts = schema.issues, schema.variants, schema.variant_posts, schema.posts
_TOLD = 3  # posts that are named
BY_ITSELF = "the program"  # who held it, in the audit log


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """An approved issue with a post that is not what it was."""

    issue: int
    newsletter: str
    title: str
    what: str  # "edited", …


def why_of(altered: Sequence[Altered]) -> str:
    """Why an issue is held, for people; "" where nothing was altered."""
    told = [f"{quoted(one.title)} was {one.what} after it was approved" for one in altered[:_TOLD]]
    more = len(altered) - len(told)
    return "; ".join([*told, *([f"and {more:,} posts more"] if more else [])])


def altered(conn: Connection, issue: int) -> list[Altered]:
    """What became of an approved issue's posts since."""
    is_other = _posts.c.revision != _held.c.revision
    wanted = (
        select(
            _issues.c.id, _issues.c.newsletter, _posts.c.seq, _posts.c.title, _posts.c.withdrawn, _posts.c.held,
        )
        .distinct()
        .join(_variants, _variants.c.issue == _issues.c.id)
        .join(_held, _held.c.variant == _variants.c.id)
        .join(_posts, _posts.c.seq == _held.c.post)
        .where(_issues.c.id == issue, _issues.c.state == IssueState.APPROVED, _issues.c.corrects.is_(None))
        .where(or_(is_other, _posts.c.withdrawn.is_not(None), _posts.c.held.is_not(None)))
        .order_by(_posts.c.seq)
    )  # fmt: skip
    return [
        Altered(
            issue=row.id,
            newsletter=row.newsletter,
            title=row.title,
            what="withdrawn" if row.withdrawn else "held back" if row.held else "edited",
        )
        for row in conn.execute(wanted)
    ]


def hold_touched(conn: Connection, seqs: Sequence[int], *, now: datetime) -> None:
    """Hold what was approved with these posts, which were just changed in this transaction."""
    waiting = select(_issues.c.id).where(_issues.c.state == IssueState.APPROVED, _issues.c.corrects.is_(None))
    approved = list(conn.execute(waiting).scalars())
    if not approved:
        return
    touched = set(seqs)
    inside = select(_variants.c.issue, _held.c.post).join(_held, _held.c.variant == _variants.c.id)
    rows = conn.execute(inside.where(_variants.c.issue.in_(approved)))
    for issue in sorted({row.issue for row in rows if row.post in touched}):
        hold_altered(conn, issue, altered(conn, issue), now=now)


def hold_altered(conn: Connection, issue: int, found: Sequence[Altered], *, now: datetime) -> str:
    """Hold an approved issue for what became of its posts; why, "" where it is not held."""
    why = why_of(found)
    if why and hold_approved(conn, issue, why, newsletter=found[0].newsletter, now=now):
        return why
    return ""


def hold_approved(conn: Connection, issue: int, why: str, *, newsletter: str, now: datetime) -> bool:
    """Hold it, and write that down; False where it is released."""
    if not hold(conn, issue, why, now=now):
        return False
    subject, after = f"issue:{issue}", f"{IssueState.HELD}: {why}"
    audit.add(
        conn, "issue.hold", subject, who=BY_ITSELF, newsletter=newsletter, before=IssueState.APPROVED, after=after,
        now=now,
    )  # fmt: skip
    return True
