"""A draft in an editor's hands: its posts, what could be added, another time for it.

Whoever moved an issue to another time has it go then: `let_moved_go` looks for that, beside the
schedules, which know its slot alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.arranging import Change, arrange
from publisher.assemble.assembly import Assembled
from publisher.assemble.looking import standing
from publisher.assemble.proposing import Material
from publisher.assemble.releasing import hold_if_unlike
from publisher.errors import WrongUse
from publisher.house.issuedeeds import get_proposal
from publisher.house.making import assemble_issue, assembly_of, draft_issue, made_in_words, times_of
from publisher.house.opened import House, utc_now
from publisher.house.press import publish
from publisher.house.timetable import newsletter_schedule
from publisher.letter.choose import ordering
from publisher.model.earlier import Earlier
from publisher.model.issue import Issue, IssueState
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.slots import next_slot
from publisher.store import agenda, archive, candidates, drafts, issues, proposals, related, skips

MOST_OFFERED = 30

Noted = Callable[[Connection, str, str], object]
"""Called in the transaction that changes a draft, with its posts before and after, a line each."""


Made = Callable[[Connection, int, str], object]
"""Called in the transaction that makes a draft, with its number and its subject."""


def draft_next(house: House, newsletter: str, cadence: Cadence, *, now: datetime, noted: Made) -> Assembled:
    """The draft of the next date of a newsletter, however far ahead that is. Raises WrongUse where it has none."""
    when = times_of(house.config, newsletter).get(cadence)
    if when is None:
        raise WrongUse(f"{newsletter} has no dates for {cadence}: give it a schedule first")
    with house.store.read() as conn:
        left_out = skips.of_one(conn, newsletter_schedule(newsletter, cadence))
    slot = next_slot(when, after=now)
    while slot.key in left_out:
        slot = next_slot(when, after=slot.at)

    def also(conn: Connection) -> None:
        made = issues.find_by_slot(conn, newsletter, cadence, slot.key)
        if made is not None:
            letter = issues.find_letter(conn, made.id)
            noted(conn, made.id, letter.subject if letter else "")

    return draft_issue(house, newsletter, cadence, slot, now=now, also=also)


def posts_in(conn: Connection, house: House, issue: Issue) -> list[Earlier]:
    """The posts of an issue as its letters have them, the lead first."""
    found = related.earlier(conn, sorted(proposals.posts_of(conn, issue.id)))
    newsletter, sent = house.newsletters.get(issue.newsletter), archive.posts_of(conn, issue.id)
    named = (drafts.find(conn, issue.id).order if issue.state in proposals.PROPOSED else ()) or sent
    columns = [*(newsletter.columns if newsletter else ()), *sorted({post.column for post in found.values()})]
    place = ordering([(seq, post.column) for seq, post in found.items()], list(dict.fromkeys(columns)), named)
    return [found[seq] for seq in sorted(found, key=place)]


def arrange_issue(house: House, issue_id: int, change: Change, *, noted: Noted) -> Assembled:
    """Let its posts stand otherwise. Raises WrongUse, TemplateError."""
    with house.store.read() as conn:
        issue = get_proposal(conn, house, issue_id)
    assembly = assembly_of(house, issue.newsletter)

    def told(conn: Connection, before: Material, after: Material) -> None:
        arranged = drafts.find(conn, issue_id)
        lines = [_titles(one, standing(assembly, one.posts.values(), arranged)) for one in (before, after)]
        noted(conn, lines[0], lines[1])

    return arrange(house.store, assembly, issue_id, change, now=utc_now(), templates=house.templates, told=told)


def _titles(material: Material, seqs: Sequence[int]) -> str:
    return "\n".join(material.posts[seq].title for seq in seqs)


def offered(conn: Connection, house: House, issue: Issue, words: str) -> list[Earlier]:
    """News that the draft does not have, the newest first, with all these words in the title."""
    columns = house.newsletters[issue.newsletter].columns
    held = proposals.posts_of(conn, issue.id)
    found = candidates.news_to_somebody(conn, issue.newsletter, issue.cadence, columns, words.casefold().split())
    wanted = [seq for seq in found if seq not in held][:MOST_OFFERED]
    posts = related.earlier(conn, wanted)
    return [posts[seq] for seq in wanted]


def still_to_come(at: datetime, *, now: datetime) -> datetime:
    """A time that a proposal may be given. Raises WrongUse."""
    if at <= now:
        raise WrongUse("that time is over; name one that is still to come, or send it now")
    return at


def move_to(conn: Connection, house: House, issue_id: int, at: datetime, *, now: datetime) -> Issue:
    """Give a proposal another time than its slot; the issue as it was. Raises WrongUse."""
    issue = get_proposal(conn, house, issue_id)
    candidates.put_due(conn, issue_id, still_to_come(at, now=now))
    drafts.put_moved(conn, issue_id)
    return issue


def hold_unlike(house: House, *, now: datetime) -> list[str]:
    """Hold what was approved and is not so any more, since templates or config.toml changed; a line about each."""
    with house.store.read() as conn:
        approved = [
            one for one in agenda.issues_in(conn, (IssueState.APPROVED,)) if one.newsletter in house.newsletters
        ]
    told = []
    for issue in approved:
        assembly = assembly_of(house, issue.newsletter)
        if why := hold_if_unlike(house.store, assembly, issue.id, now=now, templates=house.templates):
            told.append(f"issue {issue.id} is held: {why}")
    return told


def let_moved_go(house: House, *, now: datetime) -> list[str]:
    """Send what was moved to a time that has come, where nothing keeps it; a line about each for people.

    Twice does nothing the second time.
    """
    with house.store.read() as conn:
        moved = [issues.find_issue(conn, number) for number in drafts.moved(conn)]
    due = [issue for issue in moved if issue and issue.due <= now and _goes_by_itself(house, issue)]
    told, is_out = [], False
    for issue in due:
        slot = Slot(key=issue.slot, at=issue.due)
        made = assemble_issue(house, issue.newsletter, issue.cadence, slot, now=now)
        told.append(made_in_words(house, issue.newsletter, made))
        is_out = is_out or bool(made.deliveries)
    if is_out:
        publish(house)  # a letter leads to its page
    return told


def _goes_by_itself(house: House, issue: Issue) -> bool:
    if issue.newsletter not in house.newsletters:
        return False
    is_draft = issue.state is IssueState.DRAFT and not house.config.newsletters[issue.newsletter].approve
    return is_draft or issue.state is IssueState.APPROVED
