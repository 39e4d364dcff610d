"""The processes that make letters for one run, where that is quicker than threads.

Theory. A third of making a letter is Python's own work. In threads it waits for Python's lock, and the
event loop and the ledger's thread wait for it; in processes nobody waits. They give us what differs
from letter to letter, and we put it into the rest, as a letter has to be put together anyway. But
to start one takes as long as to make some hundred letters, and memory. So a run begins with threads, and
processes are started once letters that are dear to make (`Stencil.dear`) were many within a short time.

Nothing depends on them: what one had in hand when it died is made elsewhere, and where none can be
started, threads go on. They have nothing to lose and are killed when the run is over; where we are
killed, they end because their door is closed.

They give way to the event loop and the ledger's thread, which have little to do at a time and are waited for: a
turn would else wait until one of them has had its time of a core.

What is secret (keys that sign, keys of tokens) goes through the door alone: not by arguments, environment
or files. They stand in a session of their own: Ctrl-C in a terminal is for us.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence

from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome
from publisher.send.commands import Parcel
from publisher.send.makerdoor import Gone, MakerDoor, open_door
from publisher.send.stencil import Stencil

MOST_PROCESSES = 4  # more would wait for the event loop, which puts their letters on the wire
AFTER_LETTERS, WITHIN_SECONDS = 2000, 10  # so many within so long: then the start is worth it
BATCH_SECONDS = 30  # for what takes some milliseconds; a process that takes longer is stuck

log = logging.getLogger(__name__)


class Makers:
    """All of one run. Its calls belong to one event loop."""

    def __init__(
        self, processes: int | None = None, *, after_letters: int = AFTER_LETTERS, batch_seconds: float = BATCH_SECONDS
    ) -> None:
        self._processes = _worth_having() if processes is None else processes
        self._after_letters = after_letters
        self._batch_seconds = batch_seconds
        self.doors: list[MakerDoor] = []
        self._places: asyncio.Queue[MakerDoor] = asyncio.Queue()
        self._starting: asyncio.Task[None] | None = None
        self._seen = 0
        self._since = 0.0  # in the event loop's time

    @property
    def ready(self) -> bool:
        return any(door.ready for door in self.doors)

    def learn(self, letters: int) -> None:
        """So many that are dear were made in threads. Starts the processes where they are worth it."""
        now = asyncio.get_running_loop().time()
        if now - self._since > WITHIN_SECONDS:
            self._seen, self._since = 0, now
        self._seen += letters
        if letters and self._seen >= self._after_letters and self._processes and not self._starting:
            self._starting = asyncio.ensure_future(self._start())

    async def make(self, batch: Sequence[Delivery], stencils: Mapping[int, Stencil]) -> list[Parcel | Outcome]:
        """The letters in their order. Raises Gone where the process did not do it."""
        while not (door := await self._places.get()).ready:
            if not self.ready:
                self._places.put_nowait(door)  # for who else waits
                raise Gone
        try:
            async with asyncio.timeout(self._batch_seconds):
                return await door.make(batch, stencils)
        except TimeoutError:
            log.warning("a process that makes letters is stuck, and was killed")
            door.kill()
            raise Gone from None

    async def close(self) -> None:
        """All are killed, and gone when this returns."""
        if self._starting:
            await asyncio.gather(self._starting, return_exceptions=True)
        self._processes = 0
        for door in self.doors:
            door.kill()
        await asyncio.gather(*(door.gone.wait() for door in self.doors))

    async def _start(self) -> None:
        try:
            for _ in range(self._processes):
                self.doors.append(await open_door(self._places))
        except OSError as wrong:  # no memory, no more processes, no such program: threads go on
            log.warning("no process can be started to make letters, so threads make them: %s", wrong)


def _worth_having() -> int:
    """One for each core; none where there is but one, for nothing would be done at the same time."""
    cores = os.cpu_count() or 1
    return min(cores, MOST_PROCESSES) if cores > 1 else 0
