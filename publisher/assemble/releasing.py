"""Releasing a proposal: it is chosen and composed anew, and goes out.

Chosen among what readers wish at that moment, so that whoever joined, left or changed
columns since it was drafted is told rightly, and limited to what could be in it when it
was made: what came later was not looked at, and comes with the next issue. What an editor
left out, added or moved (`arranging.py`) is so. Composed anew, so that corrections are in it.
What was approved ahead of its time goes
as it was approved: with no post more, and where one of its posts was changed it is held.
Where that fails it is held, and says why; where nothing in it is news any more, it ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from publisher.assemble.amending import release_correction
from publisher.assemble.assembly import Assembled, Assembly, Enqueue, Result
from publisher.assemble.galleys import galley_of, galley_of_correction, refuse_other
from publisher.assemble.looking import Look, look
from publisher.assemble.proposing import Material
from publisher.assemble.settling import (
    Also,
    Moved,
    composed,
    give_up,
    keep,
    nothing_else,
    nothing_in,
    send_out,
    until_it_stands,
)
from publisher.model.galley import Galley, galley_from
from publisher.model.issue import Issue, IssueEvent, IssueState
from publisher.store import approvals, candidates, drafts, issues, proposals
from publisher.store.database import Store
from publisher.templating import Templates

UNLIKE = "its letter looks or reads otherwise since it was approved: its design, or what config.toml says of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody says who lets a proposal go."""

    is_given: bool = True  # False: nobody says anything just now
    seen: Galley | None = None  # what they saw of it; None: they were not asked
    due: datetime | None = None  # when it is to go; None: as it is due
    is_moved: bool = False  # that is another time than its slot


NOBODYS = Word(is_given=False)
ANYBODYS = Word()


def release(
    store: Store,
    assembly: Assembly,
    issue_id: int,
    *,
    now: datetime,
    templates: Templates,
    enqueue: Enqueue,
    also: Also = nothing_else,
    word: Word = ANYBODYS,
) -> Assembled:
    """Let a proposal go out now, however late it is; the correction of an issue goes to who got that one.

    One that was approved, and goes at its time without another word, goes as it was approved or not at all.
    """
    with store.read() as conn:
        issue = issues.get_issue(conn, issue_id)
        if issue.corrects is not None:
            refuse_other(issue_id, word.seen, galley_of_correction(conn, issue))
    if issue.corrects is not None:
        then = partial(_at_the_word, issue_id, word, also)
        return release_correction(store, assembly, issue_id, now=now, enqueue=enqueue, also=then)

    def attempt() -> Assembled:
        found = look(store, assembly, issue_id, now=now, is_told=word.is_given)
        issue, material = found.issue, found.material
        if material is None:
            return Assembled(result=Result.ALREADY, issue=issue_id)
        why = _why_unlike(assembly, found, word, templates)
        if why:
            return _hold(store, issue, why, now=now)
        then = _if_arranged_so(found, word, also)
        if nothing_in(material):
            return give_up(store, issue, now=now, also=then)
        going = replace(issue, created=now, expires=now + assembly.lifetime, through_seq=_through(issue, material))
        going = replace(going, due=word.due or issue.due)
        proposal, wrong = composed(assembly, going, material, templates)
        if wrong:
            return keep(store, proposal, IssueState.HELD, why=wrong, now=now, also=then)
        audience = assembly.newsletter.audience
        return send_out(store, proposal, audience=audience, enqueue=enqueue, now=now, also=then)

    return until_it_stands(assembly.newsletter.slug, attempt)


