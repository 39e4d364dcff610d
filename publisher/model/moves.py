"""What a table of moves is: state -> event -> next state.

Each state machine of the house is one such table in its own file, under a paragraph
that tells its theory. A move that is not in the table cannot happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from publisher.errors import ImpossibleMove

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


def move(table: Mapping[State, Mapping[Event, State]], state: State, event: Event) -> State:
    """The state after `event`. Raises ImpossibleMove where the table has no such move."""
    try:
        return table[state][event]
    except KeyError:
        raise ImpossibleMove(state, event) from None


def states_before(table: Mapping[State, Mapping[Event, State]], event: Event) -> tuple[State, ...]:
    """Every state in which `event` is a move: the WHERE of a conditional update."""
    return tuple(state for state, moves in table.items() if event in moves)
