"""Which letters go now, and by which relay.

Theory. Letters that are made wait in a row. Each may go by some relays (its carriers) and goes to
one destination. From the front of the row each takes the relay that has carried least for its
weight, of those that have room on a connection and an allowance; one that finds none stays where
it is and lets others pass: so a newsletter whose relay is slow does not hold up the next one. A
relay of weight 0 stands by: it takes letters that no other relay may or can take, not those that
only wait for room on a connection.

What cannot go for longer than a moment does not wait here: it is put off, so that its place is
free for others.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publisher.send.limits import UNLIMITED, Allowance

MOMENT = timedelta(seconds=5)  # the longest that a letter in memory waits for room


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A letter that is made."""

    id: int
    carriers: tuple[str, ...]  # the relays it may go by
    destination: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """What limits, hours, parking and pauses leave now; who is not named is not limited."""

    relays: Mapping[str, Allowance] = field(default_factory=dict)
    destinations: Mapping[str, Allowance] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """What is to be done with the letters that waited; who is not named waits on."""

    groups: Mapping[str, Sequence[int]]  # relay -> letters that go by it, in their order
    put_off: Mapping[int, datetime] = field(default_factory=dict)
    again: datetime | None = None  # the earliest moment at which one that waits on may go by its limits


class _Books:
    """What is left while letters are given out."""

    def __init__(self, allowances: Mapping[str, Allowance]) -> None:
        self._given: dict[str, int] = {}
        self._allowances = allowances

    def take(self, name: str) -> None:
        self._given[name] = self._given.get(name, 0) + 1

    def left(self, name: str) -> bool:
        allowed = self._allowances.get(name, UNLIMITED).letters
        return allowed is None or allowed > self._given.get(name, 0)

    def again(self, name: str) -> datetime | None:
        """None: what there was has just been given out."""
        return self._allowances.get(name, UNLIMITED).again


def allot(
    waiting: Sequence[Waiting],
    *,
    rooms: Mapping[str, int],
    weights: Mapping[str, int],
    carried: Mapping[str, int],
    allowances: Allowances,
    now: datetime,
) -> Allotment:
    """Give out letters. `rooms`: of each relay that works, how many letters its connections take now."""
    relays, destinations = _Books(allowances.relays), _Books(allowances.destinations)
    left, load = dict(rooms), {name: carried.get(name, 0) for name in rooms}
    groups: dict[str, list[int]] = {}
    put_off: dict[int, datetime] = {}
    times: list[datetime] = []
    for letter in waiting:
        if not destinations.left(letter.destination):
            _wait(letter, destinations.again(letter.destination), put_off, times, now=now)
            continue
        working = [name for name in letter.carriers if name in rooms]
        able = [name for name in working if relays.left(name)]
        if not able:
            again = [moment for name in letter.carriers if (moment := relays.again(name))]
            just_used_up = any(relays.again(name) is None for name in working)  # it may be the first to have room again
            _wait(letter, None if just_used_up else min(again, default=None), put_off, times, now=now)
            continue
        able = [name for name in able if weights[name]] or able
        if free := [name for name in able if left[name] > 0]:
            relay = min(free, key=lambda name: load[name] / (weights[name] or 1))
            groups.setdefault(relay, []).append(letter.id)
            left[relay] -= 1
            load[relay] += 1
            relays.take(relay)
            destinations.take(letter.destination)
    return Allotment(groups=groups, put_off=put_off, again=min(times, default=None))


def _wait(
    letter: Waiting, again: datetime | None, put_off: dict[int, datetime], times: list[datetime], *, now: datetime
) -> None:
    """Here for a moment, in the ledger for longer."""
    if again is None:
        return
    if again > now + MOMENT:
        put_off[letter.id] = again
    else:
        times.append(again)
