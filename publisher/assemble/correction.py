"""A letter that puts another one right, as it would go out: to whom, and what it says. Nothing is written.

Only what has gone out whole, or was stopped, can be corrected: whoever has not got it yet
would get the mistake after its correction. Which stories stood in whose letter decides
which are named in whose correction; where none is named, all who got the issue get it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from publisher.assemble.assembly import Assembly
from publisher.assemble.composing import Composed, compose_variant
from publisher.assemble.correcting import moment_of, with_lost_columns
from publisher.assemble.gallery import ALL_LINKED, Travelling
from publisher.errors import WrongUse
from publisher.letter.amends import Amends
from publisher.letter.choose import ALL
from publisher.letter.lint import Finding
from publisher.letter.nobody import nobody_of, text_for_nobody
from publisher.letter.once import Once
from publisher.model.issue import Issue, IssueState, Variant
from publisher.model.post import Post, with_media
from publisher.store import archive, corrections, issues, posts, proposals
from publisher.store.corrections import SentVariant
from publisher.store.counters import CHANGES, last_of
from publisher.store.database import Store
from publisher.templating import Templates

_OVER = (IssueState.SENT, IssueState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A letter of correction as it would go out."""

    issue: Issue  # its id is 0
    letters: tuple[tuple[Variant, Composed], ...]  # the fullest first
    posts: Mapping[int, Post]  # that it names
    readers: int
    earlier: int  # how many letters corrected this issue before
    change: int  # posts are as of this change
    travelling: Travelling = ALL_LINKED  # the pictures that go with them

    @property
    def findings(self) -> tuple[Finding, ...]:
        of_letters = (finding for _, composed in self.letters for finding in composed.findings)
        return tuple(dict.fromkeys((*of_letters, *self.travelling.findings)))

    @property
    def errors(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(problem for _, composed in self.letters for problem in composed.errors))


def draw_up(
    store: Store,
    assembly: Assembly,
    issue_id: int,
    *,
    note: Sequence[str],
    about: Collection[int] | None = None,
    now: datetime,
    templates: Templates,
) -> Correction:
    """The correction of an issue, to look at; `about`: which of its posts, else those put right since it was sent.

    Raises TemplateError, and WrongUse where the issue cannot be corrected.
    """
    with store.read() as conn:
        issue = issues.get_issue(conn, issue_id)
        refuse(issue)
        variants = corrections.variants_of(conn, issue_id)
        wanted = sorted({seq for variant in variants for seq in variant.revisions})
        found = {seq: with_media(post, assembly.site_url) for seq, post in posts.with_seqs(conn, wanted).items()}
        if about is not None and (strangers := set(about) - set(found)):
            raise WrongUse(f"post {min(strangers)} is not in issue {issue_id}; `publisher issues show {issue_id}`")
        named = set(about) if about is not None else _put_right(variants, found)
        groups = groups_of(variants, named)
        subject = archive.subjects(conn, [issue_id]).get(issue_id, "")
        earlier = len(corrections.letters_about(conn, issue_id))
        readers = corrections.count_readers(conn, [row for rows in groups.values() for row in rows])
        change = last_of(conn, CHANGES)
    made = _issue_of(assembly, issue, number=earlier + 1, now=now)
    amends = _amends_of(assembly, issue, subject, note, templates)
    told = {seq: found[seq] for seq in sorted(named)}
    letters = _letters(assembly, made, groups, told, amends=amends, templates=templates)
    gallery = assembly.gallery
    return Correction(
        issue=made,
        letters=letters,
        posts=told,
        readers=readers,
        earlier=earlier,
        change=change,
        travelling=gallery.pictures_for(one.letter for _, one in letters) if gallery else ALL_LINKED,
    )


def refuse(issue: Issue) -> None:
    if issue.corrects is not None:
        raise WrongUse(f"issue {issue.id} is a correction itself; correct issue {issue.corrects} again")
    if issue.state in proposals.PROPOSED:
        raise WrongUse(
            f"issue {issue.id} is {issue.state}, nobody has got it; correct the post, and the letter that goes is right"
        )
    if issue.state not in _OVER:
        raise WrongUse(
            f"issue {issue.id} is {issue.state}, and would go on with the mistake; wait until it is sent, or stop it "
            f"with `publisher issues cancel {issue.id}`: who has not got it then gets neither it nor a correction"
        )


def _put_right(variants: Sequence[SentVariant], found: Mapping[int, Post]) -> set[int]:
    held = [(seq, revision) for variant in variants for seq, revision in variant.revisions.items()]
    return {seq for seq, revision in held if found[seq].revision > revision}


def groups_of(variants: Sequence[SentVariant], named: Collection[int]) -> dict[tuple[int, ...], list[int]]:
    """By which of the named posts they hold, the variants, the fullest first; none is named: all of them."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for variant in variants:
        seqs = tuple(seq for seq in variant.revisions if seq in named)
        if seqs or not named:
            groups.setdefault(tuple(sorted(seqs)), []).append(variant.id)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[0]), item[0])))


def _issue_of(assembly: Assembly, issue: Issue, *, number: int, now: datetime) -> Issue:
    return replace(
        issue,
        id=0,
        slot=f"{issue.slot}-correction-{number}",
        state=IssueState.DRAFT if assembly.approve else IssueState.QUEUED,
        created=now,
        due=now,
        expires=now + assembly.lifetime,
        why="",
        corrects=issue.id,
    )


def _amends_of(assembly: Assembly, issue: Issue, subject: str, note: Sequence[str], templates: Templates) -> Amends:
    newsletter, site_url = assembly.newsletter, assembly.site_url
    nobody = nobody_of(newsletter, site_url, templates.wording(newsletter.language))
    return Amends(
        day=issue.due.astimezone(assembly.zone).date(),
        subject=" ".join(text_for_nobody(subject, nobody).split()) or newsletter.name,
        page="" if issue.state is IssueState.CANCELLED else f"{site_url}/{issue.page}",
        note=tuple(note),
    )


def _letters(
    assembly: Assembly,
    issue: Issue,
    groups: Mapping[tuple[int, ...], Sequence[int]],
    named: Mapping[int, Post],
    *,
    amends: Amends,
    templates: Templates,
) -> tuple[tuple[Variant, Composed], ...]:
    assembly = replace(assembly, columns=with_lost_columns(assembly.columns, named.values()))
    withdrawn: dict[int, date] = {
        seq: moment_of(post).astimezone(assembly.zone).date() for seq, post in named.items() if post.withdrawn
    }
    once = Once()
    made: list[tuple[Variant, Composed]] = []
    for seqs in groups:
        key = ALL if not made else hashlib.sha256(str(seqs).encode()).hexdigest()[:12]
        written = [named[seq] for seq in seqs]
        composed = compose_variant(
            assembly, issue, key, written, templates=templates, withdrawn=withdrawn, amends=amends, once=once
        )
        made.append((Variant(key=key, wishes=(), seqs=seqs), composed))
    return tuple(made)