def approve(
    store: Store,
    assembly: Assembly,
    issue_id: int,
    *,
    now: datetime,
    templates: Templates,
    enqueue: Enqueue,
    also: Also = nothing_else,
    word: Word = ANYBODYS,
) -> Assembled:
    """Somebody's word that a proposal may go: at its time where that is still to come, else now.

    Raises NotAsSeen where it is not what they saw: nothing was done then.
    """

    def attempt() -> Assembled:
        found = look(store, assembly, issue_id, now=now, is_told=True)
        issue, material = replace(found.issue, due=word.due or found.issue.due), found.material
        is_correction = issue.corrects is not None
        if issue.due <= now or (material is None and not is_correction):
            return release(
                store, assembly, issue_id, now=now, templates=templates, enqueue=enqueue, also=also, word=word
            )
        if material is None:
            return _approve_correction(store, issue, word, also, now=now)
        _refuse_unseen(assembly, found, word, templates)
        if nothing_in(material):
            return give_up(store, found.issue, now=now, also=_if_arranged_so(found, word, also))
        proposal, wrong = composed(assembly, issue, material, templates)
        galley = galley_of(assembly, issue, found.arranged, found.posts, templates=templates)

        def then(conn: Connection) -> None:
            drafts.put_galley(conn, issue_id, str(galley))
            _if_arranged_so(found, word, also)(conn)

        return keep(store, proposal, IssueState.HELD if wrong else IssueState.APPROVED, why=wrong, now=now, also=then)

    return until_it_stands(assembly.newsletter.slug, attempt)


def _approve_correction(store: Store, issue: Issue, word: Word, also: Also, *, now: datetime) -> Assembled:
    """It waits for another time with the letters that it was drafted with."""
    with store.write() as conn:
        issues.take_turn(conn, issue.newsletter)
        issues.lock(conn, issue.id)
        if issues.get_issue(conn, issue.id).state not in proposals.PROPOSED:
            return Assembled(result=Result.ALREADY, issue=issue.id)
        refuse_other(issue.id, word.seen, galley_of_correction(conn, issue))
        issues.move_if(conn, issue.id, IssueEvent.APPROVE, now=now)
        _at_the_word(issue.id, word, also, conn)
        letter = issues.find_letter(conn, issue.id)
    subject = letter.subject if letter else ""
    return Assembled(result=Result.APPROVED, issue=issue.id, subject=subject, due=issue.due)


def _why_unlike(assembly: Assembly, found: Look, word: Word, templates: Templates) -> str:
    """Why it is not what was approved; "" where it may go. Raises NotAsSeen where it is not what somebody saw."""
    _refuse_unseen(assembly, found, word, templates)
    if found.altered:
        return approvals.why_of(found.altered)
    before = galley_from(found.approved) if found.is_bound else None
    if before is None:
        return ""
    now = galley_of(assembly, found.issue, found.arranged, found.posts, templates=templates)
    return "" if before == now else UNLIKE


def _refuse_unseen(assembly: Assembly, found: Look, word: Word, templates: Templates) -> None:
    if word.seen is not None:
        now = galley_of(assembly, found.issue, found.arranged, found.posts, templates=templates)
        refuse_other(found.issue.id, word.seen, now)


def hold_if_unlike(store: Store, assembly: Assembly, issue_id: int, *, now: datetime, templates: Templates) -> str:
    """Hold an approved issue that is not what was approved, ahead of its time; why, "" where it stays."""
    found = look(store, assembly, issue_id, now=now, is_told=False)
    why = _why_unlike(assembly, found, NOBODYS, templates) if found.is_bound else ""
    if why:
        _hold(store, found.issue, why, now=now)
    return why


def _hold(store: Store, issue: Issue, why: str, *, now: datetime) -> Assembled:
    with store.write() as conn:
        issues.lock(conn, issue.id)
        standing = issues.get_issue(conn, issue.id)
        if standing.state is IssueState.APPROVED:
            approvals.hold_approved(conn, issue.id, why, newsletter=issue.newsletter, now=now)
        elif standing.state is not IssueState.HELD:
            return Assembled(result=Result.ALREADY, issue=issue.id)
    return Assembled(result=Result.HELD, issue=issue.id, why=why, due=issue.due)


def _if_arranged_so(found: Look, word: Word, also: Also) -> Also:
    """Also that; unless an editor changed it since it was looked at."""

    def then(conn: Connection) -> None:
        if drafts.find(conn, found.issue.id) != found.arranged:
            raise Moved
        _at_the_word(found.issue.id, word, also, conn)

    return then


def _at_the_word(issue_id: int, word: Word, also: Also, conn: Connection) -> None:
    """What somebody's word changes beside it: when it is due."""
    if word.due:
        candidates.put_due(conn, issue_id, word.due)
    if word.is_moved:
        drafts.put_moved(conn, issue_id)
    also(conn)


def _through(issue: Issue, material: Material) -> int:
    """Up to where all was looked at: what an editor added from further on had others before it that were not."""
    return min(issue.through_seq, material.choice.through_seq)
