"""Looking at a proposal: what it would be made of now, and how its posts would stand. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembly
from publisher.assemble.proposing import Material, gather
from publisher.assemble.readers import readers_of
from publisher.letter.choose import ordering
from publisher.model.arrangement import AS_COMPOSED, Arrangement
from publisher.model.issue import Issue, IssueState, Wish
from publisher.model.post import Post, with_media
from publisher.model.subscriber import Cadence
from publisher.store import approvals, drafts, issues, posts, proposals
from publisher.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A proposal as it stood in one transaction."""

    issue: Issue
    arranged: Arrangement = AS_COMPOSED
    material: Material | None = None  # what it would be made of; None: it is no proposal any more
    is_bound: bool = False  # it was approved, and goes as it was
    posts: Mapping[int, Post] = field(default_factory=dict)  # in any letter; of what is bound: as it was approved
    approved: str = ""  # its galley then, where that is known
    altered: Sequence[approvals.Altered] = ()


def look(store: Store, assembly: Assembly, issue_id: int, *, now: datetime, is_told: bool) -> Look:
    """`is_told`: somebody says just now that it goes, as it is now."""
    with store.read() as conn:
        issue, arranged = issues.get_issue(conn, issue_id), drafts.find(conn, issue_id)
        if issue.state not in proposals.PROPOSED or issue.corrects is not None:
            return Look(issue=issue)
        if issue.state is not IssueState.APPROVED or is_told:
            material = look_at(conn, assembly, issue, arranged, now=now)
            return Look(issue=issue, arranged=arranged, material=material, posts=material.posts)
        only = sorted(proposals.posts_of(conn, issue_id))
        found = posts.with_seqs(conn, only).items()
        return Look(
            issue=issue,
            arranged=arranged,
            material=look_at(conn, assembly, issue, arranged, now=now, only=only),
            is_bound=True,
            posts={seq: with_media(post, assembly.site_url) for seq, post in found},
            approved=drafts.find_galley(conn, issue_id),
            altered=approvals.altered(conn, issue_id),
        )


def look_at(
    conn: Connection,
    assembly: Assembly,
    issue: Issue,
    arranged: Arrangement,
    *,
    now: datetime,
    readers: Mapping[Wish, int] | None = None,
    only: Collection[int] | None = None,
) -> Material:
    """What a proposal would be made of now, arranged so; `readers`, where they were looked up already.

    `only`: no posts but these.
    """
    found = readers_of(conn, assembly, issue.cadence, now=now) if readers is None else readers
    looked_at = _looked_at(conn, issue, arranged)
    among = looked_at if only is None else lambda seq: seq in only and looked_at(seq)
    return gather(conn, assembly, issue.cadence, found, among=among, arranged=arranged)


def _looked_at(conn: Connection, issue: Issue, arranged: Arrangement) -> Callable[[int], bool]:
    """Which posts may be in it: of a digest all up to its newest, as it is arranged, else those it was made of."""
    if issue.cadence is not Cadence.AS_IT_HAPPENS:
        return lambda seq: arranged.may_hold(seq, through_seq=issue.through_seq)
    return proposals.posts_of(conn, issue.id).__contains__


def standing(assembly: Assembly, found: Iterable[Post], arranged: Arrangement) -> tuple[int, ...]:
    """All posts that stand in any of its letters, as they would stand in one."""
    news = {post.seq: post.column for post in found}
    columns = [*assembly.newsletter.columns, *sorted(set(news.values()))]
    return tuple(sorted(news, key=ordering(list(news.items()), list(dict.fromkeys(columns)), arranged.order)))
