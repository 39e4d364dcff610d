"""Visitors at a steady pace: so many requests a second whatever the server does, and how long each took.

They come when they come and not when the last one was answered: a server that stalls keeps
all of them waiting, and that is counted. What the visitors' own process loses to others on
the machine is not: the time begins when a visitor's timer went off.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CONNECTIONS = 20


class Visitor(asyncio.Protocol):
    """A connection that is kept; one request at a time, the others wait."""

    def __init__(self, request: bytes, taken: dict[int, list[float]]) -> None:
        self._request = request
        self._taken = taken
        self._begun: deque[float] = deque()
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def visit(self) -> None:
        self._begun.append(time.perf_counter())
        if len(self._begun) == 1:
            self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        if rest or not head.startswith(b"HTTP/1.1 304"):
            raise SystemExit(f"a visitor was answered: {head[:200]!r}")
        self._buffer = b""
        now = time.perf_counter()
        self._taken.setdefault(int(now), []).append(now - self._begun.popleft())
        if self._begun:
            self._transport.write(self._request)

    @property
    def waiting(self) -> int:
        return len(self._begun)


async def visit(url: str, tag: str, *, rate: float) -> list[float]:
    """Until this process' input ends: seconds of each request."""
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nIf-None-Match: {tag}\r\n\r\n".encode()
    taken: dict[int, list[float]] = {}
    loop = asyncio.get_running_loop()
    visitors = [
        (await loop.create_connection(lambda: Visitor(request, taken), parts.hostname, parts.port))[1]
        for _ in range(CONNECTIONS)
    ]
    over = loop.run_in_executor(None, sys.stdin.read)
    begun, count = time.perf_counter(), 0
    while not over.done():
        visitors[count % CONNECTIONS].visit()
        count += 1
        await asyncio.sleep(max(0.0, begun + count / rate - time.perf_counter()))
    patience = time.perf_counter() + 10
    while any(visitor.waiting for visitor in visitors) and time.perf_counter() < patience:
        await asyncio.sleep(0.01)
    return [seconds for each in taken.values() for seconds in each]


@dataclass(slots=True)
class Visits:
    """Filled when the block ends."""

    found: Mapping[str, float] = field(default_factory=dict)


@contextmanager
def visiting(url: str, tag: str, *, rate: float) -> Iterator[Visits]:
    """Visitors in a process of their own while the block runs."""
    command = [sys.executable, __file__, url, tag, "--rate", str(rate)]
    visits = Visits()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield visits
        told, _ = process.communicate("")
    if process.returncode:
        raise SystemExit("the visitors gave up")
    visits.found = json.loads(told)


def summary(taken: list[float]) -> dict[str, float]:
    ordered = sorted(taken)

    def share(of: float) -> float:
        return ordered[min(len(ordered) - 1, int(len(ordered) * of))]

    return {"count": len(ordered), "p50": share(0.5), "p99": share(0.99), "p999": share(0.999), "max": ordered[-1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("tag")
    parser.add_argument("--rate", type=float, required=True)
    given = parser.parse_args()
    print(json.dumps(summary(asyncio.run(visit(given.url, given.tag, rate=given.rate)))))


if __name__ == "__main__":
    main()
