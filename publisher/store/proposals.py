"""Proposals: issues that are not released yet. They have letters to look at and no delivery.

A proposal is written anew as often as it is composed anew; releasing it replaces its
letters by those that go out. No reader's place in the news changes before that, so
whoever cancels a proposal drops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, select, update

from publisher.letter.lint import Finding
from publisher.model.issue import Issue, IssueEvent, IssueState, Variant, Wish
from publisher.model.letter import Letter
from publisher.model.subscriber import Cadence
from publisher.store import schema
from publisher.store.findings import row_of
from publisher.store.issues import (
    Frozen,
    deliver,
    issue_of,
    move_if,
    put_row,
    put_variant,
    take_turn,
)
from publisher.store.segments import Among

PROPOSED = (IssueState.DRAFT, IssueState.APPROVED, IssueState.HELD)

_issues, _variants = schema.issues, schema.variants


def put(
    conn: Connection,
    issue: Issue,
    letters: Sequence[tuple[Variant, Letter | None]],
    *,
    findings: Iterable[Finding],
    change: int,
) -> int:
    """Write a proposal; its id. `issue` says in which state, and why. A letter that cannot be made is None."""
    issue_id = put_row(conn, issue, findings=findings, change=change)
    for variant, letter in letters:
        put_variant(conn, issue_id, variant, letter)
    return issue_id


def rewrite(
    conn: Connection,
    issue: int,
    letters: Sequence[tuple[Variant, Letter | None]],
    *,
    findings: Iterable[Finding],
    change: int,
) -> None:
    """Put other letters in the place of a proposal's."""
    _take_out(conn, issue, findings=findings, change=change)
    for variant, letter in letters:
        put_variant(conn, issue, variant, letter)


def release(
    conn: Connection,
    issue: Issue,
    letters: Sequence[tuple[Variant, Letter]],
    *,
    after: Mapping[Wish, Wish],
    findings: Iterable[Finding],
    change: int,
    now: datetime,
    among: Among = None,
) -> Frozen:
    """Make a proposal an issue that goes out, with these letters; `issue` says until when they are tried.

    The caller has taken its turn and knows that it is a proposal still.
    """
    take_turn(conn, issue.newsletter)
    _take_out(conn, issue.id, findings=findings, change=change)
    conn.execute(
        update(_issues)
        .where(_issues.c.id == issue.id)
        .values(created=issue.created, expires=issue.expires, through_seq=issue.through_seq)
    )
    if issue.state is IssueState.HELD:
        move_if(conn, issue.id, IssueEvent.APPROVE, now=now)
    move_if(conn, issue.id, IssueEvent.RELEASE, now=now)
    return Frozen(issue=issue.id, deliveries=deliver(conn, issue, issue.id, letters, after=after, among=among))


def _take_out(conn: Connection, issue: int, *, findings: Iterable[Finding], change: int) -> None:
    conn.execute(delete(_variants).where(_variants.c.issue == issue))
    told = update(_issues).where(_issues.c.id == issue)
    conn.execute(told.values(findings=row_of(findings), change=change))


def hold(conn: Connection, issue: int, why: str, *, now: datetime) -> bool:
    """Hold a proposal; one that is held already is held for this reason from now on. False: it is released."""
    said = update(_issues).where(_issues.c.id == issue, _issues.c.state == IssueState.HELD).values(why=why)
    return move_if(conn, issue, IssueEvent.HOLD, now=now, why=why) or bool(conn.execute(said).rowcount)


def waiting(conn: Connection, newsletter: str, cadence: Cadence) -> list[Issue]:
    """The proposals of a newsletter at one cadence, oldest first."""
    wanted = select(_issues).where(
        _issues.c.newsletter == newsletter, _issues.c.cadence == cadence, _issues.c.state.in_(PROPOSED)
    )
    return [issue_of(row) for row in conn.execute(wanted.order_by(_issues.c.id)).mappings()]


def posts_waiting(conn: Connection, newsletter: str, cadence: Cadence, *, after_seq: int) -> set[int]:
    """The posts above `after_seq` that stand in proposals of a newsletter at one cadence."""
    return _posts_in(conn, newsletter, cadence, _issues.c.state.in_(PROPOSED), after_seq)


def posts_given_up(conn: Connection, newsletter: str, cadence: Cadence, *, after_seq: int) -> set[int]:
    """The same of those that were cancelled as proposals, and not on their way."""
    ledger = schema.deliveries
    went = exists().where(ledger.c.issue == _issues.c.id)
    return _posts_in(conn, newsletter, cadence, and_(_issues.c.state == IssueState.CANCELLED, ~went), after_seq)


def _posts_in(
    conn: Connection, newsletter: str, cadence: Cadence, which: ColumnElement[bool], after_seq: int
) -> set[int]:
    """The posts of such issues. Corrections tell nobody the news, and do not count."""
    held = schema.variant_posts
    wanted = (
        select(held.c.post)
        .join(_variants, _variants.c.id == held.c.variant)
        .join(_issues, _issues.c.id == _variants.c.issue)
        .where(held.c.post > after_seq, which, _issues.c.corrects.is_(None))
        .where(_issues.c.newsletter == newsletter, _issues.c.cadence == cadence)
    )
    return set(conn.execute(wanted).scalars())


def posts_of(conn: Connection, issue: int) -> set[int]:
    """The posts of all variants of an issue."""
    held = schema.variant_posts
    wanted = select(held.c.post).join(_variants, _variants.c.id == held.c.variant).where(_variants.c.issue == issue)
    return set(conn.execute(wanted).scalars())
