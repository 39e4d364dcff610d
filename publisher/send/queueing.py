"""Letters whose time has come and that limits would keep waiting: they go back with a time at which there is room.

Theory. Each letter is looked at when it is claimed. Of those that a limit is in the way of, as many
are taken as go within a moment; the others are spread in time, one behind the other at the pace
that the limit can keep up, so that each is looked at about once more. Until when a limit's letters
stand is kept for all senders (`queues`). It is an estimate: what goes is decided when letters
are marked, by the gate.

A letter may be held up by its destination, or by its relays where each of them is limited,
parked, or closed at this hour; of a set of relays the paces add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sqlalchemy import Connection

from publisher.send.allot import MOMENT, Allowances, Waiting
from publisher.send.gate import Gate
from publisher.send.limits import UNLIMITED, pace, spread
from publisher.store import uses

UNKNOWN_PACE = 1000.0  # letters a second, of what has no limit and takes none now: behind a pause, at an hour


@dataclass(slots=True, kw_only=True)
class _Queue:
    """Letters that are held up by the same thing."""

    places: int | None  # letters that go within a moment; None: any number
    pace: float  # letters a second behind that
    opens: datetime  # nothing goes before this


class Queueing:
    """One look at letters whose time has come."""

    def __init__(self, conn: Connection, gate: Gate, allowances: Allowances, *, now: datetime) -> None:
        self._conn = conn
        self._gate = gate
        self._allowances = allowances
        self._now = now
        self._queues: dict[str, _Queue] = {}

    def put_off(self, letters: Sequence[Waiting], in_hand: Sequence[Waiting]) -> Mapping[int, datetime]:
        """Which letters must wait, and until when; `in_hand` were claimed before and are not sent yet."""
        for letter in in_hand:
            for queue in self._in_the_way(letter).values():
                queue.places = None if queue.places is None else queue.places - 1
        held: dict[str, list[int]] = {}
        for letter in letters:
            ways = self._in_the_way(letter)
            full = [key for key, queue in ways.items() if queue.places is not None and queue.places <= 0]
            if full:
                slowest = max(full, key=lambda key: (ways[key].opens, -ways[key].pace))
                held.setdefault(slowest, []).append(letter.id)
            else:
                for queue in ways.values():
                    queue.places = None if queue.places is None else queue.places - 1
        return {delivery: until for key, ids in held.items() for delivery, until in self._line_up(key, ids)}

    def _line_up(self, key: str, ids: Sequence[int]) -> list[tuple[int, datetime]]:
        queue = self._queues[key]
        end = uses.queue_end(self._conn, key) or self._now
        start = max(end, queue.opens, self._now + MOMENT)
        times = spread(len(ids) + 1, pace=queue.pace, start=start)
        uses.set_queue_end(self._conn, key, times[-1])
        return list(zip(ids, times, strict=False))

    def _in_the_way(self, letter: Waiting) -> dict[str, _Queue]:
        """What limits this letter, by key."""
        keys = {f"relays:{','.join(letter.carriers)}": letter.carriers}
        found = {key: self._queue_of_relays(key, names) for key, names in keys.items()}
        if letter.destination in self._allowances.destinations:
            key = f"destination:{letter.destination}"
            found[key] = self._queue_of_destination(key, letter.destination)
        return found

    def _queue_of_relays(self, key: str, names: Sequence[str]) -> _Queue:
        if key not in self._queues:
            relays = self._allowances.relays
            rates = {
                name: pace(self._gate.limits_of(self._gate.routes[name], now=self._now))
                for name in names
                if relays.get(name, UNLIMITED).letters != 0 or self._opens(name) <= self._now + MOMENT
            }
            opens = min((self._opens(name) for name in names), default=self._now)
            unlimited = any(
                rate is None and relays.get(name, UNLIMITED).letters is None for name, rate in rates.items()
            )
            known = [rate for rate in rates.values() if rate is not None]
            now = sum(relays.get(name, UNLIMITED).letters or 0 for name in rates)
            soon = now + ceil(sum(known) * MOMENT.total_seconds())
            later = [rate for name in names if (rate := pace(self._gate.limits_of(self._gate.routes[name], now=opens)))]
            self._queues[key] = _Queue(
                places=None if unlimited else soon, pace=sum(known) or sum(later) or UNKNOWN_PACE, opens=opens
            )
        return self._queues[key]

    def _opens(self, name: str) -> datetime:
        return self._allowances.relays.get(name, UNLIMITED).again or self._now

    def _queue_of_destination(self, key: str, name: str) -> _Queue:
        if key not in self._queues:
            allowed = self._allowances.destinations[name]
            place = self._gate.places.get(name)
            rate = pace(place.limits) if place else None
            self._queues[key] = _Queue(
                places=None
                if allowed.letters is None
                else allowed.letters + ceil((rate or 0) * MOMENT.total_seconds()),
                pace=rate or UNKNOWN_PACE,
                opens=allowed.again or self._now,
            )
        return self._queues[key]
