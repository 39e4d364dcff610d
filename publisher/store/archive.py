"""What readers may see of issues afterwards: those that went out and were not cancelled, and their pages.

A page is the letter as it was sent, until a post of it is put right (`corrections.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from publisher.model.issue import RELEASED, Issue, IssueKind
from publisher.store import schema
from publisher.store.issues import issue_of

_issues, _variants = schema.issues, schema.variants


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownIssue:
    """An issue that readers may see."""

    issue: Issue
    change: int  # its pages show posts as of this one
    corrected: datetime | None  # when a post of it was put right last; None: they show what was sent


def shown_issues(conn: Connection, newsletter: str) -> list[ShownIssue]:
    """The issues of a newsletter that readers may see, newest first."""
    facts = [column for column in _issues.c if column.name != "findings"]  # long, and for editors
    wanted = select(*facts).where(*are_shown(newsletter))
    rows = conn.execute(wanted.order_by(_issues.c.due.desc(), _issues.c.id.desc())).mappings()
    return [ShownIssue(issue=issue_of(row), change=row["change"], corrected=row["corrected"]) for row in rows]


def shown_mark(conn: Connection, newsletter: str) -> str:
    """Other issues are shown than before, or others of their posts' revisions, where this is another one."""
    facts = (func.sum(_issues.c.id), func.sum(_issues.c.change), func.max(_issues.c.change))
    wanted = select(func.count(), *(func.coalesce(fact, 0) for fact in facts))
    row = conn.execute(wanted.where(*are_shown(newsletter))).one()
    return " ".join(map(str, row))


def are_shown(newsletter: str) -> tuple[ColumnElement[bool], ...]:
    """Of issues: those of a newsletter that readers may see."""
    kind = _issues.c.kind == IssueKind.ISSUE
    return _issues.c.newsletter == newsletter, _issues.c.state.in_(RELEASED), kind


def change_of(mark: str) -> int:
    """The newest change that a mark speaks of: an issue as of an older one is shown as it was. 0: of none."""
    facts = mark.split()
    return int(facts[3]) if len(facts) > 3 else 0


def subjects(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The subject of each issue's first letter, without reading the letters."""
    letters = schema.letters
    found: dict[int, str] = {}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        first = select(func.min(_variants.c.id)).where(_variants.c.issue.in_(some)).group_by(_variants.c.issue)
        wanted = select(_variants.c.issue, letters.c.subject).join(letters, letters.c.variant == _variants.c.id)
        found.update({row.issue: row.subject for row in conn.execute(wanted.where(_variants.c.id.in_(first)))})
    return found


def pages_of(conn: Connection, issue: int) -> Iterator[tuple[str, str]]:
    """The key of each variant with its page, slots and all, the fullest first."""
    rows = conn.execute(
        select(_variants.c.id, _variants.c.key).where(_variants.c.issue == issue).order_by(_variants.c.id)
    )
    for row in rows.all():
        if page := _page(conn, row.id):
            yield row.key, page


def find_page(conn: Connection, issue: int, key: str | None = None) -> str | None:
    """The page of one variant by its key; without one, that of the first."""
    wanted = select(_variants.c.id).where(_variants.c.issue == issue).order_by(_variants.c.id).limit(1)
    if key is not None:
        wanted = wanted.where(_variants.c.key == key)
    variant = conn.execute(wanted).scalar_one_or_none()
    return None if variant is None else _page(conn, variant)


def _page(conn: Connection, variant: int) -> str | None:
    letters = schema.letters
    row = conn.execute(select(letters.c.page, letters.c.html).where(letters.c.variant == variant)).one_or_none()
    return (row.page or row.html) if row else None


def posts_of(conn: Connection, issue: int) -> list[int]:
    """The posts of the fullest variant, in the order of the letter."""
    table = schema.variant_posts
    first = select(func.min(_variants.c.id)).where(_variants.c.issue == issue).scalar_subquery()
    return list(conn.execute(select(table.c.post).where(table.c.variant == first).order_by(table.c.position)).scalars())


def newsletters_with(conn: Connection, posts: Sequence[int]) -> set[str]:
    """The newsletters that have issues with any of these posts."""
    table = schema.variant_posts
    joined = _issues.join(_variants, _variants.c.issue == _issues.c.id).join(table, table.c.variant == _variants.c.id)
    found: set[str] = set()
    for start in range(0, len(posts), 500):
        wanted = select(_issues.c.newsletter).select_from(joined).where(table.c.post.in_(posts[start : start + 500]))
        found.update(conn.execute(wanted.distinct()).scalars())
    return found
