"""What readers may see of issues afterwards: those that were not held or cancelled, and their letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, func, select

from publisher.model.issue import Issue, IssueState
from publisher.model.letter import Letter
from publisher.store import schema
from publisher.store.issues import get_letter, issue_of

SHOWN = (IssueState.QUEUED, IssueState.SENDING, IssueState.PAUSED, IssueState.SENT)
_issues, _variants = schema.issues, schema.variants


def shown_issues(conn: Connection, newsletter: str) -> list[Issue]:
    """The issues of a newsletter that readers may see, newest first."""
    wanted = select(_issues).where(_issues.c.newsletter == newsletter, _issues.c.state.in_(SHOWN))
    rows = conn.execute(wanted.order_by(_issues.c.due.desc(), _issues.c.id.desc())).mappings()
    return [issue_of(row) for row in rows]


def shown_mark(conn: Connection, newsletter: str) -> str:
    """Other issues are shown than before where this is another one."""
    wanted = select(func.count(), func.coalesce(func.sum(_issues.c.id), 0))
    row = conn.execute(wanted.where(_issues.c.newsletter == newsletter, _issues.c.state.in_(SHOWN))).one()
    return f"{row[0]} {row[1]}"


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


def letters_of(conn: Connection, issue: int) -> Iterator[tuple[str, Letter]]:
    """The key of each variant with its letter, the fullest first."""
    rows = conn.execute(
        select(_variants.c.id, _variants.c.key).where(_variants.c.issue == issue).order_by(_variants.c.id)
    )
    for row in rows.all():
        yield row.key, get_letter(conn, row.id)


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
