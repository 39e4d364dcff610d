"""Visits to a source whose hub tells us of news: rarer, never over, and soon when somebody says there is something."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from publisher.collect.visit import (
    JITTER,
    PUSHED,
    QUICKEST,
    Answer,
    Call,
    Moment,
    Reading,
    after_failure,
    after_reading,
    after_unchanged,
    why_not,
    woken,
)
from publisher.model.source import SourceState

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
WHY = "its hub may have news"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEW = SourceState(name="gazette", url="https://gazette.example/feed.xml")
BUSY = Reading(dates=[NOW - hours * HOUR for hours in range(1, 40)], same_feed=True)

headers = st.dictionaries(
    st.sampled_from(["cache-control", "expires", "retry-after"]),
    st.integers(0, 10**6).map("max-age={}".format) | st.integers(0, 10**6).map(str),
)
readings = st.builds(
    Reading,
    dates=st.lists(st.none() | st.integers(0, 10**4).map(lambda hours: NOW - hours * HOUR), max_size=20),
    asked=st.timedeltas(timedelta(0), DAY),
    skip_hours=st.lists(st.integers(0, 23), max_size=20),
    same_feed=st.booleans(),
)


@given(readings, headers, st.floats(0, 1), st.booleans())
def test_a_hub_makes_visits_rarer_and_never_more_than_a_day_apart(
    reading: Reading, told: dict[str, str], jitter: float, unchanged: bool
) -> None:
    answer = Answer(status=304 if unchanged else 200, headers=told)
    plain = Moment(now=NOW, jitter=jitter)
    both = []
    for moment in (plain, replace(plain, pushed=True)):
        state = after_reading(NEW, Answer(headers=told), reading, moment)
        state = after_unchanged(state, answer, moment) if unchanged else state
        assert state.next_visit
        both.append(state.next_visit - NOW)
    assert QUICKEST <= both[0] <= both[1] <= DAY
    assert both[1] >= PUSHED * (1 - JITTER)


def test_config_toml_and_the_next_letter_go_before_what_a_hub_does() -> None:
    each = after_reading(NEW, Answer(), BUSY, Moment(now=NOW, pushed=True, every=10 * MINUTE))
    assert each.next_visit == NOW + 10 * MINUTE
    letter = after_reading(NEW, Answer(), BUSY, Moment(now=NOW, pushed=True, letter=NOW + HOUR))
    assert letter.next_visit == NOW + 50 * MINUTE
    assert letter.why == "the next letter is made soon after"


def test_a_failure_is_tried_again_as_soon_as_without_a_hub() -> None:
    failed = after_failure(NEW, None, Moment(now=NOW, pushed=True), problem="no connection")
    assert failed.next_visit == NOW + QUICKEST


@given(
    asked=st.timedeltas(timedelta(0), DAY),
    since=st.timedeltas(timedelta(0), DAY),
    ahead=st.timedeltas(timedelta(0), DAY),
    rest=st.none() | st.timedeltas(timedelta(0), DAY),
    stopped=st.booleans(),
    skip=st.lists(st.integers(0, 23), max_size=23),
)
def test_who_is_woken_is_visited_no_later_and_no_sooner_than_it_asks(
    asked: timedelta,
    since: timedelta,
    ahead: timedelta,
    rest: timedelta | None,
    stopped: bool,
    skip: list[int],
) -> None:
    state = replace(
        NEW,
        last_attempt=NOW - since,
        next_visit=None if stopped else NOW + ahead,
        wait_until=NOW + rest if rest is not None else None,
        asked_seconds=int(asked.total_seconds()),
        skip_hours=" ".join(map(str, skip)),
        stopped=stopped,
        why="as before",
    )
    after = woken(state, now=NOW, why=WHY)
    assert woken(after, now=NOW, why=WHY) == after, "shouting twice is no louder"
    assert after == replace(state, next_visit=after.next_visit, why=after.why)
    if after == state:
        return
    assert after.next_visit
    assert state.next_visit
    assert NOW <= after.next_visit < state.next_visit
    assert after.next_visit - (NOW - since) >= max(QUICKEST, timedelta(seconds=state.asked_seconds))
    assert state.wait_until is None or after.next_visit >= state.wait_until
    assert str(after.next_visit.hour) not in state.skip_hours.split()
    assert why_not(after, Call.DUE, now=after.next_visit) == ""


def test_a_folder_and_a_source_never_visited_are_not_woken() -> None:
    assert woken(SourceState(name="notes"), now=NOW, why=WHY) == SourceState(name="notes")
    assert woken(NEW, now=NOW, why=WHY) == NEW, "it is visited in the next round anyway"
