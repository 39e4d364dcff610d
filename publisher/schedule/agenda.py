"""The agenda of a newsletter: which issues come, with which posts so far, for how many readers.

Issues to come are played through in their order, as if nothing came in between: what one
of them holds is no news in the next, what is over its maximum is in the next, and what is
held changes nothing. Issues that wait for a word are taken to get it.

Pure; whoever shows it finds the titles of posts, and knows what to type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from publisher.letter.choose import Choice, choose, everything
from publisher.model.agenda import Item, Kind, Prospect
from publisher.model.arrangement import AS_COMPOSED, Arrangement
from publisher.model.issue import Issue, IssueState, Wish
from publisher.model.schedule import Slot

PAUSED = "its schedule is paused"
NO_READERS = "nobody reads it"
NOTHING_YET = "nothing new so far"
NOTHING = "says that nothing is new"
APPROVAL = "goes when somebody approves it"
DUE = "due now"


def digests(prospect: Prospect, slots: Sequence[Slot], *, now: datetime) -> list[Item]:
    """The issues of these slots, and before them those that were made and did not go; oldest first."""
    made = {issue.slot: issue for issue in prospect.proposals}
    keys = {slot.key for slot in slots}
    last = max((slot.at for slot in slots), default=now)
    left = [issue for issue in prospect.proposals if issue.slot not in keys and issue.due <= max(now, last)]
    readers = prospect.readers
    items = [_item(prospect, issue.due, issue, readers, _choice(prospect, readers, issue)) for issue in left]
    for slot in slots:
        issue = made.get(slot.key)
        choice = _choice(prospect, readers, issue)
        due = [DUE] if issue is None and slot.at <= now else []
        at = issue.due if issue else slot.at  # somebody may have moved it
        items += [*_drafting(prospect, slot, issue, now=now), _item(prospect, at, issue, readers, choice, *due)]
        if not prospect.paused and (issue is None or issue.state is not IssueState.HELD):
            readers = _after(readers, choice)
    return items


def _choice(prospect: Prospect, readers: Mapping[Wish, int], issue: Issue | None) -> Choice:
    arranged = prospect.arranged.get(issue.id, AS_COMPOSED) if issue else AS_COMPOSED
    return choose(
        readers,
        prospect.news,
        columns=prospect.columns,
        maximum=prospect.maximum,
        minimum=prospect.minimum,
        skip_empty=prospect.skip_empty,
        among=_holds(arranged, issue.through_seq) if issue else everything,
        first=arranged.added,
        order=arranged.order,
    )


def _holds(arranged: Arrangement, newest: int) -> Callable[[int], bool]:
    return lambda seq: arranged.may_hold(seq, through_seq=newest)


def _after(readers: Mapping[Wish, int], choice: Choice) -> Mapping[Wish, int]:
    """How readers stand once the issue went out."""
    moved: Counter[Wish] = Counter()
    for wish, count in readers.items():
        moved[choice.after.get(wish, wish)] += count
    return moved


def _drafting(prospect: Prospect, slot: Slot, issue: Issue | None, *, now: datetime) -> Iterator[Item]:
    """When the draft of a slot is made."""
    if prospect.draft and issue is None and slot.at - prospect.draft > now:
        yield Item(
            kind=Kind.DRAFTING,
            at=slot.at - prospect.draft,
            newsletter=prospect.newsletter,
            cadence=prospect.cadence,
            notes=(PAUSED,) if prospect.draft_paused else (),
        )


def _item(
    prospect: Prospect, at: datetime, issue: Issue | None, readers: Mapping[Wish, int], choice: Choice, *notes: str
) -> Item:
    posts = tuple(dict.fromkeys(chain.from_iterable(variant.seqs for variant in choice.variants)))
    return Item(
        kind=Kind.ISSUE,
        at=at,
        newsletter=prospect.newsletter,
        cadence=prospect.cadence,
        issue=issue,
        readers=sum(readers.values()),
        letters=sum(readers[wish] for variant in choice.variants for wish in variant.wishes),
        variants=len(choice.variants),
        posts=posts,
        notes=(*notes, *_notes(prospect, issue, readers, choice, posts=posts)),
    )


def _notes(
    prospect: Prospect, issue: Issue | None, readers: Mapping[Wish, int], choice: Choice, *, posts: Sequence[int]
) -> Iterator[str]:
    waiting = sum(readers[wish] for wish in choice.waiting)
    if prospect.paused:
        yield PAUSED
    if not readers:
        yield NO_READERS
    elif choice.variants and not posts:
        yield NOTHING
    elif not choice.variants and not waiting:
        yield NOTHING_YET
    if waiting:
        who = "1 reader waits" if waiting == 1 else f"{waiting:,} readers wait"
        yield f"{who} for more: a letter has at least {prospect.minimum} posts"
    if prospect.approve and choice.variants and issue is None:
        yield APPROVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """Posts that go as letters of their own, by their numbers."""

    ready: Sequence[int]  # each goes at the next look
    together: Sequence[int]  # all in one letter
    resting: Mapping[int, datetime]  # each goes then, if it stands as it is
    made: Mapping[int, Sequence[int]]  # issue to its posts


def singles(prospect: Prospect, alone: Alone) -> list[Item]:
    """Those that wait for a word, those that rest, those that go at once; else that there are none."""
    items = [_single(prospect, issue.due, issue, alone.made[issue.id]) for issue in prospect.proposals]
    items += [_single(prospect, until, None, [seq]) for seq, until in alone.resting.items()]
    items += [_single(prospect, None, None, [seq]) for seq in alone.ready]
    items += [_single(prospect, None, None, alone.together)] if alone.together else []
    return items or [_single(prospect, None, None, ())]


def _single(prospect: Prospect, at: datetime | None, issue: Issue | None, seqs: Sequence[int]) -> Item:
    choice = choose(
        prospect.readers,
        prospect.news,
        columns=prospect.columns,
        maximum=max(1, len(seqs)),
        among=set(seqs).__contains__,
    )
    notes = [PAUSED] if prospect.paused else []
    notes += [] if prospect.readers else [NO_READERS]
    notes += [APPROVAL] if prospect.approve and seqs and issue is None else []
    notes += [] if seqs or not prospect.readers else [NOTHING_YET]
    return Item(
        kind=Kind.SINGLE,
        at=at,
        newsletter=prospect.newsletter,
        cadence=prospect.cadence,
        issue=issue,
        readers=sum(prospect.readers.values()),
        letters=sum(prospect.readers[wish] for variant in choice.variants for wish in variant.wishes),
        variants=len(choice.variants),
        posts=tuple(seqs),
        notes=tuple(notes),
    )
