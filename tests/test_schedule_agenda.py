"""What comes of a newsletter: played through, issue by issue, as things stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.agenda import Item, Kind, Prospect
from publisher.model.issue import Issue, IssueState, Wish
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.agenda import (
    APPROVAL,
    DUE,
    NO_READERS,
    NOTHING,
    NOTHING_YET,
    PAUSED,
    Alone,
    digests,
    singles,
)
from tests.conftest import NOW
from tests.writers import an_issue, wish

DAY = timedelta(days=1)
SLOTS = [Slot(key=f"2026-11-{23 + at}", at=NOW + (at + 1) * DAY) for at in range(3)]
PROSPECT = Prospect(
    newsletter="morning",
    cadence=Cadence.DAILY,
    columns=("harbour", "council"),
    readers={wish(): 10, wish("council"): 3},
    news=((1, "harbour"), (2, "council"), (3, "harbour")),
    proposals=(),
    maximum=2,
)
NONE = Alone(ready=(), together=(), resting={}, made={})


def proposal(state: IssueState, *, at: int = 0, through: int = 2, number: int = 7) -> Issue:
    slot = SLOTS[at] if at >= 0 else Slot(key="2026-11-21", at=NOW - DAY)
    return replace(an_issue(slot=slot.key, through_seq=through, now=slot.at), id=number, state=state)


def told(items: list[Item]) -> list[tuple[int, int, tuple[int, ...]]]:
    """Of each issue: letters, variants, posts."""
    return [(item.letters, item.variants, item.posts) for item in items if item.kind is Kind.ISSUE]


def played(slots: list[Slot] = SLOTS, **facts: object) -> list[Item]:
    return digests(replace(PROSPECT, **facts), slots, now=NOW)


def test_what_one_issue_cannot_take_is_in_the_next_and_then_there_is_nothing() -> None:
    items = played()
    assert told(items) == [(13, 2, (1, 2)), (10, 1, (3,)), (0, 0, ())]
    assert [item.readers for item in items] == [13, 13, 13]
    assert [item.notes for item in items] == [(), (), (NOTHING_YET,)]
    assert [item.at for item in items] == [slot.at for slot in SLOTS]


def test_a_draft_takes_what_it_was_made_of() -> None:
    items = played(proposals=(proposal(IssueState.DRAFT, through=1),))
    assert told(items) == [(10, 1, (1,)), (13, 2, (3, 2)), (0, 0, ())]
    assert [item.issue.id if item.issue else None for item in items] == [7, None, None]


@pytest.mark.parametrize("state", [IssueState.DRAFT, IssueState.APPROVED])
def test_an_issue_that_waits_for_a_word_is_taken_to_get_it(state: IssueState) -> None:
    items = played(proposals=(proposal(state),), approve=True)
    assert told(items) == [(13, 2, (1, 2)), (10, 1, (3,)), (0, 0, ())]
    assert [item.notes for item in items] == [(), (APPROVAL,), (NOTHING_YET,)]


def test_what_is_held_changes_nothing_for_the_next() -> None:
    items = played(proposals=(proposal(IssueState.HELD),))
    assert told(items)[:2] == [(13, 2, (1, 2)), (13, 2, (1, 2))]


def test_an_issue_from_before_that_did_not_go_is_told_first() -> None:
    items = played(proposals=(proposal(IssueState.DRAFT, at=-1),))
    assert [item.at for item in items] == [NOW - DAY, *(slot.at for slot in SLOTS)]
    assert told(items)[:2] == [(13, 2, (1, 2)), (13, 2, (1, 2))]


def test_a_proposal_of_a_slot_beyond_is_not_told() -> None:
    assert told(played(SLOTS[:1], proposals=(proposal(IssueState.DRAFT, at=2),))) == [(13, 2, (1, 2))]


def test_of_a_paused_schedule_nothing_goes() -> None:
    items = played(paused=True)
    assert told(items) == [(13, 2, (1, 2))] * 3
    assert all(item.notes == (PAUSED,) for item in items)


def test_too_few_posts_wait_and_are_told() -> None:
    first, *_ = played(minimum=2, news=PROSPECT.news[1:])
    assert (first.letters, first.posts) == (10, (3, 2))
    assert first.notes == ("3 readers wait for more: a letter has at least 2 posts",)
    (only,) = played(SLOTS[:1], minimum=2, readers={wish("council"): 1})
    assert (only.letters, only.notes) == (0, ("1 reader waits for more: a letter has at least 2 posts",))


def test_a_letter_that_says_that_nothing_is_new_is_told_as_such() -> None:
    items = played(news=(), skip_empty=False)
    assert told(items) == [(13, 1, ())] * 3
    assert all(item.notes == (NOTHING,) for item in items)


def test_nobody_reads_it() -> None:
    assert [item.notes for item in played(readers={}, news=())] == [(NO_READERS,)] * 3


def test_a_slot_that_has_come_is_due() -> None:
    (item,) = played([Slot(key="2026-11-22", at=NOW)])
    assert item.notes == (DUE,)
    (item,) = played(
        [Slot(key="2026-11-22", at=NOW)], proposals=(replace(proposal(IssueState.DRAFT), slot="2026-11-22"),)
    )
    assert item.notes == ()


def test_a_draft_that_is_still_to_be_made_has_its_time() -> None:
    items = played(SLOTS[:2], draft=timedelta(hours=3))
    assert [(item.kind, item.at) for item in items] == [
        (Kind.DRAFTING, SLOTS[0].at - timedelta(hours=3)),
        (Kind.ISSUE, SLOTS[0].at),
        (Kind.DRAFTING, SLOTS[1].at - timedelta(hours=3)),
        (Kind.ISSUE, SLOTS[1].at),
    ]
    late = played(SLOTS[:1], draft=timedelta(hours=30), paused=True)
    assert [item.kind for item in late] == [Kind.ISSUE], "its time has passed"
    made = played(SLOTS[:1], draft=timedelta(hours=3), proposals=(proposal(IssueState.DRAFT),))
    assert [item.kind for item in made] == [Kind.ISSUE]
    paused = played(SLOTS[:1], draft=timedelta(hours=3), draft_paused=True)
    assert paused[0].notes == (PAUSED,)


@given(
    st.lists(st.sampled_from(PROSPECT.columns), max_size=12),
    st.integers(1, 4),
    st.integers(1, 3),
    st.lists(st.tuples(st.sampled_from(((), ("council",), ("harbour",))), st.integers(0, 12)), max_size=5),
)
def test_each_reader_gets_each_post_once_in_what_is_played_through(
    columns: list[str], maximum: int, minimum: int, places: list[tuple[tuple[str, ...], int]]
) -> None:
    slots = [Slot(key=str(at), at=NOW + at * DAY) for at in range(1, 16)]
    for chosen, seen in places:
        prospect = replace(
            PROSPECT,
            readers={Wish(columns=chosen, seen_seq=seen): 1},
            news=tuple(enumerate(columns, 1)),
            maximum=maximum,
            minimum=min(minimum, maximum),
        )
        got = [seq for item in digests(prospect, slots, now=NOW) for seq in item.posts]
        wanted = [seq for seq, column in prospect.news if seq > seen and (not chosen or column in chosen)]
        left = len(wanted) % maximum if len(wanted) % maximum < prospect.minimum else 0
        assert sorted(got) == wanted[: len(wanted) - left]


def alone(**facts: object) -> list[Item]:
    prospect = replace(PROSPECT, cadence=Cadence.AS_IT_HAPPENS)
    return singles(prospect, replace(NONE, **facts))


def test_posts_go_alone_at_once_or_when_their_quiet_time_is_over() -> None:
    items = alone(ready=(1,), resting={2: NOW + DAY})
    assert [(item.at, item.posts, item.letters) for item in items] == [(NOW + DAY, (2,), 13), (None, (1,), 10)]


def test_what_others_had_before_comes_together() -> None:
    (item,) = alone(together=(1, 3))
    assert (item.at, item.posts, item.letters, item.variants) == (None, (1, 3), 10, 1)


def test_a_letter_of_one_post_that_is_held_is_told() -> None:
    held = replace(proposal(IssueState.HELD, at=-1), cadence=Cadence.AS_IT_HAPPENS, slot="3")
    prospect = replace(PROSPECT, cadence=Cadence.AS_IT_HAPPENS, proposals=(held,))
    (item,) = singles(prospect, replace(NONE, made={7: (3,)}))
    assert (item.issue, item.at, item.posts, item.letters) == (held, NOW - DAY, (3,), 10)


def test_where_nothing_goes_alone_that_is_told() -> None:
    (item,) = alone()
    assert (item.kind, item.at, item.posts, item.letters, item.readers) == (Kind.SINGLE, None, (), 0, 13)
    assert item.notes == (NOTHING_YET,)
    prospect = replace(PROSPECT, cadence=Cadence.AS_IT_HAPPENS, readers={}, paused=True)
    (item,) = singles(prospect, NONE)
    assert item.notes == (PAUSED, NO_READERS)


def test_a_post_that_needs_a_word_is_told_so() -> None:
    prospect = replace(PROSPECT, cadence=Cadence.AS_IT_HAPPENS, approve=True)
    (item,) = singles(prospect, replace(NONE, ready=(1,)))
    assert item.notes == (APPROVAL,)
