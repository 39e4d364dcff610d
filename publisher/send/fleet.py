"""The relays of one run: each with its connections, its rest when it is down, and its letters on the way.

Theory. A relay that fails rests, first a minute, then twice as long each time, while the others
go on; then a new crew tries it. One that refuses for good (a login, no STARTTLS) is to be parked:
that is said to the ledger, which all senders read. Letters that were handed to a relay and not to
one of its connections come back unsent, and another relay may have them at once.

Responsible for whom there is to hand letters to; which letter goes where is `allot.py`'s, what
is allowed `gate.py`'s.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import ceil

from publisher.model.outcome import Outcome, Verdict
from publisher.send.commands import Parcel
from publisher.send.crew import Crew
from publisher.send.outcome import unsent
from publisher.send.route import Route
from publisher.send.transactions import MOST_LETTERS

FIRST_REST_SECONDS = 60.0
LONGEST_REST_SECONDS = 900.0

# key of the letter, what became of it
OnSettled = Callable[[int, Outcome], None]


class Fleet:
    """All relays of one run."""

    def __init__(
        self, routes: Sequence[Route], *, pauses: Sequence[float], on_settled: OnSettled, wake: asyncio.Event
    ) -> None:
        self.shut: frozenset[str] = frozenset()  # relays that may be given nothing now
        self.on_wire: Counter[str] = Counter()  # marked for a relay, and not answered
        self.refusing: dict[str, str] = {}  # relays that refuse for good, and what they say; to be parked
        self._parked: set[str] = set()  # of these, those that were seen to be parked
        self._relays = {route.name: route.relay for route in routes}
        self._weights = {route.name: route.weight for route in routes}
        self._pauses = pauses
        self._on_settled = on_settled
        self._wake = wake
        self._crews: dict[str, Crew] = {}
        self._packed: dict[str, list[Parcel]] = {name: [] for name in self._relays}
        self._rests_until: dict[str, float] = {}  # in the event loop's time
        self._rests: Counter[str] = Counter()  # in a row
        self._said: dict[str, str] = {}  # of relays that rest or refuse: what is wrong with them
        self.shares = {name: relay.connections for name, relay in self._relays.items()}

    @property
    def held(self) -> int:
        """Letters that are on a connection."""
        return sum(self.on_wire.values()) - self.packed

    @property
    def packed(self) -> int:
        """Letters that wait for a connection."""
        return sum(map(len, self._packed.values()))

    @property
    def laden(self) -> list[str]:
        """The relays that have letters waiting for a connection."""
        return [name for name, parcels in self._packed.items() if parcels]

    @property
    def complaints(self) -> dict[str, str]:
        """What is wrong with relays as far as we know now, each in a sentence."""
        now = {name: crew.complaint for name, crew in self._crews.items() if crew.complaint}
        used = "other senders use all of its connections; give it more of them, or send once they are done"
        by_others = {
            name: f"relay {self._relays[name].describe()}: {used}" for name, ours in self.shares.items() if not ours
        }
        return by_others | self._said | now

    def works(self, name: str) -> bool:
        """Whether there is any use in letters for this relay."""
        return name not in self._rests_until and name not in self.refusing and self.shares.get(name, 0) > 0

    @property
    def most(self) -> int:
        """How many letters may be on the wire with all relays that work."""
        return sum(MOST_LETTERS * self.shares[name] for name in self._relays if self.works(name))

    def rooms(self) -> dict[str, int]:
        """How many letters each relay that works takes now; never more on the wire than twice its connections.

        A relay of less weight than another has a smaller part of its connections in use: letters
        would else go wherever there is room, and that is by speed.
        """
        rooms = {}
        working = [name for name in self._relays if self.works(name)]
        heaviest = max((self._weights[name] for name in working if name not in self.shut), default=0)
        for name in working:
            crew, weight = self._crews.get(name), self._weights[name]
            most = MOST_LETTERS * self.shares[name]
            part = ceil(most * weight / heaviest) if 0 < weight < heaviest else most
            free = part - self.on_wire[name]
            open_ = crew.room - len(self._packed[name]) if crew else 0
            rooms[name] = max(0, min(free, open_))
        return rooms

    def tend(self, wanted: Mapping[str, int]) -> None:
        """Learn from connections that ended, and open those that are missing for so many letters."""
        self.bury()
        self._rouse()
        for name, letters in wanted.items():
            if self.works(name):
                most = self.shares[name]
                self._crew_of(name).tend(min(most, letters), most=most)

    def bury(self) -> None:
        for name, crew in self._crews.items():
            crew.bury()
            if crew.problem and self.works(name):
                self._give_up(name, crew)

    def put(self, name: str, parcel: Parcel) -> None:
        """A letter that is marked for this relay."""
        self._packed[name].append(parcel)

    def hand_out(self) -> None:
        """Give letters to connections with room."""
        for name, parcels in self._packed.items():
            if name in self._crews:
                self._crews[name].hand_out(parcels)

    def call_back(self, why: str) -> None:
        """Hand over nothing more: what is not on a connection comes back unsent."""
        for name in self._packed:
            self._bring_home(name, why)
        for crew in self._crews.values():
            crew.recall()

    async def leave(self) -> None:
        """End all connections."""
        self.bury()
        await asyncio.gather(*(crew.leave() for crew in self._crews.values()))

    @property
    def to_park(self) -> dict[str, str]:
        """Relays that refuse for good, and of which that is not written down yet."""
        return {name: why for name, why in self.refusing.items() if name not in self._parked}

    def look_at_parked(self, is_parked: Callable[[str], bool]) -> None:
        """A relay that refused is tried again where it was parked for that, and is no more."""
        for name in list(self.refusing):
            if is_parked(name):
                self._parked.add(name)
            elif name in self._parked and not self._crews[name].held:
                self._parked.discard(name)
                del self.refusing[name]
                self._crews.pop(name).recall()

    def _crew_of(self, name: str) -> Crew:
        if name not in self._crews:

            def settled(key: int, outcome: Outcome) -> None:
                if outcome.verdict is Verdict.SENT:
                    self._rests.pop(name, None)
                    self._said.pop(name, None)
                self._on_settled(key, outcome)

            self._crews[name] = Crew(self._relays[name], pauses=self._pauses, on_settled=settled, wake=self._wake)
        return self._crews[name]

    def _give_up(self, name: str, crew: Crew) -> None:
        self._said[name] = crew.complaint
        if crew.lasting:
            self.refusing[name] = crew.problem
        else:
            seconds = min(FIRST_REST_SECONDS * 2 ** self._rests[name], LONGEST_REST_SECONDS)
            self._rests[name] += 1
            self._rests_until[name] = asyncio.get_running_loop().time() + seconds
        self._bring_home(name, crew.problem)

    def _rouse(self) -> None:
        """Let relays be tried anew that have rested long enough and have no connection left."""
        now = asyncio.get_running_loop().time()
        for name in [name for name, until in self._rests_until.items() if until <= now]:
            if not (self._crews[name].held or self._crews[name].connections):
                del self._rests_until[name], self._crews[name]

    def _bring_home(self, name: str, why: str) -> None:
        parcels, self._packed[name] = self._packed[name], []
        for parcel in parcels:
            self._on_settled(parcel.key, unsent(why))
