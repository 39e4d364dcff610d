"""Patience with a database that is locked, full, restarting or away: it is waited for, and that is said.

Whoever sends has letters on the wire, and answers that must be written down; giving up would leave
them in doubt. So what may help if it is tried again, is tried again, until somebody stops the
sender; then a little longer, for what is on the wire. What cannot help is raised at once.

All work goes to one thread, one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

from publisher.errors import StorageError

PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)  # between tries; the last again and again
SAY_AFTER_SECONDS = 2.0  # waiting that is worth a line
SAY_AGAIN_SECONDS = 30.0
HURRIED_TRIES = len(PAUSES_SECONDS)  # where the sender is to stop

Answer = TypeVar("Answer")


class Patience:
    """A thread for the database, and how long it is waited for."""

    def __init__(
        self, *, pauses: Sequence[float] = PAUSES_SECONDS, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self.hurry = False  # the sender is to stop
        self._pauses = pauses
        self._say = say
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    def __enter__(self) -> Patience:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()

    async def with_(self, work: Callable[[], Answer]) -> Answer:
        """Do `work`, again and again where the database asks for patience. Raises StorageError where that ends."""
        loop = asyncio.get_running_loop()
        begun, said, tries, hurried = loop.time(), 0.0, 0, 0
        while True:
            try:
                answer = await loop.run_in_executor(self._thread, work)
            except StorageError as wrong:
                hurried += self.hurry
                if not wrong.retry or hurried > HURRIED_TRIES:
                    raise
                if loop.time() - begun >= SAY_AFTER_SECONDS and (not said or loop.time() - said >= SAY_AGAIN_SECONDS):
                    said = loop.time()
                    self._say(f"waiting: {wrong}")
            else:
                if said:
                    self._say(f"the database is back, after {loop.time() - begun:.0f} s")
                return answer
            await asyncio.sleep(self._pauses[min(tries, len(self._pauses) - 1)])
            tries += 1
