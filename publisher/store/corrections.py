"""What was sent and is not right any more: issues whose posts were revised or withdrawn afterwards.

A letter as it was sent is never changed. Beside it stands its page (`letters.page`), which
shows the posts as they are now. Which revision of a post a letter has stands with it, so a
post that counts as changed because another follows it up is no correction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, func, insert, literal, select, update

from publisher.model.delivery import DeliveryState
from publisher.model.issue import RELEASED, Issue, IssueEvent, IssueState
from publisher.model.subscriber import SubscriberState, SubscriptionState
from publisher.store import schema
from publisher.store.issues import issue_of, move_if

_issues, _variants, _held, _posts = schema.issues, schema.variants, schema.variant_posts, schema.posts
_ledger, _wishes, _people = schema.deliveries, schema.subscriptions, schema.subscribers
_GOT_IT = (DeliveryState.SENT, DeliveryState.IN_DOUBT)  # or may have got it
_SOME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SentVariant:
    """A variant as it was sent."""

    id: int
    key: str
    revisions: Mapping[int, int]  # of each of its posts, by number, in the order of the letter


def touched(conn: Connection, after: int) -> list[tuple[int, str]]:
    """(issue, newsletter) of issues with a post that was put right after this change, and not on their pages yet.

    What corrects another issue is told by its own letter, and stays as it is. Asked step by
    step from the posts on, so that it costs what changed, and not what was ever sent.
    """
    newest = _newest_corrections(conn, after)
    found: list[tuple[int, str]] = []
    for some in _in_parts(sorted(newest)):
        wanted = select(_issues).where(_issues.c.id.in_(some)).order_by(_issues.c.id)
        found += [
            (row["id"], row["newsletter"])
            for row in conn.execute(wanted).mappings()
            if row["state"] in RELEASED and row["corrects"] is None and row["change"] < newest[row["id"]]
        ]
    return found


def _newest_corrections(conn: Connection, after: int) -> dict[int, int]:
    """By issue, the newest change that put a post of it right."""
    revised = select(_posts.c.seq, _posts.c.change, _posts.c.revision).where(_posts.c.change > after)
    posts = {row.seq: row for row in conn.execute(revised.where(_posts.c.revision > 1))}
    newest: dict[int, int] = {}
    for some in _in_parts(sorted(posts)):
        wanted = (
            select(_variants.c.issue, _held.c.post, _held.c.revision)
            .join(_variants, _variants.c.id == _held.c.variant)
            .where(_held.c.post.in_(some))
        )
        for row in conn.execute(wanted):
            if posts[row.post].revision > row.revision:
                newest[row.issue] = max(newest.get(row.issue, 0), posts[row.post].change)
    return newest


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


def letters_about(conn: Connection, issue: int) -> list[Issue]:
    """The issues that correct another one, oldest first, whatever became of them."""
    wanted = select(_issues).where(_issues.c.corrects == issue).order_by(_issues.c.id)
    return [issue_of(row) for row in conn.execute(wanted).mappings()]


def count_readers(conn: Connection, variants: Sequence[int]) -> int:
    """How many got one of these variants, and are still subscribed."""
    return sum(
        conn.execute(select(func.count()).select_from(_readers()).where(*_still(some))).scalar_one()
        for some in _in_parts(variants)
    )


def deliver_correction(
    conn: Connection, issue: int, variant: int, *, to_readers_of: Sequence[int], now: datetime
) -> int:
    """A delivery of a correction's variant to who got one of these; how many. Nobody's place in the news moves."""
    names = ["issue", "variant", "subscription", "state", "attempts", "changed", "code", "enhanced", "reply"]
    total = 0
    for some in _in_parts(to_readers_of):
        readers = (
            select(
                literal(issue), literal(variant), _wishes.c.id, literal(DeliveryState.DUE.value), literal(0),
                literal(now, _issues.c.created.type), literal(0), literal(""), literal(""),
            )
            .select_from(_readers())
            .where(*_still(some))
            .order_by(_wishes.c.id)
        )  # fmt: skip
        copied = insert(_ledger).from_select(names, readers).execution_options(preserve_rowcount=True)
        total += conn.execute(copied).rowcount
    return total


def release(conn: Connection, issue: Issue, *, now: datetime) -> None:
    """Let a proposed correction go; `issue` says from when on, and until when, its letters are tried."""
    times = {"created": issue.created, "expires": issue.expires}
    conn.execute(update(_issues).where(_issues.c.id == issue.id).values(times))
    if issue.state is IssueState.HELD:
        move_if(conn, issue.id, IssueEvent.APPROVE, now=now)
    move_if(conn, issue.id, IssueEvent.RELEASE, now=now)


def _readers() -> FromClause:
    return _ledger.join(_wishes, _wishes.c.id == _ledger.c.subscription).join(
        _people, _people.c.id == _wishes.c.subscriber
    )


def _still(variants: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    # By issue first: that is what the ledger has an index of.
    of = select(_variants.c.issue).where(_variants.c.id.in_(variants))
    return (
        _ledger.c.issue.in_(of),
        _ledger.c.variant.in_(variants),
        _ledger.c.state.in_(_GOT_IT),
        _wishes.c.state == SubscriptionState.ACTIVE,
        _people.c.state == SubscriberState.CONFIRMED,
        _people.c.rests_until.is_(None),
        _people.c.paused_until.is_(None),
    )


def _in_parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[at : at + _SOME] for at in range(0, len(ids), _SOME)]
