"""An issue as it would be: who would get what, and the letters. Nothing is written.

Reads what is news to whom, lets `letter/` choose and compose, and holds no transaction open
meanwhile. What is made of it, a draft or an issue that goes out, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembly
from publisher.assemble.composing import Composed, compose_variant
from publisher.assemble.gallery import ALL_LINKED, Travelling
from publisher.assemble.readers import readers_of
from publisher.assemble.relating import Relations, relate
from publisher.letter.choose import Choice, choose, everything
from publisher.letter.lint import Finding, Severity
from publisher.letter.once import Once
from publisher.model.arrangement import AS_COMPOSED, Arrangement
from publisher.model.issue import Issue, IssueState, Variant, Wish
from publisher.model.post import Post, with_media
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import posts
from publisher.store.counters import CHANGES, last_of
from publisher.store.database import Store
from publisher.templating import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What an issue is made of, as it stood in one transaction."""

    readers: Mapping[Wish, int]  # how many have each wish
    choice: Choice
    posts: Mapping[int, Post]  # all that are in any letter, their media resolved
    relations: Relations  # what is related to them
    change: int  # posts are as of this change


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An issue as it would be."""

    issue: Issue  # its id is 0 where there is none yet
    material: Material
    letters: tuple[tuple[Variant, Composed], ...]  # the fullest first
    travelling: Travelling = ALL_LINKED  # the pictures that go with them

    @property
    def choice(self) -> Choice:
        return self.material.choice

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with its letters, each once, errors first."""
        of_letters = (finding for _, composed in self.letters for finding in composed.findings)
        found = dict.fromkeys((*of_letters, *self.travelling.findings))
        return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))

    @property
    def errors(self) -> tuple[str, ...]:
        return tuple(finding.problem for finding in self.findings if finding.severity is Severity.ERROR)

    def readers_of(self, variant: Variant) -> int:
        """How many would get a variant."""
        return sum(self.material.readers[wish] for wish in variant.wishes)


def propose(
    store: Store,
    assembly: Assembly,
    *,
    cadence: Cadence,
    slot: Slot,
    now: datetime,
    templates: Templates,
    wish: Wish | None = None,
) -> Proposal:
    """The issue that a slot would have if it came now; with `wish`, for one reader who has that. Raises TemplateError.

    A slot of the cadence as-it-happens has the number of its post as key.
    """
    among = _alone(int(slot.key)) if cadence is Cadence.AS_IT_HAPPENS and slot.key.isdecimal() else everything
    with store.read() as conn:
        readers = {wish: 1} if wish else readers_of(conn, assembly, cadence, now=now)
        material = gather(conn, assembly, cadence, readers, among=among)
    issue = issue_of(assembly, cadence, slot, material.choice, now=now)
    return Proposal(issue=issue, material=material, letters=compose_all(assembly, issue, material, templates))


def _alone(seq: int) -> Callable[[int], bool]:
    return lambda one: one == seq


def gather(
    conn: Connection,
    assembly: Assembly,
    cadence: Cadence,
    readers: Mapping[Wish, int],
    *,
    among: Callable[[int], bool] = everything,
    passed: Iterable[int] = (),
    arranged: Arrangement = AS_COMPOSED,
) -> Material:
    """Choose for these readers, and read the posts. `among`: which may be in it; `passed`: which are news to nobody.

    `arranged`: in what order, and what goes before others where a letter is full.
    """
    columns = assembly.newsletter.columns
    is_digest = cadence is not Cadence.AS_IT_HAPPENS
    gone = set(passed)
    oldest = min((wish.seen_seq for wish in readers), default=0)
    news = posts.news(conn, columns=columns, after_seq=oldest) if readers else []
    choice = choose(
        readers,
        [one for one in news if one[0] not in gone],
        columns=columns,
        maximum=assembly.maximum,
        minimum=assembly.minimum if is_digest else 1,
        skip_empty=assembly.skip_empty or not is_digest,
        among=among,
        first=arranged.added,
        order=arranged.order,
    )
    wanted = sorted({seq for variant in choice.variants for seq in variant.seqs})
    found = {seq: with_media(post, assembly.site_url) for seq, post in posts.with_seqs(conn, wanted).items()}
    return Material(
        readers=readers,
        choice=choice,
        posts=found,
        relations=relate(conn, assembly, found.values(), through_seq=choice.through_seq),
        change=last_of(conn, CHANGES),
    )


def issue_of(assembly: Assembly, cadence: Cadence, slot: Slot, choice: Choice, *, now: datetime) -> Issue:
    """The issue of a slot, about to go."""
    return Issue(
        id=0,
        newsletter=assembly.newsletter.slug,
        cadence=cadence,
        slot=slot.key,
        state=IssueState.QUEUED,
        created=now,
        due=slot.at,
        expires=now + assembly.lifetime,
        through_seq=choice.through_seq,
    )


def compose_all(
    assembly: Assembly, issue: Issue, material: Material, templates: Templates
) -> tuple[tuple[Variant, Composed], ...]:
    """The letter of each variant. Raises TemplateError."""
    once = Once()
    return tuple(
        (variant, _letter_of(assembly, issue, material, variant, templates=templates, once=once))
        for variant in material.choice.variants
    )


def _letter_of(
    assembly: Assembly, issue: Issue, material: Material, variant: Variant, *, templates: Templates, once: Once
) -> Composed:
    written = [material.posts[seq] for seq in variant.seqs]
    # What its readers do not have yet is news to come, and not related to what they have.
    related = material.relations.among(written, through_seq=material.choice.through_of(variant))
    return compose_variant(assembly, issue, variant.key, written, related=related, templates=templates, once=once)
