"""Sends what is due: one run, from its start to its report.

Several senders may run at the same time for one database (`presence.py`). How a run goes
about it is told in `round.py`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from publisher.errors import StorageError
from publisher.garbage import collecting_rarely
from publisher.send.books import Books
from publisher.send.gate import Gate
from publisher.send.jumps import Watched
from publisher.send.parcels import Context, Packer
from publisher.send.patience import BUSY_SECONDS, Patience
from publisher.send.presence import Presence, present
from publisher.send.report import SendReport
from publisher.send.retry import FIRST
from publisher.send.round import Round
from publisher.send.traffic import Manners, Told, Traffic
from publisher.send.watching import Watch
from publisher.store.database import Store


def send_due(
    store: Store,
    traffic: Traffic,
    context: Context,
    *,
    stop: Callable[[], bool],
    told: Told | None = None,
    manners: Manners | None = None,
) -> SendReport:
    """Send every letter that is due now, and return; what must wait stays in the ledger with its time.

    A relay that cannot be used is no error: its sentence stands in `problem`, and its letters are
    due or deferred as before. Raises StorageError where the database cannot be written; what was
    on the wire then and could not be written down is in doubt at the next start.
    """
    told, manners = told or Told(), manners or Manners()
    store = store.waiting_at_most(BUSY_SECONDS).kept()

    async def run() -> SendReport:
        clock = _watched(manners.clock, told.say)
        with (
            ExitStack() as at_last,
            Patience(
                pauses=manners.patience_seconds,
                say=told.say,
                stop=_or_cancelled(stop),
                wait_at_most=store.wait_at_most if store.is_file else None,
            ) as patience,
        ):
            at_last.callback(lambda: None if patience.has_left_behind else store.let_go())
            async with _present(store, traffic.presence, clock=clock, patience=patience) as presence:
                books = Books(
                    store,
                    Packer(context),
                    gate=Gate(traffic.routes, traffic.destinations, zone=traffic.zone),
                    watch=Watch(traffic.limits),
                    presence=presence,
                    patience=patience,
                    clock=clock,
                    jitter=manners.jitter,
                )
                round_ = Round(books, traffic.routes, patience=patience, told=told, manners=manners)
                report = await round_.run(stop)
        if report.problem:
            return replace(report, next_try=max(report.next_try or clock(), clock() + FIRST))
        return report

    with collecting_rarely():
        return asyncio.run(run())


def _watched(clock: Callable[[], datetime], say: Callable[[str], None]) -> Callable[[], datetime]:
    loop = asyncio.get_running_loop()  # the clock is asked in the ledger's thread, too

    def say_soon(words: str) -> None:
        loop.call_soon_threadsafe(say, words)

    return Watched(clock, seconds=time.monotonic, say=say_soon)


def _or_cancelled(stop: Callable[[], bool]) -> Callable[[], bool]:
    """Ctrl-C cancels a run; nothing else may, not for a moment: `asyncio.timeout` in its own task would."""
    task = asyncio.current_task()
    return lambda: stop() or bool(task and task.cancelling())


@asynccontextmanager
async def _present(
    store: Store, folder: Path, *, clock: Callable[[], datetime], patience: Patience
) -> AsyncIterator[Presence]:
    """Be one of the senders meanwhile; to enter and to leave takes patience, too."""
    with ExitStack() as inside:
        presence = await patience.with_(lambda: inside.enter_context(present(store, folder, clock=clock)))
        try:
            yield presence
        finally:
            presence.in_haste = patience.is_over
            if not presence.in_haste:
                with suppress(StorageError):
                    await patience.with_(inside.close)
