"""The pages of issues that went out are brought in line with what their posts say now.

A page shows each post as it is: what was put right since it was sent says so and when,
with its editor's note; of what was withdrawn only that is left. What readers got stays in
the database as they got it. Each issue is written in a transaction of its own, and how far
all were looked through is remembered last: whoever was killed begins again, and an issue
that is done is not composed twice. Where a template fails, that page stays as it is, and
is tried again at the next publishing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from publisher.assemble.assembly import Assembly
from publisher.assemble.composing import compose_variant
from publisher.assemble.relating import Relations, relate
from publisher.errors import TemplateError
from publisher.letter.once import Once
from publisher.model.column import Column
from publisher.model.issue import Issue
from publisher.model.post import Post, with_media
from publisher.store import corrections, issues, marks, posts
from publisher.store.corrections import SentVariant
from publisher.store.counters import CHANGES, last_of
from publisher.store.database import Store
from publisher.templating import Templates

THROUGH = "pages of issues corrected through"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issue:
    """An issue with its posts as they are now."""

    issue: Issue
    variants: Sequence[SentVariant]
    posts: Mapping[int, Post]
    relations: Relations
    change: int
    once: Once = field(default_factory=Once)


def correct_pages(
    store: Store,
    newsletters: Collection[str],
    assembly_of: Callable[[str], Assembly],
    *,
    templates: Templates,
    whole: bool = False,
) -> list[str]:
    """Put right what changed since the last time, or with `whole` since ever; what could not be, in words."""
    with store.read() as conn:
        after = 0 if whole else int(marks.get(conn, THROUGH) or 0)
        if not newsletters or after == last_of(conn, CHANGES):
            return []
    with store.write() as conn:
        for slug in sorted(newsletters):
            issues.take_turn(conn, slug)  # what is being released now is there, and will be looked at
        through = last_of(conn, CHANGES)
    with store.read() as conn:
        found = corrections.touched(conn, after)
    problems = []
    for issue_id, newsletter in found:
        if newsletter not in newsletters:
            continue  # it has ended; nothing of it is published any more
        try:
            _correct(store, assembly_of(newsletter), issue_id, templates=templates)
        except TemplateError as wrong:
            problems.append(f"the page of issue {issue_id} does not show yet what was corrected: {wrong}")
    if not problems:
        with store.write() as conn:
            marks.put(conn, {THROUGH: str(through)})
    return problems


def _correct(store: Store, assembly: Assembly, issue_id: int, *, templates: Templates) -> None:
    look = _look(store, assembly, issue_id)
    assembly = replace(assembly, columns=with_lost_columns(assembly.columns, look.posts.values()))
    pages, moments = {}, []
    for variant in look.variants:
        changed = [look.posts[seq] for seq, held in variant.revisions.items() if look.posts[seq].revision > held]
        if changed:
            pages[variant.id] = _page(assembly, look, variant, changed, templates)
            moments += [moment_of(post) for post in changed]
    with store.write() as conn:
        corrections.put_pages(conn, issue_id, pages, change=look.change, corrected=max(moments, default=None))


def _look(store: Store, assembly: Assembly, issue_id: int) -> _Issue:
    with store.read() as conn:
        issue = issues.get_issue(conn, issue_id)
        variants = corrections.variants_of(conn, issue_id)
        wanted = sorted({seq for variant in variants for seq in variant.revisions})
        found = {seq: with_media(post, assembly.site_url) for seq, post in posts.with_seqs(conn, wanted).items()}
        return _Issue(
            issue=issue,
            variants=variants,
            posts=found,
            relations=relate(conn, assembly, found.values(), through_seq=issue.through_seq),
            change=last_of(conn, CHANGES),
        )


def _page(assembly: Assembly, look: _Issue, variant: SentVariant, changed: Sequence[Post], templates: Templates) -> str:
    written = [look.posts[seq] for seq in variant.revisions]
    days = {post.seq: moment_of(post).astimezone(assembly.zone).date() for post in changed}
    withdrawn = {post.seq: days.pop(post.seq) for post in changed if post.withdrawn}
    composed = compose_variant(
        assembly,
        look.issue,
        variant.key,
        written,
        templates=templates,
        related=look.relations.among(written, through_seq=look.issue.through_seq),
        corrected=days,
        withdrawn=withdrawn,
        once=look.once,
    )
    return composed.letter.html


def moment_of(post: Post) -> datetime:
    """When a post that was revised or withdrawn got so."""
    return post.withdrawn or post.revised or post.updated


def with_lost_columns(columns: Mapping[str, Column], written: Iterable[Post]) -> Mapping[str, Column]:
    """The columns, and stand-ins for those that config.toml has no more."""
    lost = {post.column for post in written} - columns.keys()
    return {**columns, **{slug: Column(slug=slug, feed_id="", name=slug.replace("-", " ").title()) for slug in lost}}
