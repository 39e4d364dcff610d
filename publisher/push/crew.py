"""A bounded crew of threads that works through what is ripe, and crosses out what is done.

Threads ask strangers; one thread alone reads and writes the store. It hands out what is
ripe, host by host in turn, never more than so many at one host, and settles whatever was
answered in one transaction before those threads get anything new: so nothing is ever done
and not crossed out but what each thread has in hand. A host that does not answer three
times in a row is left alone for the rest of the pass, so that it does not hold up the others.

Memory holds a few thousand rows, however many are ripe.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from publisher.errors import PublisherError
from publisher.push.telling import Answer

SOME = 500  # rows that are read at once
MOST_WAITING = 4000  # rows in memory, while the hosts of all of them are busy
SILENCES = 3
_WAIT_SECONDS = 0.5

T = TypeVar("T")
log = logging.getLogger(__name__)


class Work(Protocol[T]):
    """What a crew works on. Only `do` is called by several threads."""

    def ripe(self, after: T | None, most: int) -> Sequence[T]:
        """What is to be done now and comes after that one, in a fixed order."""

    def host_of(self, one: T) -> str:
        """Whom it burdens."""

    def do(self, one: T) -> Answer:
        """Ask."""

    def settle(self, done: Sequence[tuple[T, Answer]]) -> None:
        """Write down what became of these, in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew(Generic[T]):
    """So many threads for one kind of work."""

    work: Work[T]
    threads: int
    per_host: int

    def run(self, stop: Callable[[], bool]) -> int:
        """Do all that is ripe, or what is begun before `stop`. How much was done."""
        return _Pass(self).run(stop)


class _Pass(Generic[T]):
    """Once over all that is ripe."""

    def __init__(self, crew: Crew[T]) -> None:
        self._work = crew.work
        self._threads = crew.threads
        self._per_host = crew.per_host
        self._waiting: dict[str, deque[T]] = {}  # by host, in the order of their turns
        self._count = 0
        self._busy: Counter[str] = Counter()
        self._silent: Counter[str] = Counter()
        self._last: T | None = None
        self._all_read = False

    def run(self, stop: Callable[[], bool]) -> int:
        self._read_more()
        if not self._count:
            return 0
        settled = 0
        under_way: dict[Future[Answer], T] = {}
        with ThreadPoolExecutor(self._threads, thread_name_prefix="push") as pool:
            while True:
                if not stop():
                    self._start(pool, under_way)
                if not under_way:
                    return settled
                done, _ = wait(under_way, timeout=_WAIT_SECONDS, return_when=FIRST_COMPLETED)
                pairs = [(under_way.pop(future), future.result()) for future in done]
                for one, answer in pairs:
                    self._note(self._work.host_of(one), answer)
                self._work.settle(pairs)
                settled += len(pairs)

    def _start(self, pool: ThreadPoolExecutor, under_way: dict[Future[Answer], T]) -> None:
        """Give every idle thread something to do."""
        while len(under_way) < self._threads:
            one = self._next()
            if one is not None:
                under_way[pool.submit(self._do, one)] = one
            elif self._all_read or self._count >= MOST_WAITING:
                return
            else:
                self._read_more()

    def _next(self) -> T | None:
        """Something for a host that is not busy; hosts come in turn."""
        for host in self._waiting:
            if self._busy[host] < self._per_host:
                queue = self._waiting.pop(host)
                one = queue.popleft()
                if queue:
                    self._waiting[host] = queue  # behind all others
                self._busy[host] += 1
                self._count -= 1
                return one
        return None

    def _read_more(self) -> None:
        found = self._work.ripe(self._last, SOME)
        self._all_read = len(found) < SOME
        for one in found:
            self._waiting.setdefault(self._work.host_of(one), deque()).append(one)
        self._count += len(found)
        self._last = found[-1] if found else self._last

    def _do(self, one: T) -> Answer:
        if self._silent[self._work.host_of(one)] >= SILENCES:
            return Answer(status=None, problem="its host does not answer")
        try:
            return self._work.do(one)
        except PublisherError as wrong:
            log.error("push: %s", wrong)  # noqa: TRY400  the message says it all
            return Answer(status=None, problem=str(wrong), is_our_fault=True)
        except Exception:  # the job loop: one row must not stand in the way of all others
            log.exception("push: a fault of the program")
            return Answer(status=None, problem="a fault of the program; the log has more", is_our_fault=True)

    def _note(self, host: str, answer: Answer) -> None:
        self._busy[host] -= 1
        if not answer.is_our_fault:
            self._silent[host] = self._silent[host] + 1 if answer.status is None else 0
