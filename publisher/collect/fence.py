"""The fence around the readers of feeds and pages: they work in child processes that may be killed.

A document that makes its reader run for ever, or take all memory, costs one child and one
sentence. A child is kept and used again, because starting one takes longer than reading
most feeds. It gets the bytes of one document at a time and nothing else: no secrets of the
environment, no open files. Its answer is JSON, checked against the type that it must
have: what was taken over by a document cannot take us over in turn. The child's side is
`fencechild`.

Known weakness: where the system does not keep RLIMIT_AS (macOS), memory is not limited.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from publisher.collect.fencechild import ARTICLE, FEED, LISTING, MARKED, NO_MEMORY, read_frame, write_frame
from publisher.collect.found import Found, FoundPost
from publisher.collect.page.listing import Listing
from publisher.collect.page.markup import Marked
from publisher.collect.page.selectors import Selectors

CPU_SECONDS = 9  # the kernel counts whole ones: 9 to 10
MEMORY_BYTES = 200 * 2**20
_PATIENCE = 6  # times its CPU time a child may take by the clock: the machine may be busy
_FEED: TypeAdapter[Found] = TypeAdapter(Found)
_ARTICLE: TypeAdapter[FoundPost] = TypeAdapter(FoundPost)
_LISTING: TypeAdapter[Listing] = TypeAdapter(Listing)
_MARKED: TypeAdapter[Marked] = TypeAdapter(Marked)
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Fence:
    """Reads like `parse_feed`, `read_article`, `read_listing` and `marked`, in children. Threads may share it.

    What takes too much, too, raises ValueError in words for an editor. Close it at the end.
    """

    cpu_seconds: int = CPU_SECONDS
    memory_bytes: int = MEMORY_BYTES
    children: int = 2  # at the same time
    _idle: list[subprocess.Popen[bytes]] = field(default_factory=list, init=False, repr=False)
    _free: threading.Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._free = threading.Semaphore(self.children)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        while self._idle:
            _end(self._idle.pop())

    def parse(self, content: bytes, *, url: str, content_type: str = "") -> Found:
        """What a feed holds."""
        return _found_in(self._answer(content, what=FEED, url=url, content_type=content_type), _FEED)

    def read_article(
        self, page: bytes, url: str, selectors: Selectors, *, zone: ZoneInfo, content_type: str = ""
    ) -> FoundPost:
        told = {"selectors": asdict(selectors), "zone": zone.key}
        answer = self._answer(page, what=ARTICLE, url=url, content_type=content_type, **told)
        return _found_in(answer, _ARTICLE)

    def read_listing(self, page: bytes, url: str, selectors: Selectors, *, content_type: str = "") -> Listing:
        told = {"selectors": asdict(selectors)}
        return _found_in(self._answer(page, what=LISTING, url=url, content_type=content_type, **told), _LISTING)

    def mark(self, page: bytes, url: str, selectors: Selectors, *, content_type: str = "") -> Marked:
        """The page, harmless, with what the selectors find on it."""
        told = {"selectors": asdict(selectors)}
        return _found_in(self._answer(page, what=MARKED, url=url, content_type=content_type, **told), _MARKED)

    def _answer(self, content: bytes, **question: Any) -> bytes:
        with self._free:
            try:
                child = self._idle.pop()
            except IndexError:
                child = self._start()
            answer = self._ask(child, json.dumps(question).encode(), content)
            self._idle.append(child)
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  our own program, and no word of it comes from outside
            [sys.executable, "-m", "publisher.collect.fencechild", str(self.cpu_seconds), str(self.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,  # Ctrl-C is for us
        )

    def _ask(self, child: subprocess.Popen[bytes], question: bytes, content: bytes) -> bytes:
        """The child's answer. Raises ValueError where it died of the question; then it is gone."""
        assert child.stdin  # noqa: S101  `_start` made it a pipe
        assert child.stdout  # noqa: S101  the same
        timer = threading.Timer(self.cpu_seconds * _PATIENCE, child.kill)
        timer.start()
        answer = None
        try:
            with suppress(BrokenPipeError):
                write_frame(child.stdin, question)
                write_frame(child.stdin, content)
                answer = read_frame(child.stdout)
        finally:
            timer.cancel()
            if answer is None:  # died, or we are interrupted: what it would say later is no answer to the next one
                child.kill()
                _end(child)
        if answer is None:
            raise ValueError(self._why_it_died(child.returncode))
        return answer

    def _why_it_died(self, code: int) -> str:
        if code == NO_MEMORY:
            return (
                f"reading it takes more than {self.memory_bytes // 2**20} MiB of memory; its owner must make it smaller"
            )
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return f"reading it takes more than {self.cpu_seconds} s of computing; its owner must make it simpler"
        return f"its reader broke at it (exit code {code}); if it stays so, take the source out"


def _end(child: subprocess.Popen[bytes]) -> None:
    """A child goes when there is nothing more to read."""
    for pipe in (child.stdin, child.stdout):
        if pipe:
            with suppress(BrokenPipeError):
                pipe.close()
    child.wait()


def _found_in(answer: bytes, adapter: TypeAdapter[T]) -> T:
    told = json.loads(answer)
    if "wrong" in told:
        raise ValueError(str(told["wrong"]))
    try:
        return adapter.validate_python(told["found"])
    except ValidationError as wrong:
        raise ValueError(f"its reader gave no answer that can be used ({wrong.error_count()} faults)") from wrong
