"""The sender's bookkeeping: every touch of the ledger, in one thread, in few transactions.

Theory. A letter may be on the wire only while its row says `sending`, and that must be on
the disk before the first byte of it leaves. So one transaction does both things that a
sender needs: it writes down what became of the last letters and marks the next ones. Who
is handed out was marked; what is marked and not settled is what a kill leaves in doubt.

Nothing else is done while the database is held for writing: letters are made elsewhere.

Responsible for these transactions and for patience with a database that is locked or full.
How many letters are marked is decided in `deliver.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TypeVar

from sqlalchemy import Connection

from publisher.errors import StorageError
from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome, Verdict
from publisher.send.parcels import Packer, Stencil
from publisher.send.report import Paused
from publisher.send.retry import next_try
from publisher.send.watching import Watch
from publisher.send.wellbeing import Limits
from publisher.store import backlog, issues, ledger
from publisher.store.database import Store

CHUNK = 500  # readers claimed at once
PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)  # between tries where the database asks for patience

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The start of a run."""

    in_doubt: int  # what a sender that died had on the wire
    expired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The end of a run."""

    expired: int
    finished: tuple[int, ...]
    next_ripe: datetime | None


class Books:
    """The ledger as a run of the sender sees it."""

    def __init__(
        self,
        store: Store,
        packer: Packer,
        *,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        limits: Limits,
    ) -> None:
        self.watch = Watch(limits)
        self.given_back = 0  # of the last group: their issue has stopped, and they are due
        self._store = store
        self._packer = packer
        self._clock = clock
        self._jitter = jitter
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def __aenter__(self) -> Books:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()

    async def open(self) -> Opening:
        """Put right what a dead sender left, take up queued issues, and fail what is too old."""

        def start(conn: Connection, now: datetime) -> Opening:
            recovered = ledger.recover(conn, now=now)
            issues.start_queued(conn, now=now)
            return Opening(in_doubt=recovered.in_doubt, expired=ledger.expire(conn, now=now))

        return await self._write(start)

    async def claim(self) -> list[Delivery]:
        """The next chunk; [] where nothing is due."""

        def chunk(conn: Connection, now: datetime) -> list[Delivery]:
            issues.start_queued(conn, now=now)
            return ledger.claim(conn, limit=CHUNK, now=now)

        return await self._write(chunk)

    async def stencils(self, deliveries: Sequence[Delivery]) -> dict[int, Stencil]:
        """The stencil of each variant of these deliveries."""
        one_of_each = {delivery.variant: delivery for delivery in deliveries}

        def look() -> dict[int, Stencil]:
            known = {variant: self._packer.known(variant) for variant in one_of_each}
            found = {variant: stencil for variant, stencil in known.items() if stencil}
            if len(found) == len(one_of_each):
                return found
            with self._store.read() as conn:
                return {variant: self._packer.stencil_of(conn, one) for variant, one in one_of_each.items()}

        return await self._patiently(look)

    async def turn(self, done: Sequence[tuple[Delivery, Outcome]], group: Sequence[int]) -> set[int]:
        """Settle what is done and mark the next group, in one transaction; whom of the group it marked.

        An issue that goes wrong by what is done pauses in between.
        """
        suspects = self.watch.saw(done)

        def both(conn: Connection, now: datetime) -> tuple[set[int], tuple[Paused, ...], int]:
            if done:
                ledger.settle(conn, [self._settled(conn, *one, now=now) for one in done], now=now)
            paused = self.watch.pause(conn, suspects, now=now)
            marked = ledger.mark_sending(conn, group, now=now) if group else set()
            rest = set(group) - marked
            return marked, paused, backlog.count_due(conn, rest) if rest else 0

        marked, paused, self.given_back = await self._write(both)
        self.watch.keep(suspects, paused)
        return marked

    async def release(self, claimed: Sequence[Delivery]) -> None:
        ids = [delivery.id for delivery in claimed]
        if ids:
            await self._write(lambda conn, now: ledger.release(conn, ids, now=now))

    async def close(self) -> Closing:
        """Fail what is too old, finish issues that are done, and look for the next time to send."""

        def end(conn: Connection, now: datetime) -> Closing:
            expired = ledger.expire(conn, now=now)
            finished = tuple(issues.finish_done(conn, now=now))
            return Closing(expired=expired, finished=finished, next_ripe=ledger.next_ripe(conn))

        return await self._write(end)

    def _settled(self, conn: Connection, delivery: Delivery, outcome: Outcome, *, now: datetime) -> ledger.Settled:
        then = None
        if outcome.verdict is Verdict.LATER:
            expires = self._packer.issue_of(conn, delivery).expires
            then = next_try(delivery.attempts + 1, now=now, jitter=self._jitter(), expires=expires)
        return ledger.Settled(id=delivery.id, outcome=outcome, next_try=then)

    async def _write(self, work: Callable[[Connection, datetime], Answer]) -> Answer:
        """Run `work` in a transaction. Raises StorageError where patience did not help."""

        def transaction() -> Answer:
            with self._store.write() as conn:
                return work(conn, self._clock())

        return await self._patiently(transaction)

    async def _patiently(self, work: Callable[[], Answer]) -> Answer:
        """Run `work` in the ledger's thread, some times where the database asks for patience."""
        loop = asyncio.get_running_loop()
        for pause in PAUSES_SECONDS:
            try:
                return await loop.run_in_executor(self._thread, work)
            except StorageError as wrong:
                if not wrong.retry:
                    raise
            await asyncio.sleep(pause)
        return await loop.run_in_executor(self._thread, work)
