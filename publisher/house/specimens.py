"""Which letter of a newsletter is looked at, and as whom: for `preview`, `test-send` and `check letters`.

It is the one that would be sent now; where nothing is new, a sample of the newest posts;
with an issue named, that issue's as it was made. For a reader it is the reader's own,
else the one with the most posts, for somebody made up. A letter of service is the same for
everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.proposing import compose_all, gather
from publisher.assemble.sampling import ANYBODY, propose_now, sample, why_quiet
from publisher.assemble.service import service_edition, service_issue
from publisher.config.nouns import cadences_of
from publisher.errors import WrongUse
from publisher.house.making import assembly_of, slot_by_hand
from publisher.house.opened import House
from publisher.letter.choose import choose
from publisher.letter.lint import Finding, lint
from publisher.letter.service import compose_service, edition_of
from publisher.model.issue import Issue, IssueKind, Newsletter, Wish
from publisher.model.letter import Letter
from publisher.model.subscriber import Cadence, Subscriber, SubscriberState, Subscription, SubscriptionState
from publisher.store import drafts, issues, posts, proposals, subscribers
from publisher.store.findings import findings_of
from publisher.store.specimens import MadeVariant, delivered_variant, variants_of

# When each letter of service goes.
_WHEN = {
    IssueKind.CONFIRM: "It goes to an address with which somebody asked to join.",
    IssueKind.CHANGE: "It goes to an address that a reader named as a new one.",
    IssueKind.LINK: "It goes to a reader who asked for a link to a page with all that comes.",
    IssueKind.WELCOME: "It goes to whoever has joined, as `welcome` says.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a command line asks for."""

    newsletter: str
    cadence: Cadence | None = None
    reader: str | None = None  # an address
    issue: int | None = None
    kind: IssueKind = IssueKind.ISSUE  # else a letter of service
    columns: tuple[str, ...] = ()  # with an issue and no reader: as somebody gets it who chose just these
    counted: bool = True  # with an issue: how many readers each of its letters has


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """A reader by whose wish the letter is chosen."""

    reader: Subscriber
    subscription: Subscription

    @property
    def wish(self) -> Wish:
        one = self.subscription
        return Wish(columns=one.columns, seen_seq=one.seen_seq, ahead=one.ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A letter to look at."""

    newsletter: Newsletter
    issue: Issue  # its id is 0 where it is not made yet
    letter: Letter
    findings: tuple[Finding, ...]  # of all the issue's letters, where it is made
    reader: Subscriber | None  # as whom it is shown; None: somebody made up
    variants: tuple[tuple[int, int], ...]  # of the whole issue: posts and readers of each letter
    notes: tuple[str, ...]  # what one should know of it, in sentences


def find_specimen(house: House, wanted: Wanted, *, now: datetime) -> Specimen:
    """The letter that is asked for. Raises WrongUse where there is none, TemplateError, StorageError."""
    if wanted.newsletter not in house.newsletters:
        known = ", ".join(house.newsletters) or "none"
        raise WrongUse(f"there is no newsletter {wanted.newsletter!r} in {house.file.path}; there are: {known}")
    if wanted.kind is not IssueKind.ISSUE:
        if wanted.cadence or wanted.reader or wanted.issue:
            raise WrongUse("a letter of service is the same for everybody: leave out --cadence, --as and --issue")
        return service_specimen(house, wanted.newsletter, wanted.kind, now=now)
    whom = _whom(house, wanted.newsletter, wanted.reader) if wanted.reader else None
    if wanted.issue is not None:
        return _made(house, wanted, wanted.issue, whom)
    offered = cadences_of(house.config, wanted.newsletter)
    if wanted.cadence and wanted.cadence not in offered:
        raise WrongUse(f"{wanted.newsletter} has no cadence {wanted.cadence}; it offers {', '.join(offered)}")
    cadence = wanted.cadence or (whom.subscription.cadence if whom else offered[0])
    return _coming(house, wanted.newsletter, cadence, whom, now=now)


def service_specimen(house: House, slug: str, kind: IssueKind, *, now: datetime) -> Specimen:
    """The letter of service of a newsletter, in its language, for somebody made up. Raises TemplateError."""
    assembly = assembly_of(house, slug)
    language = assembly.newsletter.language
    with house.store.read() as conn:
        edition = service_edition(conn, assembly, kind, language=language, now=now)
    letter = compose_service(edition, house.templates)
    return Specimen(
        newsletter=assembly.newsletter,
        issue=service_issue(slug, kind, language, now=now),
        letter=letter,
        findings=lint(letter, edition_of(edition)),
        reader=None,
        variants=(),
        notes=(_WHEN[kind],),
    )


def _whom(house: House, slug: str, address: str) -> Whom:
    """Who is named, and their subscription; one that was left shows what would come, too."""
    with house.store.read() as conn:
        reader = subscribers.find(conn, address)
    if reader is None:
        raise WrongUse(f"there is no reader {address}; `publisher subscribers` lists them")
    found = [one for one in reader.subscriptions if one.newsletter == slug]
    if not found:
        raise WrongUse(f"{address} does not get {slug}; without --as, the letter is for somebody made up")
    return Whom(reader=reader, subscription=found[0])


def _coming(house: House, slug: str, cadence: Cadence, whom: Whom | None, *, now: datetime) -> Specimen:
    assembly = assembly_of(house, slug)
    slot = slot_by_hand(now)
    wish = whom.wish if whom else None
    proposal = propose_now(
        house.store, assembly, cadence=cadence, slot=slot, now=now, templates=house.templates, wish=wish
    )
    notes = [*_of_reader(whom, slug), *_waiting(house, slug, cadence)]
    if quiet := why_quiet(proposal):
        of_whom = wish or ANYBODY
        proposal = sample(
            house.store, assembly, cadence=cadence, slot=slot, now=now, templates=house.templates, wish=of_whom
        )
        notes.append(_of_sample(len(proposal.material.posts), quiet, whom))
    elif whom is None and len(proposal.letters) > 1:
        notes.append(
            f"There are {len(proposal.letters)} different letters, by readers' columns and what they have had; this is "
            "the one with the most posts. With --as ADDRESS it is that reader's own."
        )
    return Specimen(
        newsletter=assembly.newsletter,
        issue=proposal.issue,
        letter=proposal.letters[0][1].letter,
        findings=proposal.letters[0][1].findings,
        reader=whom.reader if whom else None,
        variants=tuple((len(variant.seqs), proposal.readers_of(variant)) for variant, _ in proposal.letters),
        notes=tuple(notes),
    )


def _of_reader(whom: Whom | None, slug: str) -> list[str]:
    """What keeps a reader from getting anything, if something does."""
    if whom is None:
        return []
    email = whom.reader.email
    if whom.subscription.state is SubscriptionState.LEFT:
        return [f"{email} has left {slug}, and gets none of this."]
    if whom.reader.state is not SubscriberState.CONFIRMED:
        return [f"{email} is {whom.reader.state}, and gets none of this."]
    return []


def _of_sample(number: int, why: str, whom: Whom | None) -> str:
    reason = f"{why} for {whom.reader.email}" if whom else why
    if not number:
        return "This is a sample: there is no post yet, so the letter says that nothing is new."
    return f"This is a sample, of the newest {'post' if number == 1 else f'{number} posts'}: {reason}."


def _waiting(house: House, slug: str, cadence: Cadence) -> list[str]:
    """What was made already and waits."""
    with house.store.read() as conn:
        made = proposals.waiting(conn, slug, cadence)
    return [
        f"Issue {issue.id} is {'a draft' if issue.state == 'draft' else issue.state} already; "
        f"look at it with: publisher preview {slug} --issue {issue.id}"
        for issue in made
    ]


def _made(house: House, wanted: Wanted, issue_id: int, whom: Whom | None) -> Specimen:
    with house.store.read() as conn:
        issue = issues.find_issue(conn, issue_id)
        if issue is None:
            raise WrongUse(f"there is no issue {issue_id}; `publisher issues` lists them")
        if issue.newsletter != wanted.newsletter or (wanted.cadence and issue.cadence is not wanted.cadence):
            raise WrongUse(f"issue {issue_id} is of {issue.newsletter}, {issue.cadence}; name that, or another issue")
        if wanted.columns:
            return _for_columns(house, conn, issue, wanted.columns)
        variants = variants_of(conn, issue_id, counted=wanted.counted)
        chosen = _variant(conn, house, issue, variants, whom=whom)
        if chosen is None or not chosen.has_letter:
            raise WrongUse(_no_letter(issue, chosen, whom))
        return Specimen(
            newsletter=house.newsletters[issue.newsletter],
            issue=issue,
            letter=issues.get_letter(conn, chosen.id),
            findings=findings_of(conn, issue_id),
            reader=whom.reader if whom else None,
            variants=tuple((len(variant.seqs), variant.readers) for variant in variants),
            notes=(f"This is issue {issue_id}, {issue.state}" + (f": {issue.why}." if issue.why else "."),),
        )


def _for_columns(house: House, conn: Connection, issue: Issue, columns: tuple[str, ...]) -> Specimen:
    """As it would be for who chose these columns and has had nothing of it, whether or not there is such a reader."""
    assembly = assembly_of(house, issue.newsletter)
    held = proposals.posts_of(conn, issue.id)
    wish = Wish(columns=tuple(sorted(columns)), seen_seq=min(held, default=1) - 1)
    arranged = drafts.find(conn, issue.id)
    material = gather(conn, assembly, issue.cadence, {wish: 1}, among=held.__contains__, arranged=arranged)
    letters = compose_all(assembly, issue, material, house.templates)
    if not letters or not letters[0][0].seqs:
        raise WrongUse(f"issue {issue.id} has nothing of these columns: who chose just them gets no letter")
    return Specimen(
        newsletter=assembly.newsletter,
        issue=issue,
        letter=letters[0][1].letter,
        findings=letters[0][1].findings,
        reader=None,
        variants=(),
        notes=(f"This is issue {issue.id} for readers of these columns alone.",),
    )


def _variant(
    conn: Connection, house: House, issue: Issue, variants: Sequence[MadeVariant], *, whom: Whom | None
) -> MadeVariant | None:
    """The variant of a reader; without one, the fullest."""
    if whom is None:
        return variants[0] if variants else None
    delivered = delivered_variant(conn, issue.id, whom.subscription.id)
    if delivered is not None:
        return next((one for one in variants if one.id == delivered), None)
    if issue.state not in proposals.PROPOSED:
        return None  # it went out, and not to this reader
    wish, columns = whom.wish, house.newsletters[issue.newsletter].columns
    held = {seq for one in variants for seq in one.seqs}
    arranged = drafts.find(conn, issue.id)
    choice = choose(
        [wish],
        posts.news(conn, columns=columns, after_seq=wish.seen_seq),
        columns=columns,
        maximum=house.config.newsletters[issue.newsletter].maximum,
        among=held.__contains__,
        first=arranged.added,
        order=arranged.order,
    )
    return next((one for variant in choice.variants for one in variants if one.seqs == variant.seqs), None)


def _no_letter(issue: Issue, chosen: MadeVariant | None, whom: Whom | None) -> str:
    if chosen is None and whom is not None:
        address = whom.reader.email
        return f"issue {issue.id} has no letter for {address}; `publisher why {address} POST` tells why"
    return f"issue {issue.id} has no letter: {issue.why or 'its template has a mistake'}"
