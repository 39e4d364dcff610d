"""A few letters beside the ledger: over one connection to the relay, each with what was answered to it.

For test letters. Nothing is written down and nothing is tried again; whoever asked for
them reads the answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.model.outcome import Outcome, Verdict
from publisher.send.bell import Bell
from publisher.send.commands import Parcel
from publisher.send.crew import Crew
from publisher.send.relay import Relay

LOOK_SECONDS = 0.1
UNSAID = Outcome(verdict=Verdict.UNSENT, text="it was not handed over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What came of it."""

    outcomes: tuple[Outcome, ...]  # in the order of the parcels
    problem: str = ""  # what is wrong with the relay, in a sentence; "": nothing


def send_aside(relay: Relay, parcels: Sequence[Parcel]) -> Aside:
    """Send these parcels, whose keys differ. A relay that cannot be used is no error: its sentence is `problem`."""
    return asyncio.run(_send(relay, parcels))


async def _send(relay: Relay, parcels: Sequence[Parcel]) -> Aside:
    answered: dict[int, Outcome] = {}
    wake = Bell()

    def settled(key: int, outcome: Outcome) -> None:
        answered[key] = outcome
        wake.set()

    crew = Crew(relay, pauses=(), on_settled=settled, wake=wake)
    waiting = list(parcels)
    try:
        while len(answered) < len(parcels) and not crew.problem:
            wake.clear()
            crew.bury()
            crew.tend(1, most=1)
            crew.hand_out(waiting)
            await wake.rings_within(LOOK_SECONDS)
    finally:
        crew.bury()
        await crew.leave()
    return Aside(outcomes=tuple(answered.get(parcel.key, UNSAID) for parcel in parcels), problem=crew.complaint)
