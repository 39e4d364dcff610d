"""When a turn of the sender is due."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.send.turns import (
    FAR_WAITS_SECONDS,
    MAKING_SECONDS,
    NEAR_WAITS_SECONDS,
    SETTLE_SECONDS,
    SETTLED_AT_ONCE,
    SOON_SECONDS,
    Load,
    is_due,
)

# Sixteen connections near by, in full work: the half of the letters is answered, more stand ready.
BUSY = Load(ready=40, room=16, most=32, done=16, on_the_way=16, to_come=True, answers_per_second=5000)
LOADS = st.builds(
    Load,
    ready=st.integers(0, 100),
    room=st.integers(0, 64),
    most=st.integers(1, 64),
    done=st.integers(0, 64),
    on_the_way=st.integers(0, 64),
    to_come=st.booleans(),
    answers_per_second=st.floats(0, 20_000),
)


def test_while_the_wire_is_the_slower_one_half_of_the_places_must_be_free() -> None:
    assert is_due(BUSY, waited_seconds=SOON_SECONDS)
    assert not is_due(replace(BUSY, room=15, done=15), waited_seconds=SOON_SECONDS)


def test_where_that_is_so_in_a_moment_three_quarters_must_be() -> None:
    assert not is_due(BUSY, waited_seconds=SOON_SECONDS * 0.9)
    assert not is_due(replace(BUSY, room=23, done=23), waited_seconds=0)
    assert is_due(replace(BUSY, room=24, done=24), waited_seconds=0)


def test_a_wire_on_which_nothing_is_waits_for_nothing() -> None:
    assert is_due(replace(BUSY, room=3, done=3, on_the_way=0), waited_seconds=0)


def test_few_letters_wait_for_company_but_not_long() -> None:
    few = replace(BUSY, room=3, done=3)
    assert not is_due(few, waited_seconds=NEAR_WAITS_SECONDS * 0.9)
    assert is_due(few, waited_seconds=NEAR_WAITS_SECONDS)


def test_where_answers_come_from_far_away_few_letters_hardly_wait() -> None:
    far = replace(BUSY, room=1, done=1, answers_per_second=700)
    assert far.is_far
    assert is_due(far, waited_seconds=FAR_WAITS_SECONDS)


def test_while_letters_are_made_more_slowly_than_they_go_there_is_to_be_one_for_each_place() -> None:
    scarce = replace(BUSY, ready=31, room=32, on_the_way=0)
    assert not is_due(scarce, waited_seconds=MAKING_SECONDS * 0.9)
    assert is_due(scarce, waited_seconds=MAKING_SECONDS)
    assert is_due(replace(scarce, ready=32), waited_seconds=0)


def test_the_last_letters_wait_for_no_others() -> None:
    assert is_due(replace(BUSY, ready=1, room=32, on_the_way=0, to_come=False), waited_seconds=0)


@pytest.mark.parametrize("to_come", [True, False])
def test_without_a_letter_to_mark_answers_are_written_down_by_the_fifty_or_after_a_moment(to_come: bool) -> None:
    answered = replace(BUSY, ready=0, done=3, to_come=to_come)
    assert not is_due(answered, waited_seconds=SETTLE_SECONDS * 0.9)
    assert is_due(answered, waited_seconds=SETTLE_SECONDS)
    assert is_due(replace(answered, done=SETTLED_AT_ONCE), waited_seconds=0)
    assert is_due(replace(answered, on_the_way=0), waited_seconds=0) is not to_come


def test_it_is_said_how_many_answers_make_a_turn_due() -> None:
    few = replace(BUSY, room=3, done=3, on_the_way=29)
    assert few.enough_done == 16
    then = replace(BUSY, room=16, done=16)
    assert is_due(then, waited_seconds=SOON_SECONDS)
    assert replace(BUSY, room=30, done=30, on_the_way=2).enough_done == 31  # soon three quarters, or none on the way
    last = replace(BUSY, ready=0, room=30, done=30, on_the_way=2, to_come=False)
    assert last.enough_done == 32
    assert is_due(replace(last, done=32, on_the_way=0), waited_seconds=0)
    assert replace(BUSY, ready=0, room=0, done=0).enough_done == 1


@given(load=LOADS)
def test_where_something_can_be_done_it_is_done_soon_and_where_nothing_can_no_turn_is_taken(load: Load) -> None:
    assert is_due(load, waited_seconds=SETTLE_SECONDS) is load.may_be_due


@given(load=LOADS, waited=st.floats(0, 1))
def test_what_is_due_stays_due(load: Load, waited: float) -> None:
    if is_due(load, waited_seconds=waited):
        assert is_due(load, waited_seconds=waited + 0.1)
