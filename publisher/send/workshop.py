"""Letters made ahead of their turn: spliced and signed in threads or processes of their own, a batch at a time.

Theory. A claimed letter may be made before it is marked, because a letter in our memory is
nowhere yet: who leaves meanwhile is not marked, and his letter is thrown away. So the work
of making letters stands beside the wire and the ledger and keeps neither waiting. OpenSSL
lets go of Python's lock while it signs; so a thread for each core uses them all. Who sends
many signed letters does better with processes (`makers.py`); what they cannot do, threads do.
A letter that is only spliced is made where it is wanted, in less time than it takes to ask somebody.

Letters that are ready or in work are few whatever waits in the ledger: memory stays flat.
What was begun and not handed out is `left`, to be given back to the ledger.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple

from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome
from publisher.send.batch import made_of
from publisher.send.books import Books
from publisher.send.commands import Parcel
from publisher.send.makerdoor import Gone
from publisher.send.makers import Makers
from publisher.send.multibuffer import BatchSigner
from publisher.send.stencil import Stencil, unwritable

BATCH = 64  # letters made at once: some 10 ms of a core where they are signed, in eights (`multibuffer.py`)
MOST_THREADS = 4  # more would wait for Python's lock: a third of the work needs it


class Made(NamedTuple):
    """A letter that waits to be marked; an outcome where it cannot be written. A tuple: see `actions.Write`."""

    delivery: Delivery
    letter: Parcel | Outcome


class Workshop:
    """The letters of one run that are being made or wait for their turn. Its calls belong to one event loop."""

    def __init__(self, books: Books, *, ahead: int, wake: asyncio.Event, makers: Makers | None = None) -> None:
        self.ready: deque[Made] = deque()
        self._books = books
        self._wake = wake
        self._in_work: dict[asyncio.Task[list[Made]], list[Delivery]] = {}
        self._dropped: list[Delivery] = []  # of a batch that failed
        self._failure: BaseException | None = None
        self._stopped = False
        threads = min(os.cpu_count() or 1, MOST_THREADS)
        self._ahead = ahead + 2 * threads * BATCH  # no thread waits for the event loop to hand it more
        self._claimed: deque[Delivery] = deque()
        self._makers = makers or Makers()
        self._sign = BatchSigner()
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="letters")

    async def __aenter__(self) -> Workshop:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.stop()
        finally:
            await self._makers.close()
            self._threads.shutdown()

    def __len__(self) -> int:
        return len(self.ready) + sum(len(batch) for batch in self._in_work.values())

    @property
    def left(self) -> list[Delivery]:
        """What was taken and not handed out."""
        batches = itertools.chain.from_iterable(self._in_work.values())
        return [*(made.delivery for made in self.ready), *batches, *self._dropped]

    def take(self, claimed: deque[Delivery]) -> None:
        """Begin as many letters as are to be ready, and go on with `claimed` as they are handed out.

        Raises what an earlier batch failed with.
        """
        if self._failure:
            raise self._failure
        self._claimed = claimed
        self._begin()

    def _begin(self) -> None:
        free = self._ahead - len(self)
        while self._claimed and free > 0:
            batch = [self._claimed.popleft() for _ in range(min(BATCH, len(self._claimed)))]
            free -= len(batch)
            task = asyncio.ensure_future(self._make(batch))
            self._in_work[task] = batch
            task.add_done_callback(self._put_down)

    def hand_out(self, ids: Collection[int]) -> None:
        """These, which are ready, are no longer here."""
        stay = []
        left = len(ids)
        while left:  # most of the time they are the first ones
            made = self.ready.popleft()
            if made.delivery.id in ids:
                left -= 1
            else:
                stay.append(made)
        self.ready.extendleft(reversed(stay))

    async def stop(self) -> None:
        """Make no more; what is in work counts as not made."""
        self._stopped = True
        batches = list(self._in_work)
        for task in batches:
            task.cancel()
        await asyncio.gather(*batches, return_exceptions=True)

    async def _make(self, batch: Sequence[Delivery]) -> list[Made]:
        stencils = await self._books.stencils(batch)
        if all(stencil.quick for stencil in stencils.values()):
            return _made(batch, stencils)  # half a millisecond: threads would lose more by changing places
        if self._makers.ready and all(stencil.dear for stencil in stencils.values()):
            with suppress(Gone):
                letters = await self._makers.make(batch, stencils)
                return [Made(delivery=one, letter=letter) for one, letter in zip(batch, letters, strict=True)]
        made = await asyncio.get_running_loop().run_in_executor(self._threads, self._made_together, batch, stencils)
        self._makers.learn(sum(stencils[delivery.variant].dear for delivery in batch))
        return made

    def _made_together(self, batch: Sequence[Delivery], stencils: Mapping[int, Stencil]) -> list[Made]:
        letters = made_of(batch, stencils, self._sign, Stencil.packed)
        return [Made(delivery=one, letter=letter) for one, letter in zip(batch, letters, strict=True)]

    def _put_down(self, task: asyncio.Task[list[Made]]) -> None:
        batch = self._in_work.pop(task)
        if task.cancelled():
            self._dropped += batch
        elif failure := task.exception():
            self._dropped += batch
            self._failure = failure
        else:
            self.ready += task.result()
            if not self._stopped:
                self._begin()
        self._wake.set()


def _made(batch: Sequence[Delivery], stencils: Mapping[int, Stencil]) -> list[Made]:
    return [Made(delivery=delivery, letter=_letter(delivery, stencils[delivery.variant])) for delivery in batch]


def _letter(delivery: Delivery, stencil: Stencil) -> Parcel | Outcome:
    try:
        return stencil.pack(delivery)
    except ValueError as wrong:
        return unwritable(wrong)
