"""Why a reader got a post or did not: each case with its sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.letter.choose import choose
from publisher.letter.why import Case, Coming, no_reader, reasons
from publisher.model.arrangement import Arrangement
from publisher.model.delivery import DeliveryState
from publisher.model.fate import Answer, Fate
from publisher.model.issue import IssueState, Newsletter, Wish
from publisher.model.reason import Reason
from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.model.whereabouts import Standing, Trace
from tests.conftest import NOW
from tests.writers import a_post, an_issue

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
NEWSLETTER = Newsletter(
    slug="morning",
    name="The Morning Courier",
    columns=("harbour", "council"),
    from_name="The Courier",
    from_address="desk@courier.example",
    subject="{{ lead.title }}",
)
POST = replace(a_post(5), seq=5, first_seen=NOW - MINUTE)
STANDING = Standing(
    id=1,
    newsletter="morning",
    cadence=Cadence.DAILY,
    columns=(),
    state=SubscriptionState.ACTIVE,
    seen_seq=4,
    ahead=(),
    joined=NOW - 9 * DAY,
    left_at=None,
    left_how="",
)
COMING = Coming(
    slots=tuple(datetime(2026, 11, day, 6, tzinfo=UTC) for day in (23, 24, 25)),
    paused=False,
    maximum=3,
    quiet=10 * MINUTE,
)
CASE = Case(
    newsletter=NEWSLETTER,
    offered=(Cadence.DAILY, Cadence.AS_IT_HAPPENS),
    post=POST,
    reader=SubscriberState.CONFIRMED,
    standing=STANDING,
    unread=(5,),
    coming=COMING,
    zone=ZoneInfo("Europe/Berlin"),
    now=NOW,
)
TRACE = Trace(
    issue=7,
    issue_state=IssueState.SENDING,
    cadence=Cadence.DAILY,
    due=NOW,
    corrects=False,
    state=DeliveryState.SENT,
    changed=NOW + MINUTE,
    next_try=None,
    code=0,
    enhanced="",
    reply="",
    reason=None,
)


def standing(**facts: object) -> Case:
    return replace(CASE, standing=replace(STANDING, **facts))


def post(**facts: object) -> Case:
    return replace(CASE, post=replace(POST, **facts))


def coming(*unread: int, **facts: object) -> Case:
    return replace(CASE, unread=unread or (5,), coming=replace(COMING, **facts))


def traced(**facts: object) -> Case:
    return replace(CASE, traces=(replace(TRACE, **facts),))


def proposed(state: IssueState, *unread: int, through: int = 5, approve: bool = False, why: str = "") -> Case:
    issue = replace(an_issue(through_seq=through, now=COMING.slots[0]), id=9, state=state, why=why)
    return coming(*unread, proposals=(issue,), approve=approve)


def alone(case: Case = CASE, *, first_seen: datetime = NOW - MINUTE, revised: datetime | None = None) -> Case:
    return replace(
        case,
        standing=replace(case.standing, cadence=Cadence.AS_IT_HAPPENS),
        post=replace(case.post, first_seen=first_seen, revised=revised),
    )


def proposed_alone(state: IssueState, slot: str) -> Case:
    issue = replace(an_issue(slot=slot), id=9, state=state, cadence=Cadence.AS_IT_HAPPENS, why="a word is missing")
    return alone(coming(proposals=(issue,)))


HINDERED = {
    "suppressed": (
        replace(CASE, reader=SubscriberState.SUPPRESSED),
        "must not get mail any more: the address is suppressed",
    ),
    "not confirmed": (replace(CASE, reader=SubscriberState.PENDING), "has not confirmed the address yet"),
    "rests": (
        replace(CASE, rests_until=COMING.slots[0] + MINUTE),
        "mail to the address came back: it rests until Mon 2026-11-23 07:01 CET, and the next issue passes it by",
    ),
    "pauses": (
        replace(CASE, paused_until=COMING.slots[0] + MINUTE),
        "the reader wants nothing until Mon 2026-11-23 07:01 CET, and the next issue passes them by",
    ),
    "another column": (post(column="sports"), "The Morning Courier does not have the column sports"),
    "left": (
        standing(state=SubscriptionState.LEFT, left_at=NOW, left_how="one-click"),
        "left on Sun 2026-11-22 08:00 CET (one-click), before a letter with the post was made",
    ),
    "left long ago, nobody knows how": (
        standing(state=SubscriptionState.LEFT),
        "left, before a letter with the post was made",
    ),
    "other columns": (standing(columns=("council",)), "chose council; the post is in harbour"),
    "withdrawn": (post(withdrawn=NOW), "the post was withdrawn on Sun 2026-11-22 08:00 CET"),
    "archive": (
        post(mailable=False),
        "the post is archive: the first visit to its source found it, and `sources.harbour-posts.backlog` says that "
        "it is not mailed",
    ),
    "from before they joined": (
        replace(standing(seen_seq=5, joined=NOW + MINUTE), post=POST),
        "the post came on Sun 2026-11-22 07:59 CET, before they joined on Sun 2026-11-22 08:01 CET: who joins does "
        "not get what came before",
    ),
    "passed": (
        standing(seen_seq=5),
        "no letter with the post was made for them, and its time has passed: then it was withdrawn, or in a column "
        "that they had not chosen, or their address rested, or they had a pause",
    ),
    "passed, ahead of others": (
        standing(seen_seq=1, ahead=(3, 5)),
        "no letter with the post was made for them, and its time has passed: then it was withdrawn, or in a column "
        "that they had not chosen, or their address rested, or they had a pause",
    ),
    "a cadence that is gone": (
        standing(cadence=Cadence.WEEKLY),
        "reads it weekly, which The Morning Courier does not offer any more; it offers daily, as-it-happens",
    ),
    "its own letter was cancelled": (
        alone(replace(CASE, cancelled=8)),
        "issue 8, the letter of this post, was cancelled; digests have it still",
    ),
    "nothing is offered": (
        replace(CASE, offered=()),
        "reads it daily, which The Morning Courier does not offer any more; it offers nothing",
    ),
}

WRITTEN = {
    "sent": (traced(), Fate.GOT, "the letter was sent on Sun 2026-11-22 08:01 CET"),
    "due": (
        traced(state=DeliveryState.DUE),
        Fate.ON_ITS_WAY,
        "the letter waits for the sender; `publisher send` or `publisher serve` sends it",
    ),
    "claimed": (
        traced(state=DeliveryState.CLAIMED),
        Fate.ON_ITS_WAY,
        "the letter waits for the sender; `publisher send` or `publisher serve` sends it",
    ),
    "due, and the issue is paused": (
        traced(state=DeliveryState.DUE, issue_state=IssueState.PAUSED),
        Fate.ON_ITS_WAY,
        "the letter waits, because the issue is paused; `publisher issues resume 7` lets it go on",
    ),
    "on the wire": (
        traced(state=DeliveryState.SENDING),
        Fate.ON_ITS_WAY,
        "the letter is being sent, since Sun 2026-11-22 08:01 CET",
    ),
    "deferred": (
        traced(state=DeliveryState.DEFERRED, next_try=NOW + DAY, code=451, enhanced="4.7.1", reply="come back later"),
        Fate.ON_ITS_WAY,
        "the letter is tried again on Mon 2026-11-23 08:00 CET; the relay said: 451 4.7.1 come back later",
    ),
    "put off by a limit": (
        traced(state=DeliveryState.DUE, next_try=NOW + DAY),
        Fate.ON_ITS_WAY,
        "a limit, sending hours or a pause keep the letter back until Mon 2026-11-23 08:00 CET; "
        "`publisher relays` shows which",
    ),
    "deferred, and its issue is paused": (
        traced(
            state=DeliveryState.DEFERRED, issue_state=IssueState.PAUSED, next_try=NOW + DAY, code=451, reply="later"
        ),
        Fate.ON_ITS_WAY,
        "the letter is tried again on Mon 2026-11-23 08:00 CET, but the issue is paused: not before "
        "`publisher issues resume 7`; the relay said: 451 later",
    ),
    "deferred without an answer": (
        traced(state=DeliveryState.DEFERRED, reply="the connection was lost"),
        Fate.ON_ITS_WAY,
        "the letter is tried again; the connection was lost",
    ),
    "failed": (
        traced(state=DeliveryState.FAILED, code=550, enhanced="5.1.1", reply="no such user"),
        Fate.NOT,
        "the letter failed on Sun 2026-11-22 08:01 CET; the relay said: 550 5.1.1 no such user; "
        "`publisher issues retry-failed 7` tries it once more",
    ),
    "failed, with a reason": (
        traced(
            state=DeliveryState.FAILED, code=550, enhanced="5.1.1", reply="no such user", reason=Reason.USER_UNKNOWN
        ),
        Fate.NOT,
        "the letter failed on Sun 2026-11-22 08:01 CET; user unknown (nobody has this address); "
        "the relay said: 550 5.1.1 no such user; `publisher issues retry-failed 7` tries it once more",
    ),
    "deferred for a reason that is in no answer": (
        traced(state=DeliveryState.DEFERRED, reply="it closed the connection", reason=Reason.LOST_CONNECTION),
        Fate.ON_ITS_WAY,
        "the letter is tried again; lost connection (the connection was lost); it closed the connection",
    ),
    "failed, never tried": (
        traced(state=DeliveryState.FAILED),
        Fate.NOT,
        "the letter failed on Sun 2026-11-22 08:01 CET; its time was over before it was tried; "
        "`publisher issues retry-failed 7` tries it once more",
    ),
    "skipped": (
        traced(state=DeliveryState.SKIPPED, reply="left before it was sent"),
        Fate.NOT,
        "the letter was not sent: left before it was sent (Sun 2026-11-22 08:01 CET)",
    ),
    "skipped, nobody knows why": (
        traced(state=DeliveryState.SKIPPED),
        Fate.NOT,
        "the letter was not sent: skipped (Sun 2026-11-22 08:01 CET)",
    ),
    "in doubt": (
        traced(state=DeliveryState.IN_DOUBT, reply="the sender was stopped"),
        Fate.IN_DOUBT,
        "nobody knows whether the letter arrived (the sender was stopped, Sun 2026-11-22 08:01 CET); "
        "`publisher issues resolve-doubt 7` decides",
    ),
    "in doubt without a word": (
        traced(state=DeliveryState.IN_DOUBT),
        Fate.IN_DOUBT,
        "nobody knows whether the letter arrived (the relay did not answer, Sun 2026-11-22 08:01 CET); "
        "`publisher issues resolve-doubt 7` decides",
    ),
}

TO_COME = {
    "the next issue": (CASE, Fate.COMING, "comes with the issue of Mon 2026-11-23 07:00 CET"),
    "the next one, approved": (
        coming(approve=True),
        Fate.COMING,
        "comes with the issue of Mon 2026-11-23 07:00 CET, if that is approved",
    ),
    "over the maximum": (
        coming(1, 2, 3, 4, 5),
        Fate.COMING,
        "4 posts that came before it go first, at most 3 in a letter; it comes with the issue of "
        "Tue 2026-11-24 07:00 CET",
    ),
    "one goes first": (
        coming(4, 5, maximum=1),
        Fate.COMING,
        "1 post that came before it goes first, at most 1 in a letter; it comes with the issue of "
        "Tue 2026-11-24 07:00 CET",
    ),
    "too far off": (
        coming(1, 2, 3, 4, 5, maximum=1),
        Fate.COMING,
        "4 posts that came before it go first, at most 1 in a letter; it comes with an issue that is too far off to "
        "tell when",
    ),
    "too few": (
        coming(minimum=2),
        Fate.WAITING,
        "waits for more: there is 1 new post, and a letter has at least 2; the issue of Mon 2026-11-23 07:00 CET "
        "may have it",
    ),
    "still too few": (
        coming(4, 5, 6, minimum=9, maximum=9),
        Fate.WAITING,
        "waits for more: there are 3 new posts, and a letter has at least 9; the issue of Mon 2026-11-23 07:00 CET "
        "may have it",
    ),
    "too few are left over": (
        coming(1, 2, 3, 5, minimum=2),
        Fate.WAITING,
        "waits for more: there is 1 new post, and a letter has at least 2; the issue of Tue 2026-11-24 07:00 CET "
        "may have it",
    ),
    "its own letter was cancelled, and it comes in a digest": (
        replace(CASE, cancelled=8),
        Fate.COMING,
        "comes with the issue of Mon 2026-11-23 07:00 CET",
    ),
    "a paused schedule": (
        coming(paused=True),
        Fate.WAITING,
        "its schedule is paused; `publisher schedule resume newsletter:morning:daily` lets it go on",
    ),
    "a draft": (
        proposed(IssueState.DRAFT),
        Fate.COMING,
        "issue 9 is a draft that goes on Mon 2026-11-23 07:00 CET, unless held: `publisher issues hold 9`",
    ),
    "a draft that waits": (
        proposed(IssueState.DRAFT, approve=True),
        Fate.WAITING,
        "issue 9, of Mon 2026-11-23 07:00 CET, waits for approval; `publisher issues approve 9` sends it",
    ),
    "approved": (
        proposed(IssueState.APPROVED, approve=True),
        Fate.COMING,
        "issue 9 is approved and goes on Mon 2026-11-23 07:00 CET",
    ),
    "approved, and nothing was running at its time": (
        replace(proposed(IssueState.APPROVED), now=COMING.slots[1]),
        Fate.WAITING,
        "issue 9 was to go on Mon 2026-11-23 07:00 CET and did not; `publisher issues approve 9` sends it",
    ),
    "held": (
        proposed(IssueState.HELD, why="no address"),
        Fate.WAITING,
        "issue 9, of Mon 2026-11-23 07:00 CET, is held: no address; `publisher issues approve 9` sends it",
    ),
    "held by hand": (
        proposed(IssueState.HELD),
        Fate.WAITING,
        "issue 9, of Mon 2026-11-23 07:00 CET, is held: by hand; `publisher issues approve 9` sends it",
    ),
    "after the draft": (
        proposed(IssueState.DRAFT, 3, 5, through=4),
        Fate.COMING,
        "comes with the issue of Tue 2026-11-24 07:00 CET",
    ),
    "over the maximum of the draft": (
        proposed(IssueState.DRAFT, 1, 2, 3, 5),
        Fate.COMING,
        "comes with the issue of Tue 2026-11-24 07:00 CET",
    ),
    "after what is held": (
        proposed(IssueState.HELD, 3, 5, through=4),
        Fate.COMING,
        "comes with the issue of Mon 2026-11-23 07:00 CET",
    ),
    "a draft for others": (
        proposed(IssueState.DRAFT, through=4),
        Fate.COMING,
        "comes with the issue of Mon 2026-11-23 07:00 CET",
    ),
    "its quiet time": (
        alone(),
        Fate.COMING,
        "goes by itself on Sun 2026-11-22 08:09 CET, if it stands unchanged for 10m",
    ),
    "its quiet time since the last edit": (
        alone(coming(approve=True), first_seen=NOW - DAY, revised=NOW - 2 * MINUTE),
        Fate.COMING,
        "goes by itself on Sun 2026-11-22 08:08 CET, if it stands unchanged for 10m, and then waits for approval",
    ),
    "by itself at once": (
        alone(first_seen=NOW - DAY),
        Fate.COMING,
        "goes by itself within a minute, where `publisher serve` runs",
    ),
    "by itself, held": (
        proposed_alone(IssueState.HELD, "5"),
        Fate.WAITING,
        "issue 9, of Sun 2026-11-22 08:00 CET, is held: a word is missing; `publisher issues approve 9` sends it",
    ),
    "by itself, while another is held": (
        proposed_alone(IssueState.HELD, "4"),
        Fate.COMING,
        "goes by itself on Sun 2026-11-22 08:09 CET, if it stands unchanged for 10m",
    ),
}


@pytest.mark.parametrize("name", HINDERED)
def test_what_keeps_a_post_from_a_reader(name: str) -> None:
    case, why = HINDERED[name]
    assert reasons(case) == (Answer(fate=Fate.NOT, why=why),)


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_ledger_tells(name: str) -> None:
    case, fate, why = WRITTEN[name]
    (reason,) = reasons(case)
    assert (reason.fate, reason.why) == (fate, f"issue 7 (daily, Sun 2026-11-22 08:00 CET): {why}")
    assert reason.issue == 7
    assert reason.reason is case.traces[0].reason
    assert reason.at == (case.traces[0].next_try or NOW + MINUTE)


@pytest.mark.parametrize("name", TO_COME)
def test_what_a_post_waits_for(name: str) -> None:
    case, fate, why = TO_COME[name]
    (reason,) = reasons(case)
    assert (reason.fate, reason.why) == (fate, why)


def test_each_letter_with_the_post_is_told_whatever_else_is_true() -> None:
    case = replace(standing(state=SubscriptionState.LEFT), traces=(TRACE, replace(TRACE, issue=8, corrects=True)))
    first, second = reasons(case)
    assert (first.issue, second.issue) == (7, 8)
    assert second.why.startswith("issue 8 (correction, ")


def test_who_never_subscribed_does_not_read_it() -> None:
    assert no_reader(NEWSLETTER) == Answer(fate=Fate.NOT, why="does not read The Morning Courier")


def test_the_moment_and_the_issue_are_told_to_programs_too() -> None:
    (reason,) = reasons(proposed(IssueState.DRAFT))
    assert (reason.issue, reason.at) == (9, COMING.slots[0])
    (reason,) = reasons(alone())
    assert reason.at == NOW + 9 * MINUTE


@given(
    st.lists(st.sampled_from(NEWSLETTER.columns), min_size=1, max_size=12),
    st.sampled_from(((), ("council",), ("harbour",))),
    st.integers(0, 12),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_it_comes_when_it_was_told_to_come(
    columns: list[str], chosen: tuple[str, ...], seen: int, maximum: int, minimum: int
) -> None:
    """Every post that is news is told the issue that it is in, where issues are made as they are made."""
    news = list(enumerate(columns, 1))
    minimum = min(minimum, maximum)
    slots = tuple(NOW + at * DAY for at in range(1, 14))
    wish = Wish(columns=chosen, seen_seq=seen)
    unread = tuple(seq for seq, column in news if seq > seen and (not chosen or column in chosen))
    came: dict[int, datetime] = {}
    for slot in slots:
        choice = choose([wish], news, columns=NEWSLETTER.columns, maximum=maximum, minimum=minimum)
        came.update((seq, slot) for variant in choice.variants for seq in variant.seqs)
        wish = choice.after.get(wish, wish)
    for seq in unread:
        case = replace(
            coming(*unread, slots=slots, maximum=maximum, minimum=minimum),
            post=replace(POST, seq=seq, column=columns[seq - 1]),
            standing=replace(STANDING, columns=chosen, seen_seq=seen),
        )
        (reason,) = reasons(case)
        assert reason.fate is (Fate.COMING if seq in came else Fate.WAITING)
        assert reason.at == came.get(seq, reason.at)


def test_what_an_editor_left_out_of_a_draft_comes_with_the_issue_after_it() -> None:
    case = proposed(IssueState.DRAFT)
    assert "issue 9" in reasons(case)[0].why
    left_out = replace(case, coming=replace(case.coming, arranged={9: Arrangement(out=frozenset({5}))}))
    assert "issue 9" not in reasons(left_out)[0].why
    late = proposed(IssueState.DRAFT, through=4)
    assert "issue 9" not in reasons(late)[0].why
    added = replace(late, coming=replace(late.coming, arranged={9: Arrangement(added=frozenset({5}))}))
    assert "issue 9" in reasons(added)[0].why
