"""Patience with a database that is locked, full, restarting or away: it is waited for, and that is said.

Whoever sends has letters on the wire, and answers that must be written down; giving up would leave
them in doubt. So what may help if it is tried again, is tried again, until somebody stops the
sender; then a little longer, for what is on the wire. What cannot help is raised at once.

All work is done one after the other, in a thread of its own. A try cannot be broken off. It waits for other
writers no longer than `BUSY_SECONDS`; but a server may take our words and then be silent. There
a sender that is to stop leaves the try behind in its thread: what became of it nobody knows, and
it is there whole or not at all, as after a kill.

To change threads takes about as long as SQLite needs for a small group of letters, and the event loop and the thread
keep each other from Python's lock meanwhile. So a database that is a file is asked where we stand as long as it
answers at once; the first answer that was late, or another writer who holds it, sends the next ones to the thread.

Known weakness: a file on a disk that hangs holds up the event loop with it, as it holds up all who read it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import Any, TypeVar

from publisher.errors import StorageError

BUSY_SECONDS = 1.0  # how long one try may wait for other writers
PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0)  # between tries; the last again and again
SAY_AFTER_SECONDS = 2.0  # waiting that is worth a line
SAY_AGAIN_SECONDS = 30.0
LAST_CHANCE_SECONDS = 4.0  # how much longer it is tried where the sender is to stop
LAST_PAUSE_SECONDS = 0.5  # the longest between tries then
LEFT_BEHIND_SECONDS = 1.5  # what a try may take after that: more than BUSY_SECONDS
LOOK_SECONDS = 0.1
AT_ONCE_SECONDS = 0.02  # an answer that comes within that is one that the event loop can wait for
PROMPT_ANSWERS = 8  # in a row, until the event loop does
NO_ANSWER = "the database does not answer"

Answer = TypeVar("Answer")


class Patience:
    """A thread for the database, and how long it is waited for. Made and called in one event loop."""

    def __init__(
        self,
        *,
        pauses: Sequence[float] = PAUSES_SECONDS,
        say: Callable[[str], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
        last_chance: float = LAST_CHANCE_SECONDS,
        wait_at_most: Callable[[float], None] | None = None,
    ) -> None:
        """`wait_at_most` tells a database that is a file how many seconds it may wait for other writers.

        None: a server has it, which might take our words and be silent.
        """
        self._pauses = pauses
        self._last_chance = last_chance
        self._say = say
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._stopped: float | None = None  # when it was seen that the sender is to stop; times are the loop's
        self._waiting = 0  # how many wait for an answer
        self._well = 0.0  # when the database answered last, or the first of these began
        self._said: float | None = None  # when it was said that it is waited for
        self._why = NO_ANSWER
        self._tries: dict[asyncio.Future[Any], float] = {}  # each with its begin
        self.has_left_behind = False  # one of them: its thread may still be at it
        self._wait_at_most = wait_at_most
        self._prompt = 0  # answers in a row that came at once
        self._handed = 0  # tries that the thread has, also those that nobody waits for any more
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        # Not of a pool: when Python ends it waits for those, and this one may be left behind.
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)

    def __enter__(self) -> Patience:
        self._thread.start()
        self._look()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._tasks.put(None)
        if not self.has_left_behind:
            self._thread.join()

    @property
    def is_over(self) -> bool:
        """The sender is to stop, and the last chance is past."""
        return self.left(self._last_chance) <= 0

    def left(self, seconds: float) -> float:
        """What is left of so many seconds since it was seen that the sender is to stop; all where it is not."""
        return seconds if self._stopped is None else self._stopped + seconds - self._loop.time()

    async def with_(self, work: Callable[[], Answer], *, is_long: bool = False) -> Answer:
        """Do `work`, again and again where the database asks for patience. Raises StorageError where that ends.

        `is_long`: it does more than ask the database, and is never done in the event loop.
        """
        if not self._waiting:
            self._well = self._loop.time()
        self._waiting += 1
        tries = 0
        try:
            while True:
                try:
                    answer = await self._try(work, is_long=is_long)
                except StorageError as wrong:
                    if not wrong.retry or self.is_over:
                        raise
                    self._why = str(wrong)
                else:
                    self._is_well()
                    return answer
                await self._pause(self._pauses[min(tries, len(self._pauses) - 1)])
                tries += 1
        finally:
            self._waiting -= 1

    async def _try(self, work: Callable[[], Answer], *, is_long: bool) -> Answer:
        if self._wait_at_most and self._prompt >= PROMPT_ANSWERS and not (self._handed or is_long):
            self._wait_at_most(AT_ONCE_SECONDS)
            try:
                return self._timed(work)
            except StorageError as wrong:
                if not wrong.retry:
                    raise
                self._prompt = 0  # to wait for who holds it is the thread's
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._tries[answer] = self._loop.time()
        self._handed += 1
        run = work if is_long else lambda: self._patiently(work)
        self._tasks.put(_Try(self._loop, run, answer, then=self._heard))
        try:
            return await answer
        finally:
            del self._tries[answer]

    def _heard(self) -> None:
        self._handed -= 1

    def _patiently(self, work: Callable[[], Answer]) -> Answer:
        if self._wait_at_most:
            self._wait_at_most(BUSY_SECONDS)
        return self._timed(work)

    def _timed(self, work: Callable[[], Answer]) -> Answer:
        begun = time.monotonic()
        try:
            return work()
        finally:
            self._prompt = self._prompt + 1 if time.monotonic() - begun < AT_ONCE_SECONDS else 0

    def _work(self) -> None:
        while task := self._tasks.get():
            task()

    async def _pause(self, seconds: float) -> None:
        """Before the next try; whoever is to stop does not wait long."""
        begun = self._loop.time()
        while (left := begun + self._longest(seconds) - self._loop.time()) > 0:
            await asyncio.sleep(min(left, LOOK_SECONDS))

    def _longest(self, seconds: float) -> float:
        return seconds if self._stopped is None else min(seconds, LAST_PAUSE_SECONDS)

    def _look(self) -> None:
        """Now and then: is the sender to stop, is something to be said, is a try to be left behind?"""
        now = self._loop.time()
        if self._stopped is None and self._stop():
            self._stopped = now
        if self.is_over:
            for answer, begun in self._tries.items():
                if not answer.done() and begun + LEFT_BEHIND_SECONDS <= now:
                    self.has_left_behind = True
                    answer.set_exception(StorageError(self._why, retry=True))
        long = self._waiting and now - self._well >= SAY_AFTER_SECONDS
        if long and (self._said is None or now - self._said >= SAY_AGAIN_SECONDS):
            self._said = now
            self._say(f"waiting: {self._why}")
        self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def _is_well(self) -> None:
        now = self._loop.time()
        if self._said is not None:
            self._say(f"the database was waited for, {now - self._well:.0f} s")
            self._said = None
        self._well, self._why = now, NO_ANSWER


class _Try:
    """Work for the thread, and who waits for what comes of it in the event loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Callable[[], Answer],
        answer: asyncio.Future[Answer],
        *,
        then: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._work = work
        self._answer = answer
        self._then = then  # called in the event loop

    def __call__(self) -> None:
        with self:
            result = self._work()
            self._tell(lambda: self._answer.set_result(result))

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Whatever it raised is raised where it is waited for."""
        if value:
            self._tell(lambda: self._answer.set_exception(value))
        return True

    def _tell(self, what: Callable[[], None]) -> None:
        def tell() -> None:
            self._then()
            if not self._answer.done():
                what()

        with contextlib.suppress(RuntimeError):  # the loop has ended: this try was left behind
            self._loop.call_soon_threadsafe(tell)
