"""What a post that is news to a reader waits for, and when it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from publisher.config.values import duration_text
from publisher.letter.why.facts import Case
from publisher.model.arrangement import AS_COMPOSED, Arrangement
from publisher.model.fate import Answer, Fate, moment
from publisher.model.issue import Issue, IssueState
from publisher.model.subscriber import Cadence


def when_it_comes(case: Case) -> Answer:
    """With which issue the post goes, or what keeps that issue."""
    if case.coming.paused:
        name = f"newsletter:{case.newsletter.slug}:{case.standing.cadence}"
        return Answer(
            fate=Fate.WAITING, why=f"its schedule is paused; `publisher schedule resume {name}` lets it go on"
        )
    return _alone(case) if case.standing.cadence is Cadence.AS_IT_HAPPENS else _in_digest(case)


def _alone(case: Case) -> Answer:
    for issue in case.coming.proposals:
        if issue.slot == str(case.post.seq):
            return _proposed(case, issue)
    post, quiet = case.post, case.coming.quiet
    ready = max(post.first_seen, post.revised or post.first_seen) + quiet
    word = ", and then waits for approval" if case.coming.approve else ""
    if case.now < ready:
        why = f"goes by itself on {moment(ready, case.zone)}, if it stands unchanged for {duration_text(quiet)}{word}"
        return Answer(fate=Fate.COMING, why=why, at=ready)
    return Answer(fate=Fate.COMING, why=f"goes by itself within a minute, where `publisher serve` runs{word}", at=ready)


def _in_digest(case: Case) -> Answer:
    """Posts go oldest first: those that other issues have taken, then so many an issue."""
    coming, seq = case.coming, case.post.seq
    left, slots = sorted({*case.unread, seq}), list(coming.slots)
    for issue in coming.proposals:
        letter = _letter(issue, left, coming.arranged.get(issue.id, AS_COMPOSED), maximum=coming.maximum)
        if issue.corrects is not None or len(letter) < coming.minimum:
            continue
        if seq in letter:
            return _proposed(case, issue)
        if issue.state is not IssueState.HELD:
            left = [one for one in left if one not in letter]
            slots = [slot for slot in slots if slot != issue.due]
    return _in_next(case, left, slots)


def _letter(issue: Issue, left: Sequence[int], arranged: Arrangement, *, maximum: int) -> Sequence[int]:
    """What of it stands in a proposal; where it is full, what an editor added goes before the others."""
    held = [one for one in left if arranged.may_hold(one, through_seq=issue.through_seq)]
    return sorted(held, key=lambda one: one not in arranged.added)[:maximum]


def _in_next(case: Case, left: Sequence[int], slots: Sequence[datetime]) -> Answer:
    coming, before = case.coming, left.index(case.post.seq)
    number = before // coming.maximum
    with_it = len(left[number * coming.maximum : (number + 1) * coming.maximum])
    at = slots[number] if number < len(slots) else None
    issue = f"the issue of {moment(at, case.zone)}" if at else "an issue that is too far off to tell when"
    if with_it < coming.minimum:
        have = f"{with_it} new {'post' if with_it == 1 else 'posts'}, and a letter has at least {coming.minimum}"
        return Answer(fate=Fate.WAITING, why=f"waits for more: there {_is(with_it)} {have}; {issue} may have it", at=at)
    word = ", if that is approved" if coming.approve else ""
    if not number:
        return Answer(fate=Fate.COMING, why=f"comes with {issue}{word}", at=at)
    first = f"{before} {'post' if before == 1 else 'posts'} that came before it {'goes' if before == 1 else 'go'} first"
    why = f"{first}, at most {coming.maximum} in a letter; it comes with {issue}{word}"
    return Answer(fate=Fate.COMING, why=why, at=at)


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _proposed(case: Case, issue: Issue) -> Answer:
    """What an issue with the post waits for."""
    name, due = f"issue {issue.id}", moment(issue.due, case.zone)
    approve = f"`publisher issues approve {issue.id}` sends it"
    if issue.state is IssueState.HELD:
        return _waits(issue, f"{name}, of {due}, is held: {issue.why or 'by hand'}; {approve}")
    if issue.state is IssueState.DRAFT and case.coming.approve:
        return _waits(issue, f"{name}, of {due}, waits for approval; {approve}")
    if issue.due <= case.now:
        return _waits(issue, f"{name} was to go on {due} and did not; {approve}")
    state = "is approved and" if issue.state is IssueState.APPROVED else "is a draft that"
    held = "" if issue.state is IssueState.APPROVED else f", unless held: `publisher issues hold {issue.id}`"
    return Answer(fate=Fate.COMING, why=f"{name} {state} goes on {due}{held}", issue=issue.id, at=issue.due)


def _waits(issue: Issue, why: str) -> Answer:
    return Answer(fate=Fate.WAITING, why=why, issue=issue.id, at=issue.due)
