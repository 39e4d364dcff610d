"""Sends what is due: from the ledger, over the relay, back into the ledger.

Theory. Four places hold letters: `claimed` (read from the ledger in chunks; a crash makes
them due again), the workshop (claimed as before, and being made ahead of their turn),
`marked` (their row says `sending`; at most twice the connections) and `done` (the relay has
answered, the ledger does not know yet). Each turn settles what is done and marks as many of
the letters that are ready as the connections have room for; the wire and the workshop go on
meanwhile. Marking is the last thing before the wire: a letter goes on it only after the
transaction that marked it, so whatever is killed and wherever, nobody gets a letter twice
and nobody is forgotten: what is not known stands in doubt, and it is what was marked.

Where nothing can be marked, what is done is settled in groups: of fifty, or what came in a
tenth of a second. It counts as marked until then.

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
from publisher.send.books import CHUNK, Books
from publisher.send.commands import Parcel
from publisher.send.crew import Crew
from publisher.send.parcels import Context, Packer
from publisher.send.relay import Relay
from publisher.send.report import SendReport
from publisher.send.retry import FIRST
from publisher.send.transactions import MOST_LETTERS
from publisher.send.wellbeing import Limits
from publisher.send.workshop import Made, Workshop
from publisher.store.database import Store

LOOK_SECONDS = 0.1  # how often a run looks whether it is to stop
DRAIN_SECONDS = 10.0  # how long a stopped run waits for answers to what is on the wire
RECONNECT_SECONDS = (1.0, 3.0)
SETTLED_AT_ONCE = 50
SETTLE_SECONDS = 0.1  # the longest that an answer waits for others before it is written down


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
    limits: Limits | None = None,
    answered: Callable[[Delivery, Outcome], None] = lambda *_: None,
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
        async with Books(store, Packer(context), clock=clock, jitter=jitter, limits=limits or Limits()) as books:
            round_ = _Round(books, relay, reconnect_seconds=reconnect_seconds, progress=progress, answered=answered)
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
        answered: Callable[[Delivery, Outcome], None],
    ) -> None:
        self._books = books
        self._answered = answered
        self._progress = progress
        self._report = SendReport()
        self._wake = asyncio.Event()
        self._crew = Crew(relay, pauses=reconnect_seconds, on_settled=self._on_settled, wake=self._wake)
        self._connections = relay.connections
        self._workshop = Workshop(books, ahead=MOST_LETTERS * relay.connections, wake=self._wake)
        self._claimed: deque[Delivery] = deque()  # and not yet in the workshop
        self._exhausted = False  # the last claim gave nothing
        self._marked: dict[int, Delivery] = {}  # said to be `sending` in the ledger
        self._packed: list[Parcel] = []  # marked, and not yet on a connection
        self._done: list[tuple[Delivery, Outcome]] = []  # answered, and not yet settled
        self._done_since = 0.0  # in the event loop's time

    async def run(self, stop: Callable[[], bool], *, drain_seconds: float) -> SendReport:
        opening = await self._books.open()
        self._report = replace(self._report, found_in_doubt=opening.in_doubt)
        async with self._workshop:
            try:
                await self._send_all(stop)
            finally:
                # Also where the database failed: what is on the wire gets its answer, and that
                # a last chance to be written down.
                await self._workshop.stop()
                await self._drain(drain_seconds)
                self._crew.bury()
                await self._crew.leave()
                await self._turn([])
                unsent = [*self._workshop.left, *self._claimed]
                await self._books.release(unsent)
        closing = await self._books.close()
        return replace(
            self._report,
            expired=opening.expired + closing.expired,
            finished=closing.finished,
            problem=self._crew.complaint,
            stopped=bool(unsent) and not self._crew.problem,
            next_try=closing.next_ripe,
        )

    async def _send_all(self, stop: Callable[[], bool]) -> None:
        """Until nothing is due, somebody says stop, or the relay is given up."""
        while not (stop() or self._crew.problem):
            self._wake.clear()
            await self._claim_if_low()
            self._workshop.take(self._claimed)
            unsent = len(self._claimed) + len(self._workshop) + len(self._packed) + self._crew.held
            if not (unsent or self._done):
                return
            self._crew.tend(min(self._connections, unsent))
            self._crew.hand_out(self._packed)
            group = self._next_group()
            if group or self._settling_is_due(unsent):
                await self._turn(group)
                self._crew.hand_out(self._packed)
            else:
                await self._rest()

    async def _claim_if_low(self) -> None:
        if not self._exhausted and len(self._claimed) < 2 * MOST_LETTERS * self._connections:
            chunk = await self._books.claim()
            self._claimed += chunk
            self._exhausted = len(chunk) < CHUNK

    def _next_group(self) -> list[Made]:
        """As many as the connections have room for, never more in `sending` than twice the connections."""
        on_the_wire = len(self._marked) - len(self._done)
        allowed = MOST_LETTERS * self._connections - on_the_wire
        size = min(allowed, self._crew.room - len(self._packed))
        return list(itertools.islice(self._workshop.ready, max(0, size)))

    def _settling_is_due(self, unsent: int) -> bool:
        if not self._done:
            return False
        waited = asyncio.get_running_loop().time() - self._done_since
        return not unsent or len(self._done) >= SETTLED_AT_ONCE or waited >= SETTLE_SECONDS

    async def _turn(self, group: list[Made]) -> None:
        """Settle and mark; carried to its end even where this run is cancelled meanwhile."""
        if not (group or self._done):
            return
        done = list(self._done)
        turning = asyncio.ensure_future(self._books.turn(done, [made.delivery.id for made in group]))
        try:
            await asyncio.shield(turning)
        except asyncio.CancelledError:
            self._take_in(await turning, done, group)
            raise
        self._take_in(turning.result(), done, group)

    def _take_in(self, marked: set[int], done: list[tuple[Delivery, Outcome]], group: list[Made]) -> None:
        del self._done[: len(done)]
        for delivery, _ in done:
            del self._marked[delivery.id]
        self._workshop.hand_out(len(group))
        for made in group:
            if made.delivery.id in marked:
                self._marked[made.delivery.id] = made.delivery
                self._put_on_the_way(made)
        if len(marked) < len(group):
            self._exhausted = False  # what was given back by a pause is due again once it is resumed
        skipped = self._report.skipped + len(group) - len(marked) - self._books.given_back
        self._report = replace(self._report, skipped=skipped, paused=self._books.watch.paused)
        self._progress(self._report)

    def _put_on_the_way(self, made: Made) -> None:
        if isinstance(made.letter, Parcel):
            self._packed.append(made.letter)
        else:
            self._on_settled(made.delivery.id, made.letter)

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
        if not self._done:
            self._done_since = asyncio.get_running_loop().time()
        self._done.append((self._marked[key], outcome))
        self._answered(self._marked[key], outcome)
        self._report = self._report.with_verdict(outcome.verdict)
        self._wake.set()
