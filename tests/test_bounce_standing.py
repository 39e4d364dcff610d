"""What becomes of an address: no live one is lost, no dead one is tried more than three times."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.bounce.blame import Blame, blame_of
from publisher.bounce.policy import Act, bounce_of, decide
from publisher.bounce.standing import (
    ARRIVED_AFTER,
    PROVEN_FOR,
    REST_OF_DOUBT,
    REST_OF_POINTS,
    after,
    may_get,
    standing_of,
)
from publisher.model.incoming import Evidence, Failure
from publisher.model.reason import About, Reason
from publisher.model.standing import Event, Happening, Standing, State

START = datetime(2026, 1, 1, 7, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def bounced(reason: Reason, sent: datetime, *, later: timedelta = HOUR, is_sure: bool = True) -> Event:
    return Event(happening=Happening.BOUNCED, at=sent + later, sent_at=sent, reason=reason, is_sure=is_sure)


def arrived(sent: datetime) -> Event:
    return Event(happening=Happening.ARRIVED, at=sent + ARRIVED_AFTER, sent_at=sent)


def sent(at: datetime) -> Event:
    return Event(happening=Happening.SENT, at=at, sent_at=at)


@pytest.mark.parametrize("reason", [Reason.USER_UNKNOWN, Reason.DISABLED, Reason.MOVED])
def test_an_address_that_never_took_a_letter_and_does_not_exist_is_dead_at_once(reason: Reason) -> None:
    decision = decide(Standing(), bounced(reason, START))
    assert (decision.act, decision.standing.state, decision.standing.why) == (Act.SUPPRESS, State.DEAD, reason)
    assert not may_get(decision.standing, START + 1_000 * DAY)


def test_an_address_that_took_letters_is_asked_once_more_before_it_is_dead() -> None:
    resting = standing_of([arrived(START), bounced(Reason.USER_UNKNOWN, START + 6 * DAY)])
    assert resting.state is State.RESTING
    again = START + 6 * DAY + HOUR + REST_OF_DOUBT
    assert not may_get(resting, again - HOUR)
    assert may_get(resting, again)
    probing = after(resting, sent(again))
    assert probing.state is State.PROBING
    assert not may_get(probing, again + HOUR)  # one letter only
    assert after(probing, bounced(Reason.USER_UNKNOWN, again)).state is State.DEAD
    assert after(probing, arrived(again)).state is State.WELL


def test_an_hour_of_a_provider_that_denies_everybody_kills_nobody() -> None:
    well = standing_of([arrived(START + number * DAY) for number in range(30)])
    night = START + 31 * DAY
    denied = [bounced(Reason.USER_UNKNOWN, night + number * HOUR) for number in range(5)]
    assert standing_of([denied[0]], well).state is State.RESTING
    # The letters after the first went before its bounce was known.
    assert standing_of(
        [bounced(Reason.USER_UNKNOWN, night + timedelta(minutes=each)) for each in range(5)], well
    ).state is (State.RESTING)


def test_what_a_reader_took_long_ago_proves_nothing() -> None:
    old = standing_of([arrived(START)])
    assert after(old, bounced(Reason.USER_UNKNOWN, START + PROVEN_FOR + DAY)).state is State.DEAD


def test_a_bounce_that_names_nobody_is_not_sure() -> None:
    assert after(Standing(), bounced(Reason.USER_UNKNOWN, START, is_sure=False)).state is State.RESTING
    failure = Failure(address="a@x.example", reason=Reason.MOVED, lasting=True, evidence=Evidence.RETURNED)
    event = bounce_of(failure, reader="a@x.example", at=START, sent_at=START)
    assert event
    assert not event.is_sure


def test_an_address_of_several_people_does_not_die_of_one_who_left() -> None:
    history = [replace(bounced(Reason.USER_UNKNOWN, START + number * DAY), is_own=False) for number in range(60)]
    assert standing_of(history[:10]).state is State.WELL
    assert not standing_of(history).is_suppressed


def test_a_domain_that_was_not_paid_for_in_time_comes_back() -> None:
    resting = after(Standing(), bounced(Reason.DOMAIN_DEAD, START))
    assert resting.state is State.RESTING
    then = resting.until or START
    assert standing_of([sent(then), arrived(then)], resting).state is State.WELL
    assert standing_of([sent(then), bounced(Reason.DOMAIN_DEAD, then)], resting).state is State.DEAD


def test_what_is_not_for_good_is_no_event() -> None:
    failure = Failure(address="a@x.example", reason=Reason.MAILBOX_FULL, lasting=False, evidence=Evidence.REPORT)
    assert bounce_of(failure, reader="a@x.example", at=START, sent_at=START) is None


@pytest.mark.parametrize("reason", [reason for reason in Reason if blame_of(reason) not in (Blame.GONE, Blame.POINT)])
def test_what_is_no_fault_of_the_reader_never_counts_against_one(reason: Reason) -> None:
    history = [bounced(reason, START + number * DAY) for number in range(200)]
    assert standing_of(history) == Standing()
    full = standing_of([bounced(Reason.MAILBOX_FULL, START), bounced(reason, START + 2 * DAY)])
    assert full.points == 1
    assert after(full, arrived(START + DAY)).points == 0, "that it was blocked later says nothing of what arrived"
    probing = Standing(state=State.PROBING, since=START, until=START + 5 * DAY)
    assert after(probing, bounced(reason, START)).state is State.RESTING, "a probe that told nothing is sent again"


def test_only_what_is_about_the_mailbox_or_its_domain_can_be_gone() -> None:
    gone = [reason for reason in Reason if blame_of(reason) is Blame.GONE]
    assert gone == [reason for reason in Reason if reason.gone]
    assert all(reason.about in (About.MAILBOX, About.DOMAIN) for reason in gone)
    assert all(blame_of(reason) is not Blame.POINT for reason in Reason if reason.about_us or reason.about_relay)


def test_ten_letters_a_day_are_one_point() -> None:
    history = [bounced(Reason.MAILBOX_FULL, START + number * HOUR) for number in range(10)]
    assert standing_of(history).points == 1


def test_a_mailbox_that_stays_full_gets_a_letter_a_month() -> None:
    standing, letters = Standing(), 0
    for number in range(365):
        morning = START + number * DAY
        if may_get(standing, morning):
            letters += 1
            standing = standing_of([sent(morning), bounced(Reason.MAILBOX_FULL, morning)], standing)
    assert standing.state is State.RESTING
    assert 14 + 10 <= letters <= 14 + 15
    assert (standing.until or START) - (standing.since or START) == REST_OF_POINTS


def test_the_first_letter_that_arrives_clears_all() -> None:
    full = standing_of([bounced(Reason.MAILBOX_FULL, START + number * DAY) for number in range(16)])
    assert full.state is State.RESTING
    probe = full.until or START
    well = standing_of([sent(probe), arrived(probe)], full)
    assert (well.state, well.points, well.first_at) == (State.WELL, 0, None)


def test_a_letter_that_arrived_before_the_mailbox_was_full_clears_nothing() -> None:
    standing = standing_of([bounced(Reason.MAILBOX_FULL, START + DAY), arrived(START)])
    assert standing.points == 1


def test_a_complaint_is_for_good_until_the_reader_joins_again() -> None:
    complaint = Event(happening=Happening.COMPLAINED, at=START, sent_at=START)
    decision = decide(Standing(), complaint)
    assert (decision.act, decision.standing.state) == (Act.SUPPRESS, State.COMPLAINED)
    assert standing_of([arrived(START + DAY), sent(START + DAY)], decision.standing) == decision.standing
    joined = Event(happening=Happening.REJOINED, at=START + DAY, sent_at=START + DAY)
    assert after(decision.standing, joined).state is State.WELL


EVENTS = st.builds(
    lambda happening, at, back, reason, is_sure: Event(
        happening=happening, at=START + at * HOUR, sent_at=START + (at - back) * HOUR, reason=reason, is_sure=is_sure
    ),
    st.sampled_from([each for each in Happening if each is not Happening.REJOINED]),
    st.integers(0, 3_000),
    st.integers(0, 200),
    st.sampled_from(Reason),
    st.booleans(),
)


@given(st.lists(EVENTS, max_size=40))
def test_no_history_breaks_the_laws(history: list[Event]) -> None:
    history.sort(key=lambda event: event.at)
    standing = Standing()
    for event in history:
        then = after(standing, event)
        assert not (standing.is_suppressed and not then.is_suppressed)
        assert (then.until is not None) == (then.state in (State.RESTING, State.PROBING))
        if then.state is State.DEAD and standing.state is not State.DEAD:
            assert event.happening is Happening.BOUNCED
            assert event.reason.gone
        assert 0 <= then.points <= 40
        if not then.is_suppressed:
            assert may_get(then, event.at + REST_OF_POINTS + ARRIVED_AFTER)  # nobody rests for ever
        standing = then


@given(st.lists(EVENTS.filter(lambda event: not event.reason.gone), max_size=60))
def test_nobody_dies_of_what_is_not_about_death(history: list[Event]) -> None:
    history = sorted(
        (event for event in history if event.happening is not Happening.COMPLAINED), key=lambda event: event.at
    )
    assert not standing_of(history).is_suppressed


Answer = Callable[[int], Reason | None]


def year_of(answer: Answer, *, every_days: int = 1, bounce_after: timedelta = HOUR) -> tuple[Standing, list[int]]:
    """A year of letters: the days on which one was sent to a reader whose server answers so, and how it stands."""
    standing = Standing()
    days: list[int] = []
    waiting: list[Event] = []
    for hour in range(365 * 24):
        now = START + hour * HOUR
        for event in [event for event in waiting if event.at <= now]:
            standing = after(standing, event)
            waiting.remove(event)
        day, clock = divmod(hour, 24)
        if clock == 7 and day % every_days == 0 and may_get(standing, now):
            days.append(day)
            standing = after(standing, sent(now))
            reason = answer(day)
            waiting.append(arrived(now) if reason is None else bounced(reason, now, later=bounce_after))
    return standing, days


@pytest.mark.parametrize("every_days", [1, 2, 7, 30])
@pytest.mark.parametrize("bounce_after", [timedelta(0), HOUR, 3 * DAY])
def test_a_year_in_which_a_mailbox_is_full_for_a_week_now_and_then_loses_nobody(
    every_days: int, bounce_after: timedelta
) -> None:
    standing, days = year_of(
        lambda day: Reason.MAILBOX_FULL if day % 45 < 7 else None, every_days=every_days, bounce_after=bounce_after
    )
    assert standing.state is State.WELL
    assert len(days) == len(range(0, 365, every_days))


@pytest.mark.parametrize("every_days", [1, 2, 7])
@pytest.mark.parametrize("bounce_after", [timedelta(0), HOUR])
@pytest.mark.parametrize("reason", [Reason.USER_UNKNOWN, Reason.DISABLED, Reason.MOVED, Reason.DOMAIN_DEAD])
@pytest.mark.parametrize("dies", [0, 100])
def test_a_year_tries_a_dead_address_three_times_at_most(
    every_days: int, bounce_after: timedelta, reason: Reason, dies: int
) -> None:
    standing, days = year_of(
        lambda day: reason if day >= dies else None, every_days=every_days, bounce_after=bounce_after
    )
    assert standing.state is State.DEAD
    assert len([day for day in days if day >= dies]) <= 3


def test_a_year_of_a_server_that_is_down_for_a_month_loses_nobody() -> None:
    standing, days = year_of(lambda day: Reason.EXPIRED if 100 <= day < 130 else None, bounce_after=4 * DAY)
    assert standing.state is State.WELL
    assert days[-1] == 364


def test_a_year_of_readers_of_all_kinds() -> None:
    chance = random.Random(11)
    lost = 0
    for _ in range(25):
        noise = {day: chance.choice(list(Reason)) for day in range(365) if chance.random() < 0.02}
        noise = {day: reason for day, reason in noise.items() if not reason.gone}
        standing, _ = year_of(noise.get)
        lost += standing.is_suppressed
    assert lost == 0
