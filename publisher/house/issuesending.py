"""A proposal on its way: to how many it would go, and somebody's word that it goes, now or at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembled
from publisher.assemble.correction import groups_of
from publisher.assemble.galleys import galley_of, galley_of_correction
from publisher.assemble.looking import look_at
from publisher.assemble.releasing import Word
from publisher.assemble.settling import Also
from publisher.errors import PublisherError
from publisher.house.issuedeeds import get_proposal
from publisher.house.issuedrafts import still_to_come
from publisher.house.making import approve_issue, assembly_of
from publisher.house.opened import House
from publisher.house.press import publish
from publisher.model.galley import Galley, in_words
from publisher.model.issue import Issue
from publisher.store import audit, corrections, drafts, posts, related


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When a proposal is to go: at its time, where neither is said."""

    now: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What came of it."""

    made: Assembled
    trouble: str = ""  # its pages could not be published; the letters go all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A proposal as it would go now."""

    readers: int
    galley: Galley


def as_it_stands(house: House, issue: Issue, *, now: datetime) -> Standing:
    """To how many a proposal would go now, and what. Raises WrongUse."""
    assembly = assembly_of(house, issue.newsletter)
    with house.store.read() as conn:
        get_proposal(conn, house, issue.id)
        if issue.corrects is not None:
            readers = _who_got_it(conn, issue.id, issue.corrects)
            return Standing(readers=readers, galley=galley_of_correction(conn, issue))
        arranged = drafts.find(conn, issue.id)
        material = look_at(conn, assembly, issue, arranged, now=now)
    readers = sum(material.readers[wish] for variant in material.choice.variants for wish in variant.wishes)
    galley = galley_of(assembly, issue, arranged, material.posts, templates=house.templates)
    return Standing(readers=readers, galley=galley)


def what_changed(conn: Connection, seen: Galley, now: Galley) -> tuple[str, ...]:
    """In words, what is other than somebody saw it, and by whom where a post was edited at the desk."""
    found = related.earlier(conn, sorted({*seen.seqs, *now.seqs}))
    titles = {seq: post.title for seq, post in found.items()}
    edited = [seq for seq, revision in now.posts if dict(seen.posts).get(seq, revision) != revision]
    return in_words(seen, now, titles, by=_editors_of(conn, edited))


def _editors_of(conn: Connection, seqs: Sequence[int]) -> dict[int, str]:
    """Who edited these posts last, where that was at the desk: the log has it at the very moment of the revision."""
    found = {}
    for seq, post in posts.with_seqs(conn, seqs).items():
        for change in audit.newest(conn, only=audit.Only(subject=f"post:{seq}"), limit=1):
            if change.at == post.revised:
                found[seq] = change.who
    return found


def titles_of(conn: Connection, galley: Galley) -> list[str]:
    """The posts of a galley, the lead first."""
    found = related.earlier(conn, sorted(galley.seqs))
    return [found[seq].title for seq in galley.seqs if seq in found]


def _who_got_it(conn: Connection, correction: int, corrected: int) -> int:
    made = corrections.variants_of(conn, correction)
    named = {seq for variant in made for seq in variant.revisions}
    groups = groups_of(corrections.variants_of(conn, corrected), named)
    return sum(corrections.count_readers(conn, groups.get(tuple(sorted(variant.revisions)), [])) for variant in made)


def let_go(house: House, issue_id: int, when: When, *, now: datetime, also: Also, seen: Galley | None = None) -> Gone:
    """Somebody's word that a proposal goes; `also` is done in the transaction that writes it.

    Raises WrongUse; NotAsSeen where it is not what they saw: nothing is changed then.
    """
    with house.store.read() as conn:
        issue = get_proposal(conn, house, issue_id)
    due = still_to_come(when.at, now=now) if when.at else min(issue.due, now) if when.now else None
    made = approve_issue(house, issue, also=also, word=Word(seen=seen, due=due, is_moved=when.at is not None))
    if made.deliveries:
        try:
            publish(house)  # letters lead to their pages
        except PublisherError as wrong:
            return Gone(made=made, trouble=f"its page is not published yet: {wrong}")
    return Gone(made=made)
