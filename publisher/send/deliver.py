"""Sends what is due: from the ledger, over the relay, back into the ledger.

Theory. Three places hold letters: `claimed` (read from the ledger in chunks; a crash makes
them due again), `marked` (their row says `sending`; at most twice the connections) and
`done` (the relay has answered, the ledger does not know yet). Each turn settles what is
done and marks as many as the connections have room for; the wire goes on meanwhile. A
letter goes on the wire only after the transaction that marked it, so whatever is killed
and wherever, nobody gets a letter twice and nobody is forgotten: what is not known stands
in doubt, and it is what was marked.

The caller holds the sender's lock: one sender at a time for one database. Known weakness:
one relay, no limits of pace.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome, Verdict
from publisher.send.books import CHUNK, Books, Turn
from publisher.send.commands import Parcel
from publisher.send.crew import Crew
from publisher.send.parcels import Context, Packer
from publisher.send.protocol import MOST_LETTERS
from publisher.send.relay import Relay
from publisher.send.report import SendReport
from publisher.send.retry import FIRST
from publisher.store.database import Store

LOOK_SECONDS = 0.1  # how often a run looks whether it is to stop
DRAIN_SECONDS = 10.0  # how long a stopped run waits for answers to what is on the wire
RECONNECT_SECONDS = (1.0, 3.0)


def utc_now() -> datetime:
    return datetime.now(UTC)


def send_due(
    store: Store,
    relay: Relay,
    context: Context,
    *,
    stop: Callable[[], bool],
    progress: Callable[[SendReport], None] = lambda _: None,
    clock: Callable[[], datetime] = utc_now,
    jitter: Callable[[], float] = random.random,
    drain_seconds: float = DRAIN_SECONDS,
    reconnect_seconds: Sequence[float] = RECONNECT_SECONDS,
) -> SendReport:
    """Send every letter that is due now, and return; what must wait stays in the ledger with its time.

    The caller holds the sender's lock. A relay that cannot be used is no error: its
    sentence stands in `problem`, and its letters are due or deferred as before. Raises
    StorageError where the database cannot be written; what was on the wire then and could
    not be written down is in doubt at the next start.
    """

    async def run() -> SendReport:
        async with Books(store, Packer(context), clock=clock, jitter=jitter) as books:
            round_ = _Round(books, relay, reconnect_seconds=reconnect_seconds, progress=progress)
            report = await round_.run(stop, drain_seconds=drain_seconds)
        if report.problem:
            return replace(report, next_try=max(report.next_try or clock(), clock() + FIRST))
        return report

    return asyncio.run(run())


class _Round:
    """One run."""

    def __init__(
        self,
        books: Books,
        relay: Relay,
        *,
        reconnect_seconds: Sequence[float],
        progress: Callable[[SendReport], None],
    ) -> None:
        self._books = books
        self._progress = progress
        self._report = SendReport()
        self._wake = asyncio.Event()
        self._crew = Crew(relay, pauses=reconnect_seconds, on_settled=self._on_settled, wake=self._wake)
        self._connections = relay.connections
        self._claimed: deque[Delivery] = deque()
        self._exhausted = False  # the last claim gave nothing
        self._marked: dict[int, Delivery] = {}  # said to be `sending` in the ledger
        self._packed: list[Parcel] = []  # marked, and not yet on a connection
        self._done: list[tuple[Delivery, Outcome]] = []  # answered, and not yet settled

    async def run(self, stop: Callable[[], bool], *, drain_seconds: float) -> SendReport:
        opening = await self._books.open()
        self._report = replace(self._report, found_in_doubt=opening.in_doubt)
        try:
            await self._send_all(stop)
        finally:
            # Also where the database failed: what is on the wire gets its answer, and that
            # a last chance to be written down.
            await self._drain(drain_seconds)
            self._crew.bury()
            await self._crew.leave()
            await self._turn([])
            await self._books.release(self._claimed)
        closing = await self._books.close()
        return replace(
            self._report,
            expired=opening.expired + closing.expired,
            finished=closing.finished,
            problem=self._crew.complaint,
            stopped=bool(self._claimed) and not self._crew.problem,
            next_try=closing.next_ripe,
        )

    async def _send_all(self, stop: Callable[[], bool]) -> None:
        """Until nothing is due, somebody says stop, or the relay is given up."""
        while not (stop() or self._crew.problem):
            self._wake.clear()
            await self._claim_if_low()
            unsent = len(self._claimed) + len(self._packed) + self._crew.held
            if not (unsent or self._done):
                return
            self._crew.tend(min(self._connections, unsent))
            self._crew.hand_out(self._packed)
            group = self._next_group()
            if group or self._done:
                await self._turn(group)
                self._crew.hand_out(self._packed)
            else:
                await self._rest()

    async def _claim_if_low(self) -> None:
        if not self._exhausted and len(self._claimed) < 2 * MOST_LETTERS * self._connections:
            chunk = await self._books.claim()
            self._claimed += chunk
            self._exhausted = len(chunk) < CHUNK

    def _next_group(self) -> list[Delivery]:
        """As many as the connections have room for, never more in `sending` than twice the connections."""
        on_the_wire = len(self._marked) - len(self._done)
        allowed = MOST_LETTERS * self._connections - on_the_wire
        size = min(allowed, self._crew.room - len(self._packed))
        return list(itertools.islice(self._claimed, max(0, size)))

    async def _turn(self, group: list[Delivery]) -> None:
        """Settle and mark; carried to its end even where this run is cancelled meanwhile."""
        if not (group or self._done):
            return
        done = list(self._done)
        turning = asyncio.ensure_future(self._books.turn(done, group))
        try:
            await asyncio.shield(turning)
        except asyncio.CancelledError:
            self._take_in(await turning, done, group)
            raise
        self._take_in(turning.result(), done, group)

    def _take_in(self, turn: Turn, done: list[tuple[Delivery, Outcome]], group: list[Delivery]) -> None:
        del self._done[: len(done)]
        for delivery, _ in done:
            del self._marked[delivery.id]
        by_id = {self._claimed.popleft().id: delivery for delivery in group}
        self._marked |= {parcel.key: by_id[parcel.key] for parcel in turn.parcels}
        self._packed += turn.parcels
        for delivery, outcome in turn.unwritable:
            self._marked[delivery.id] = delivery
            self._on_settled(delivery.id, outcome)
        self._report = replace(self._report, skipped=self._report.skipped + turn.skipped)
        self._progress(self._report)

    async def _drain(self, seconds: float) -> None:
        """Hand over nothing more, and wait for the answers to what is on the wire."""
        for parcel in self._packed:
            self._on_settled(parcel.key, Outcome(verdict=Verdict.LATER, text="the sender stopped before its turn"))
        self._packed.clear()
        self._crew.recall()
        end = asyncio.get_running_loop().time() + seconds
        while self._crew.held and asyncio.get_running_loop().time() < end:
            self._wake.clear()
            await self._rest()

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._wake.wait()

    def _on_settled(self, key: int, outcome: Outcome) -> None:
        self._done.append((self._marked[key], outcome))
        self._report = self._report.with_verdict(outcome.verdict)
        self._wake.set()
