"""Limits: no window ever holds more letters than it may, whoever marks and whenever answers come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from publisher.model.limit import oldest_slot, start_of
from publisher.send.limits import SLOTS, UNLIMITED, Allowance, Limit, allowance, pace, slot_at, spread, tightest
from tests.conftest import NOW

MICROSECOND = timedelta(microseconds=1)
A_LIMIT = st.builds(Limit, letters=st.integers(1, 9), seconds=st.sampled_from((1, 2, 7, 60, 3600, 86400)))
A_MOMENT = st.integers(0, 10**16).map(lambda after: datetime(2000, 1, 1, tzinfo=UTC) + after * MICROSECOND)


@given(moment=A_MOMENT, seconds=st.sampled_from((1, 7, 60, 3600, 86400)))
def test_sixty_slots_are_a_window_and_each_begins_at_its_first_moment(moment: datetime, seconds: int) -> None:
    slot = slot_at(moment, seconds)
    assert start_of(slot, seconds) <= moment < start_of(slot + 1, seconds)
    assert slot_at(start_of(slot, seconds), seconds) == slot
    assert slot_at(start_of(slot, seconds) - MICROSECOND, seconds) == slot - 1
    assert slot_at(moment + timedelta(seconds=seconds), seconds) == slot + SLOTS
    just_within = moment - timedelta(seconds=seconds) + MICROSECOND
    assert slot_at(just_within, seconds) >= oldest_slot(moment, seconds), "a window that ends now is counted whole"


class TwoSenders(RuleBasedStateMachine):
    """Two senders and a relay that counts what reaches it, under two limits at once."""

    limits: tuple[Limit, ...] = (Limit(letters=3, seconds=1), Limit(letters=8, seconds=7))

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.uses: dict[int, dict[int, int]] = {limit.seconds: {} for limit in self.limits}
        self.on_the_wire: list[list[datetime]] = [[], []]  # of each sender, when its letters were marked
        self.answered: list[datetime] = []
        self.arrived: list[datetime] = []

    def allowed(self) -> Allowance:
        in_flight = sum(map(len, self.on_the_wire))
        return tightest(
            [allowance(limit, self.uses[limit.seconds], in_flight=in_flight, now=self.now) for limit in self.limits]
        )

    @rule(microseconds=st.integers(1, 9_000_000))
    def time_passes(self, microseconds: int) -> None:
        self.now += microseconds * MICROSECOND

    @rule()
    def all_wait_until_there_is_room(self) -> None:
        allowed = self.allowed()
        if not allowed.letters:
            assert allowed.again
            assert allowed.again > self.now
            self.now = allowed.again

    @rule(sender=st.integers(0, 1), wanted=st.integers(1, 9))
    def mark(self, sender: int, wanted: int) -> None:
        letters = self.allowed().letters
        assert letters is not None
        self.on_the_wire[sender] += [self.now] * min(wanted, letters)

    @rule(sender=st.integers(0, 1), letters=st.integers(1, 9), after=st.sampled_from((0.0, 0.3, 0.999, 1.0)))
    def answer(self, sender: int, letters: int, after: float) -> None:
        """Also what a sender that is killed had on the wire: whoever finds it counts it."""
        for _ in range(min(letters, len(self.on_the_wire[sender]))):
            marked = self.on_the_wire[sender].pop(0)
            self.answered.append(self.now)
            self.arrived.append(marked + after * (self.now - marked))
            for limit in self.limits:
                of_limit = self.uses[limit.seconds]
                slot = slot_at(self.now, limit.seconds)
                of_limit[slot] = of_limit.get(slot, 0) + 1

    @rule(seconds=st.sampled_from((1, 7)), slots=st.sampled_from((58, 59, 60, 61)))
    def all_that_may_goes_at_the_last_moment_of_a_slot_and_more_at_the_first_of_another(
        self, seconds: int, slots: int
    ) -> None:
        slot = slot_at(self.now, seconds)
        self.now = start_of(slot + 1, seconds) - MICROSECOND
        self.mark(0, 9)
        self.answer(0, 9, 1.0)
        self.now = start_of(slot + slots, seconds)
        self.mark(1, 1)

    @rule(sender=st.integers(0, 1))
    def nothing_was_said_of_the_first_letter(self, sender: int) -> None:
        del self.on_the_wire[sender][:1]

    @invariant()
    def whatever_may_have_come_within_a_window_is_no_more_than_its_limit(self) -> None:
        in_flight = sum(map(len, self.on_the_wire))
        for limit in self.limits:
            began = self.now - timedelta(seconds=limit.seconds)
            assert in_flight + sum(moment > began for moment in self.answered) <= limit.letters

    def teardown(self) -> None:
        arrived = sorted([*self.arrived, *(self.now for _ in chain(*self.on_the_wire))])
        for limit in self.limits:
            for first, one_too_many in zip(arrived, arrived[limit.letters :], strict=False):
                assert one_too_many - first >= timedelta(seconds=limit.seconds), "as the relay sees it"


def test_two_senders_never_give_a_relay_more_than_its_limits_in_any_window() -> None:
    budget = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(TwoSenders, settings=budget)


@given(
    limit=A_LIMIT,
    ages=st.dictionaries(st.integers(-3, 70), st.integers(1, 5), max_size=9),
    in_flight=st.integers(0, 12),
    now=A_MOMENT,
)
def test_room_comes_again_at_the_moment_that_is_said_and_not_before(
    limit: Limit, ages: Mapping[int, int], in_flight: int, now: datetime
) -> None:
    uses = {slot_at(now, limit.seconds) - age: letters for age, letters in ages.items()}
    allowed = allowance(limit, uses, in_flight=in_flight, now=now)
    counted = sum(letters for age, letters in ages.items() if age <= SLOTS)
    assert allowed.letters == max(0, limit.letters - counted - in_flight)
    if allowed.letters:
        assert allowed.again is None
        return
    assert allowed.again
    if in_flight < limit.letters:
        assert allowance(limit, uses, in_flight=in_flight, now=allowed.again).letters
        assert not allowance(limit, uses, in_flight=in_flight, now=allowed.again - MICROSECOND).letters
    else:  # it waits for answers; those that come at once count from now on
        slot = slot_at(now, limit.seconds)
        answered = {**uses, slot: uses.get(slot, 0) + in_flight}
        assert not allowance(limit, answered, in_flight=0, now=allowed.again - MICROSECOND).letters


def test_letters_on_the_wire_alone_may_fill_a_limit() -> None:
    limit = Limit(letters=2, seconds=60)
    allowed = allowance(limit, {}, in_flight=5, now=NOW)
    assert allowed == Allowance(letters=0, again=NOW + timedelta(seconds=61))
    assert allowance(limit, {}, in_flight=1, now=NOW) == Allowance(letters=1)


def test_letters_that_a_clock_ahead_of_ours_counted_are_counted() -> None:
    limit = Limit(letters=2, seconds=60)
    ahead = {slot_at(NOW + timedelta(seconds=10), 60): 2}
    allowed = allowance(limit, ahead, in_flight=0, now=NOW)
    assert allowed == Allowance(letters=0, again=NOW + timedelta(seconds=71))


def test_of_several_limits_the_tightest_holds_and_the_last_one_to_have_room() -> None:
    soon, late = NOW + timedelta(seconds=1), NOW + timedelta(seconds=9)
    assert tightest([]) == UNLIMITED
    assert tightest([UNLIMITED, UNLIMITED]) == UNLIMITED
    assert tightest([UNLIMITED, Allowance(letters=4), Allowance(letters=2)]) == Allowance(letters=2)
    closed = [Allowance(letters=0, again=soon), Allowance(letters=3), Allowance(letters=0, again=late)]
    assert tightest(closed) == Allowance(letters=0, again=late)
    assert tightest([Allowance(letters=0)]) == Allowance(letters=0), "e.g. a destination with no connection left"


def test_the_pace_that_can_be_kept_up_is_sixty_of_sixty_one_parts_of_the_slowest_limit() -> None:
    assert pace([]) is None
    assert pace([Limit(letters=61, seconds=60)]) == pytest.approx(1)
    assert pace([Limit(letters=5, seconds=1), Limit(letters=20_000, seconds=86400)]) == pytest.approx(
        20_000 / 86400 * 60 / 61
    )


@given(limit=A_LIMIT, windows=st.integers(1, 5))
def test_who_sends_whenever_there_is_room_keeps_that_pace(limit: Limit, windows: int) -> None:
    now, uses, sent = NOW, dict[int, int](), 0
    end = NOW + timedelta(seconds=limit.seconds) * 61 * windows / 60
    while now < end:
        allowed = allowance(limit, uses, in_flight=0, now=now)
        if allowed.letters:
            uses[slot_at(now, limit.seconds)] = uses.get(slot_at(now, limit.seconds), 0) + allowed.letters
            sent += allowed.letters
        else:
            assert allowed.again
            now = allowed.again
    rate = pace([limit])
    assert rate
    assert sent >= round((end - NOW).total_seconds() * rate)


@given(limit=A_LIMIT, count=st.integers(0, 60), start=A_MOMENT)
def test_letters_that_are_spread_find_room_each_at_its_time(limit: Limit, count: int, start: datetime) -> None:
    rate = pace([limit])
    assert rate
    start = start_of(slot_at(start, limit.seconds), limit.seconds)  # as `again` gives it, and the hardest case
    times = spread(count, pace=rate, start=start)
    assert len(times) == count
    assert times[:1] in ([], [start])
    assert all(earlier < later for earlier, later in pairwise(times))
    uses: dict[int, int] = {}
    for now in times:
        assert allowance(limit, uses, in_flight=0, now=now).letters
        uses[slot_at(now, limit.seconds)] = uses.get(slot_at(now, limit.seconds), 0) + 1


def test_a_hundred_thousand_letters_at_one_a_day_have_times_that_a_calendar_knows() -> None:
    times = spread(100_000, pace=1 / 86400, start=NOW)
    assert times[364] == NOW + timedelta(days=364)
    assert times[-1] < NOW + timedelta(days=3651)
