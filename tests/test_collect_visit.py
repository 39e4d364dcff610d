"""When a source is visited next, and where: the laws of `visit.py`, and the readings of `lifetime.py`."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.collect.lifetime import (
    LONGEST,
    UNDATED,
    asked_by_feed,
    lifetime_of,
    pace_of,
    read_date,
    retry_after_of,
)
from publisher.collect.visit import (
    DAYS,
    QUICKEST,
    Answer,
    Call,
    Moment,
    Reading,
    address_of,
    after_failure,
    after_local,
    after_reading,
    after_unchanged,
    at_address,
    in_words,
    validators_of,
    why_not,
)
from publisher.model.source import SourceState

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
URL = "https://gazette.example/feed.xml"
THERE = "https://news.gazette.example/feed.xml"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEW = SourceState(name="gazette", url=URL)
READ = Reading(dates=[NOW - 3 * HOUR], same_feed=True)

header_values = st.one_of(
    st.text(max_size=30),
    st.integers(-10, 10**12).map(str),
    st.integers(-10, 10**12).map("max-age={}".format),
    st.datetimes().map(lambda at: f"{at:%a, %d %b %Y %H:%M:%S} GMT"),
)
answers = st.builds(
    Answer,
    status=st.sampled_from([200, 304, 404, 410, 429, 500, 503]),
    headers=st.dictionaries(
        st.sampled_from(["cache-control", "age", "expires", "date", "retry-after", "etag", "last-modified"]),
        header_values,
    ),
    moved_to=st.sampled_from(["", THERE, URL, "http://gazette.example/feed.xml"]),
)
readings = st.builds(
    Reading,
    dates=st.lists(st.none() | st.integers(-(10**5), 10**3).map(lambda hours: NOW + hours * HOUR)),
    asked=st.timedeltas(timedelta(0), LONGEST),
    skip_hours=st.lists(st.integers(0, 23), max_size=24),
    skip_days=st.lists(st.sampled_from(DAYS), max_size=7, unique=True),
    same_feed=st.booleans(),
    problem=st.sampled_from(["", "it is cut off"]),
)
jitters = st.floats(0, 1)


def after(state: SourceState, answer: Answer, reading: Reading, moment: Moment) -> SourceState:
    if answer.status == 200:
        return after_reading(state, answer, reading, moment)
    if answer.status == 304:
        return after_unchanged(state, answer, moment)
    return after_failure(state, answer, moment, problem=f"the server answers {answer.status}")


@given(st.lists(st.tuples(answers, readings, jitters), max_size=6))
def test_whatever_servers_say_the_next_visit_is_within_five_minutes_and_a_day(
    history: list[tuple[Answer, Reading, float]],
) -> None:
    state, now = NEW, NOW
    for answer, reading, jitter in history:
        state = after(state, answer, reading, Moment(now=now, jitter=jitter))
        assert state.why
        assert address_of(state) in (URL, THERE)
        if state.stopped:
            assert state.next_visit is None
            return
        assert state.next_visit is not None
        assert QUICKEST <= state.next_visit - now <= DAY
        assert why_not(state, Call.DUE, now=now)
        assert not why_not(state, Call.DUE, now=state.next_visit)
        now = state.next_visit


@given(st.lists(st.tuples(answers, readings), max_size=6))
def test_no_validator_is_ever_sent_that_did_not_come_to_the_letter(history: list[tuple[Answer, Reading]]) -> None:
    state, came = NEW, {""}
    for answer, reading in history:
        came |= {answer.headers.get("etag", ""), answer.headers.get("last-modified", "")}
        state = after(state, answer, reading, Moment(now=NOW))
        assert set(validators_of(state, now=NOW)) <= came


def test_validators_are_kept_through_304_renewed_by_it_and_dropped_after_eight_days() -> None:
    state = after_reading(NEW, Answer(headers={"etag": 'W/"a"', "last-modified": "then"}), READ, Moment(now=NOW))
    assert validators_of(state, now=NOW) == ('W/"a"', "then")
    state = after_unchanged(state, Answer(status=304, headers={"etag": '"b"'}), Moment(now=NOW + 7 * DAY))
    assert validators_of(state, now=NOW + 7 * DAY) == ('"b"', "then")
    assert validators_of(state, now=NOW + 8 * DAY + MINUTE) == ("", "")


def test_a_document_that_was_not_read_whole_leaves_no_validators() -> None:
    state = after_reading(NEW, Answer(headers={"etag": '"a"'}), replace(READ, problem="cut off"), Moment(now=NOW))
    assert validators_of(state, now=NOW) == ("", "")
    assert state.problem == "cut off"


def test_a_new_answer_without_validators_drops_the_old() -> None:
    state = after_reading(NEW, Answer(headers={"etag": '"a"'}), READ, Moment(now=NOW))
    state = after_reading(state, Answer(), READ, Moment(now=NOW))
    assert validators_of(state, now=NOW) == ("", "")


def moved(state: SourceState, *targets: str, same_feed: bool = True) -> SourceState:
    for target in targets:
        reading = replace(READ, same_feed=same_feed)
        state = after_reading(state, Answer(moved_to=target), reading, Moment(now=NOW))
    return state


def test_three_visits_in_a_row_that_were_moved_for_good_change_the_address() -> None:
    assert address_of(moved(NEW, THERE, THERE)) == URL
    assert address_of(moved(NEW, THERE, THERE, THERE)) == THERE
    assert address_of(moved(NEW, THERE, THERE, "", THERE)) == URL
    assert address_of(moved(NEW, THERE, "https://other.example/", THERE)) == URL
    assert address_of(moved(NEW, THERE, THERE, THERE, same_feed=False)) == URL


def test_304_behind_a_redirect_is_the_same_feed() -> None:
    state = NEW
    for _ in range(3):
        state = after_unchanged(state, Answer(status=304, moved_to=THERE), Moment(now=NOW))
    assert address_of(state) == THERE


def test_no_move_leads_from_https_to_http() -> None:
    assert address_of(moved(NEW, *["http://gazette.example/feed.xml"] * 5)) == URL


def test_a_new_address_that_fails_gives_way_to_the_one_of_the_config() -> None:
    state = moved(NEW, THERE, THERE, THERE)
    for _ in range(2):
        state = after_failure(state, None, Moment(now=NOW), problem="no connection")
        assert address_of(state) == THERE
    assert address_of(after_failure(state, None, Moment(now=NOW), problem="no connection")) == URL
    gone = after_failure(moved(NEW, THERE, THERE, THERE), Answer(status=410), Moment(now=NOW), problem="gone")
    assert (address_of(gone), gone.stopped) == (URL, False)


def test_gone_stops_a_source_until_it_is_asked_for_by_name_or_has_another_address() -> None:
    state = after_failure(NEW, Answer(status=410), Moment(now=NOW), problem="gone")
    assert "gone for good" in why_not(state, Call.ALL, now=NOW + 30 * DAY)
    assert not why_not(state, Call.NAMED, now=NOW)
    assert not why_not(at_address(state, THERE), Call.DUE, now=NOW)
    assert not after_reading(state, Answer(), READ, Moment(now=NOW)).stopped


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("written", "rest"),
    [("7200", 2 * HOUR), ("Sun, 22 Nov 2026 09:00:00 GMT", 2 * HOUR), ("999999999", DAY), ("60", QUICKEST)],
)
def test_retry_after_is_honoured_in_seconds_and_as_a_date_up_to_a_day(
    status: int, written: str, rest: timedelta
) -> None:
    answer = Answer(status=status, headers={"retry-after": written})
    state = after_failure(NEW, answer, Moment(now=NOW), problem="not now")
    assert state.wait_until == state.next_visit == NOW + rest
    assert "left alone until" in why_not(state, Call.ALL, now=NOW)
    assert not why_not(state, Call.ALL, now=NOW + rest)
    assert not why_not(state, Call.NAMED, now=NOW)


def test_too_many_requests_without_a_time_holds_the_host_and_503_only_the_source() -> None:
    assert after_failure(NEW, Answer(status=429), Moment(now=NOW), problem="").wait_until == NOW + QUICKEST
    assert after_failure(NEW, Answer(status=503), Moment(now=NOW), problem="").wait_until is None


def test_failures_back_off_and_a_success_ends_them() -> None:
    state, rests = NEW, []
    for _ in range(12):
        state = after_failure(state, None, Moment(now=NOW), problem="no connection")
        assert state.next_visit is not None
        rests.append(state.next_visit - NOW)
    assert rests[:3] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE]
    assert rests[-1] == DAY
    assert "12 times" in state.why
    assert after_reading(state, Answer(), READ, Moment(now=NOW)).failures == 0


def rest_of(answer: Answer, reading: Reading, *, every: timedelta | None = None) -> timedelta:
    state = after_reading(NEW, answer, reading, Moment(now=NOW, every=every))
    assert state.next_visit is not None
    again = after_unchanged(state, replace(answer, status=304), Moment(now=NOW, every=every))
    assert again.next_visit == state.next_visit  # 304 is honoured like 200
    return state.next_visit - NOW


def test_what_server_and_feed_ask_for_is_honoured_up_to_a_day() -> None:
    busy = Reading(dates=[NOW - number * HOUR for number in range(1, 60)])
    assert rest_of(Answer(), busy) < HOUR
    assert rest_of(Answer(headers={"cache-control": "public, max-age=7200"}), busy) == 2 * HOUR
    assert rest_of(Answer(headers={"expires": "Sun, 22 Nov 2026 10:00:00 GMT"}), busy) == 3 * HOUR
    assert rest_of(Answer(headers={"cache-control": "max-age=31536000"}), busy) == DAY
    assert rest_of(Answer(), replace(busy, asked=4 * HOUR)) == 4 * HOUR
    assert rest_of(Answer(), replace(busy, skip_hours=[7, 8, 9])) == 3 * HOUR
    assert rest_of(Answer(), replace(busy, skip_hours=range(24))) < HOUR
    assert rest_of(Answer(headers={"cache-control": "max-age=7200"}), busy, every=10 * MINUTE) == 10 * MINUTE


@given(
    st.lists(st.integers(0, 23), max_size=23),
    st.lists(st.sampled_from(DAYS), max_size=6, unique=True),
    st.timedeltas(timedelta(0), timedelta(days=14)).map(lambda later: NOW + later),
)
def test_no_visit_is_at_an_hour_or_on_a_day_that_the_feed_skips_but_one_a_day(
    hours: list[int], days: list[str], now: datetime
) -> None:
    reading = Reading(dates=[now - MINUTE] * 9, skip_hours=hours, skip_days=days)
    at = after_reading(NEW, Answer(), reading, Moment(now=now)).next_visit
    assert at is not None
    assert at == now + DAY or (at.hour not in hours and f"{at:%a}".lower() not in days)


def test_a_skipped_sunday_ends_at_midnight_in_greenwich() -> None:
    busy = Reading(dates=[NOW - number * HOUR for number in range(1, 60)])
    assert rest_of(Answer(), replace(busy, skip_days=["sun"])) == 17 * HOUR  # it is Sunday, seven o'clock
    assert rest_of(Answer(), replace(busy, skip_days=["sun", "mon"])) == DAY
    assert rest_of(Answer(), replace(busy, skip_days=["sat"])) < HOUR
    assert rest_of(Answer(), replace(busy, skip_days=DAYS)) < HOUR


def test_jitter_moves_visits_apart_and_never_before_what_was_asked_for() -> None:
    asks = Answer(headers={"cache-control": "max-age=80000"})
    ends = [
        after_reading(NEW, Answer(), Reading(), Moment(now=NOW, jitter=jitter)).next_visit for jitter in (0, 0.5, 1)
    ]
    assert len(set(ends)) == 3
    kept = after_reading(NEW, asks, Reading(dates=[NOW - HOUR] * 9), Moment(now=NOW, jitter=1)).next_visit
    assert kept == NOW + timedelta(seconds=80000)


def test_a_source_is_due_in_every_round_though_rounds_begin_a_moment_sooner_or_later() -> None:
    state = after_reading(NEW, Answer(), READ, Moment(now=NOW + timedelta(milliseconds=900), every=5 * MINUTE))
    assert not why_not(state, Call.DUE, now=NOW + 5 * MINUTE)
    assert why_not(state, Call.DUE, now=NOW + 4 * MINUTE)


def test_a_quiet_source_is_looked_at_once_more_before_a_letter_is_made() -> None:
    quiet, letter = Reading(dates=[NOW - 30 * DAY]), NOW + 8 * HOUR
    at = after_reading(NEW, Answer(), quiet, Moment(now=NOW, letter=letter, jitter=1)).next_visit
    assert at == letter - 20 * MINUTE
    soon = after_reading(NEW, Answer(), quiet, Moment(now=letter - 12 * MINUTE, letter=letter)).next_visit
    assert soon == letter - 12 * MINUTE + DAY  # it was looked at just now
    asks = Answer(headers={"cache-control": "max-age=40000"})
    assert after_reading(NEW, asks, quiet, Moment(now=NOW, letter=letter)).next_visit == NOW + timedelta(seconds=40000)


def test_a_host_that_rests_rests_for_all_its_sources_until_the_last_word() -> None:
    assert "until 2026-11-22 09:00" in why_not(NEW, Call.ALL, now=NOW, host_rests=NOW + 2 * HOUR)
    assert not why_not(NEW, Call.ALL, now=NOW + 2 * HOUR, host_rests=NOW + 2 * HOUR)
    assert not why_not(NEW, Call.NAMED, now=NOW, host_rests=NOW + 2 * HOUR)


def test_a_day_of_many_sources_asks_no_more_than_there_is_and_misses_nothing() -> None:
    """Servers that answer as servers do: 304 to their own ETag, a new one with each post."""
    dice = random.Random(7)
    for number in range(60):
        gap = timedelta(minutes=dice.choice([20, 60, 240, 1440, 10080]))  # between two posts
        state, told, fetched, asked = replace(NEW, name=f"s{number}"), "", 0, 0
        for tick in range(0, 1440, 5):
            now = NOW + tick * MINUTE
            if why_not(state, Call.DUE, now=now):
                continue
            asked += 1
            newest = int((now - NOW + 30 * DAY) / gap)
            etag = f'"{newest}"'
            assert validators_of(state, now=now)[0] == told
            moment = Moment(now=now, jitter=dice.random())
            if told == etag:
                state = after_unchanged(state, Answer(status=304), moment)
                continue
            fetched += 1
            dates = [NOW - 30 * DAY + gap * place for place in range(max(1, newest - 20), newest + 1)]
            state = after_reading(state, Answer(headers={"etag": etag}), Reading(dates=dates), moment)
            told = etag
        posts = DAY / gap
        assert fetched <= posts + 2
        assert asked <= 4 * posts * 1.3 + 2
        assert asked >= min(posts, 100) * 2


def test_a_folder_is_looked_at_in_every_pass() -> None:
    state = after_local(SourceState(name="notes"), now=NOW, problem="")
    assert (state.first_fetched, state.last_success, state.next_visit) == (NOW, NOW, None)
    failed = after_failure(state, None, Moment(now=NOW), problem="no such folder")
    assert (failed.failures, failed.next_visit, failed.first_fetched) == (1, None, NOW)
    assert not why_not(failed, Call.DUE, now=NOW)


def test_another_address_in_the_config_begins_anew_and_is_no_first_fetch() -> None:
    state = moved(after_reading(NEW, Answer(headers={"etag": "x"}), READ, Moment(now=NOW)), THERE, THERE, THERE)
    other = at_address(state, "https://elsewhere.example/feed")
    assert address_of(other) == "https://elsewhere.example/feed"
    assert (other.etag, other.next_visit, other.first_fetched) == ("", None, NOW)


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": 'private, Max-Age="600"'}, 600),
        ({"cache-control": "s-maxage=600"}, 0),
        ({"cache-control": "no-cache, max-age=600"}, 0),
        ({"cache-control": "max-age=600", "age": "400"}, 200),
        ({"cache-control": "max-age=600", "age": "700"}, 0),
        ({"cache-control": "max-age=60", "expires": "Mon, 23 Nov 2026 07:00:00 GMT"}, 60),
        ({"expires": "0"}, 0),
        ({"expires": "Sun, 22 Nov 2026 07:10:00 GMT"}, 600),
        ({"expires": "Sun, 22 Nov 2026 08:10:00 GMT", "date": "Sun, 22 Nov 2026 08:00:00 GMT"}, 600),
        ({}, 0),
    ],
)
def test_the_lifetime_of_an_answer(headers: dict[str, str], length: int) -> None:
    assert lifetime_of(headers, now=NOW) == timedelta(seconds=length)


@given(st.text(max_size=40))
def test_no_header_can_break_the_readings(written: str) -> None:
    headers = dict.fromkeys(("cache-control", "age", "expires", "date", "retry-after"), written)
    assert timedelta(0) <= lifetime_of(headers, now=NOW) <= LONGEST
    assert timedelta(0) <= retry_after_of(headers, now=NOW) <= LONGEST
    assert timedelta(0) <= asked_by_feed(ttl=written, period=written, frequency=written) <= LONGEST


def test_dates_at_the_ends_of_time_are_read_or_refused() -> None:
    assert read_date("Fri, 31 Dec 9999 23:59:59 -1200") is None
    assert read_date("Sun, 99 Nov 2026 07:00:00 GMT") is None
    assert read_date("nonsense") is None


@pytest.mark.parametrize(
    ("ttl", "period", "frequency", "length"),
    [
        ("60", "", "", HOUR),
        ("", "hourly", "2", 30 * MINUTE),
        ("", "daily", "1", DAY),
        ("", "weekly", "", DAY),
        ("", "", "4", 6 * HOUR),
        ("0", "", "", timedelta(0)),
        ("ten", "", "", timedelta(0)),
    ],
)
def test_what_a_feed_asks_for(ttl: str, period: str, frequency: str, length: timedelta) -> None:
    assert asked_by_feed(ttl=ttl, period=period, frequency=frequency) == length


def test_the_pace_is_a_week_over_the_posts_times_the_factor() -> None:
    daily = [NOW - number * DAY for number in range(1, 30)]
    assert pace_of(daily, now=NOW) == 6 * HOUR
    assert pace_of([NOW - 30 * DAY], now=NOW) == LONGEST
    assert pace_of([], now=NOW) == LONGEST
    assert pace_of([None, None], now=NOW) == UNDATED
    assert pace_of([NOW - number * 10 * MINUTE for number in range(1, 50)], now=NOW) < QUICKEST
    assert pace_of([NOW + DAY], now=NOW) == UNDATED


@pytest.mark.parametrize(
    ("length", "words"),
    [(DAY, "1 day"), (90 * MINUTE, "2 hours"), (5 * MINUTE, "5 minutes"), (timedelta(0), "no time")],
)
def test_lengths_are_said_as_people_say_them(length: timedelta, words: str) -> None:
    assert in_words(length) == words


def test_a_round_that_comes_into_a_skipped_hour_leaves_the_source_for_the_next() -> None:
    due = datetime(2026, 11, 22, 0, 58, tzinfo=UTC)
    state = SourceState(
        name="wire", url="https://gazette.example/feed", last_attempt=due - HOUR, next_visit=due, skip_hours="1 2"
    )
    assert why_not(state, Call.DUE, now=due + timedelta(minutes=1)) == ""
    assert "03:00" in why_not(state, Call.DUE, now=due + timedelta(minutes=3))
    assert why_not(state, Call.ALL, now=due + timedelta(minutes=3)) == ""
    assert why_not(state, Call.DUE, now=due + 2 * HOUR + timedelta(minutes=2)) == ""
    assert why_not(replace(state, last_attempt=due - timedelta(days=1)), Call.DUE, now=due + HOUR) == ""
