"""Every state of delivery, issue, schedule, run, subscriber and subscription is in a table; what the tables promise."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.errors import ImpossibleMove
from publisher.model.delivery import DELIVERY_MOVES, UNSETTLED, DeliveryEvent, DeliveryState
from publisher.model.issue import ISSUE_MOVES, IssueEvent, IssueState
from publisher.model.moves import move, states_before
from publisher.model.schedule import (
    RUN_MOVES,
    SCHEDULE_MOVES,
    RunEvent,
    RunState,
    ScheduleEvent,
    ScheduleState,
)
from publisher.model.subscriber import (
    SUBSCRIBER_MOVES,
    SUBSCRIPTION_MOVES,
    SubscriberEvent,
    SubscriberState,
    SubscriptionEvent,
    SubscriptionState,
)

Table = Mapping[StrEnum, Mapping[StrEnum, StrEnum]]

MACHINES = [
    (DELIVERY_MOVES, DeliveryState, DeliveryEvent, DeliveryState.DUE),
    (ISSUE_MOVES, IssueState, IssueEvent, IssueState.DRAFT),
    (RUN_MOVES, RunState, RunEvent, RunState.DUE),
    (SCHEDULE_MOVES, ScheduleState, ScheduleEvent, ScheduleState.ACTIVE),
    (SUBSCRIBER_MOVES, SubscriberState, SubscriberEvent, SubscriberState.PENDING),
    (SUBSCRIPTION_MOVES, SubscriptionState, SubscriptionEvent, SubscriptionState.PENDING),
]
machines = pytest.mark.parametrize(("table", "states", "events", "start"), MACHINES, ids=lambda one: None)


@machines
def test_every_state_and_every_event_stands_in_its_table(
    table: Table, states: type[StrEnum], events: type[StrEnum], start: StrEnum
) -> None:
    assert set(table) == set(states)
    assert {event for moves in table.values() for event in moves} == set(events)
    assert start in table


@machines
def test_every_state_can_be_reached(table: Table, states: type[StrEnum], events: type[StrEnum], start: StrEnum) -> None:
    reached, waiting = set(), [start]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += table[state].values()
    assert reached == set(states)


@pytest.mark.parametrize(("table", "states", "events", "start"), MACHINES, ids=lambda one: None)
@given(data=st.data())
def test_a_move_follows_its_table_or_changes_nothing(
    table: Table, states: type[StrEnum], events: type[StrEnum], start: StrEnum, data: st.DataObject
) -> None:
    state = start
    for event in data.draw(st.lists(st.sampled_from(list(events)), max_size=12)):
        if event in table[state]:
            assert state in states_before(table, event)
            state = move(table, state, event)
            assert state in states
        else:
            assert state not in states_before(table, event)
            with pytest.raises(ImpossibleMove, match=str(event)):
                move(table, state, event)


events_of_a_life = st.lists(st.sampled_from(list(DeliveryEvent)), max_size=30)


@given(events=events_of_a_life)
def test_a_letter_is_sent_once_unless_a_person_says_send_again(events: list[DeliveryEvent]) -> None:
    """ACCEPT, or LOSE (it may have arrived), happens once; between two of them a person decided."""
    state, may_have_arrived = DeliveryState.DUE, False
    for event in events:
        if event not in DELIVERY_MOVES[state]:
            continue
        state = move(DELIVERY_MOVES, state, event)
        if event in (DeliveryEvent.ACCEPT, DeliveryEvent.LOSE):
            assert not may_have_arrived
            may_have_arrived = True
        if event is DeliveryEvent.SEND_AGAIN:
            may_have_arrived = False


@given(events=events_of_a_life)
@example([DeliveryEvent.CLAIM, DeliveryEvent.MARK, DeliveryEvent.MARK])
def test_only_a_marked_letter_goes_on_the_wire_and_only_a_claimed_one_is_marked(events: list[DeliveryEvent]) -> None:
    state = DeliveryState.DUE
    for event in events:
        before = state
        if event in DELIVERY_MOVES[state]:
            state = move(DELIVERY_MOVES, state, event)
            if state is DeliveryState.SENDING:
                again = event is DeliveryEvent.MARK and before is DeliveryState.SENDING
                assert before is DeliveryState.CLAIMED or again, "or by a sender that was not told of its commit"
            if event in (DeliveryEvent.ACCEPT, DeliveryEvent.DEFER, DeliveryEvent.REFUSE, DeliveryEvent.LOSE):
                assert before is DeliveryState.SENDING


def test_a_delivery_is_never_forgotten() -> None:
    """From every state that is not an end there is a way to one; ends have no moves but a person's."""
    by_a_person = {DeliveryEvent.RESOLVE_SENT, DeliveryEvent.SEND_AGAIN, DeliveryEvent.RETRY}
    for state, moves in DELIVERY_MOVES.items():
        if state in UNSETTLED:
            assert moves
        else:
            assert set(moves) <= by_a_person


def test_after_a_crash_nothing_stays_between_two_states() -> None:
    assert DELIVERY_MOVES[DeliveryState.CLAIMED][DeliveryEvent.RELEASE] is DeliveryState.DUE
    assert DELIVERY_MOVES[DeliveryState.SENDING][DeliveryEvent.LOSE] is DeliveryState.IN_DOUBT
    assert RUN_MOVES[RunState.RUNNING][RunEvent.RELEASE] is RunState.DUE
    assert ISSUE_MOVES[IssueState.SENDING][IssueEvent.START] is IssueState.SENDING
