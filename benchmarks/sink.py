"""An SMTP server that only reads: it counts letters and bytes, and keeps nothing.

Alone it measures itself: how many letters a second it takes from a client that does
nothing but write prebuilt bytes, pipelined. That is the ceiling of what sending.py can see.

`--serve` is how the benchmarks use it: a process of its own that prints its port, and its
counts when its input ends. `--delay` answers that many milliseconds late, as a relay does
that is far away.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from parts.table import medians, number, print_table, times

_END = b"\r\n.\r\n"
_EHLO = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 50000000\r\n250 DSN\r\n"
_REPLIES = {b"EHLO": _EHLO, b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
_OK = b"250 2.0.0 ok\r\n"
_READ_BYTES = 2**18
_MOST_BEHIND = 2**13  # bytes: behind a letter's end comes a group of commands at most
_CHUNKING = b"250-sink.example\r\n250-CHUNKING\r\n"  # how the offer begins with `--chunking`


@dataclass(slots=True, kw_only=True)
class Counts:
    letters: int = 0
    bytes: int = 0
    connections: int = 0


class Sink(asyncio.BufferedProtocol):
    """One connection. It reads into the same memory again and again: new memory costs more than what is read."""

    def __init__(self, counts: Counts, delay_seconds: float, *, chunking: bool = False) -> None:
        self._counts = counts
        self._chunking = chunking
        self._chunk_left = 0  # bytes of a BDAT that are still to come
        self._delay = delay_seconds
        self._read_into = memoryview(bytearray(_READ_BYTES))
        self._buffer = bytearray()
        self._in_letter = False
        self._late: deque[bytes] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._counts.connections += 1
        self._say(b"220 sink.example\r\n")

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  asyncio says what it would like
        return self._read_into

    def buffer_updated(self, nbytes: int) -> None:
        self._counts.bytes += nbytes
        self._buffer += self._read_into[:nbytes]
        replies = []
        while reply := self._read():
            replies.append(reply)
        if replies:
            self._say(b"".join(replies))

    def _read(self) -> bytes:
        """The answer to the next whole command or letter; b"" where neither is whole."""
        if self._in_letter:
            return self._read_letter()
        if self._chunk_left:
            return self._read_chunk()
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return b""
        verb = bytes(self._buffer[:4]).upper()
        if verb == b"BDAT":
            self._chunk_left = int(self._buffer[5:end].split()[0])
            del self._buffer[: end + 2]
            return self._read_chunk()
        if verb == b"DATA":
            self._in_letter = True
            del self._buffer[:end]  # its line end may be the first half of a lone dot
        else:
            del self._buffer[: end + 2]
        if verb == b"EHLO" and self._chunking:
            return _CHUNKING + _EHLO.partition(b"\n")[2]
        return _REPLIES.get(verb, _OK)

    def _read_chunk(self) -> bytes:
        taken = min(self._chunk_left, len(self._buffer))
        del self._buffer[:taken]
        self._chunk_left -= taken
        if self._chunk_left:
            return b""
        self._counts.letters += 1
        return _OK

    def _read_letter(self) -> bytes:
        end = self._buffer.rfind(_END, max(0, len(self._buffer) - _MOST_BEHIND))
        if end < 0:
            del self._buffer[: -len(_END)]
            return b""
        del self._buffer[: end + len(_END)]
        self._in_letter = False
        self._counts.letters += 1
        return _OK

    def _say(self, reply: bytes) -> None:
        if self._delay:
            self._late.append(reply)
            asyncio.get_running_loop().call_later(self._delay, self._say_late)
        else:
            self._write(reply)

    def _say_late(self) -> None:
        self._write(self._late.popleft())

    def _write(self, reply: bytes) -> None:
        self._transport.write(reply)
        if reply.endswith(_REPLIES[b"QUIT"]):
            self._transport.close()


async def serve(delay_seconds: float, *, chunking: bool) -> Counts:
    """Serve until standard input ends."""
    counts = Counts()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Sink(counts, delay_seconds, chunking=chunking), "127.0.0.1", 0, backlog=512
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()
    return counts


@dataclass(slots=True, kw_only=True)
class Running:
    """A sink in a process of its own; its counts stand here once it has stopped."""

    port: int
    counts: Counts


@contextmanager
def running_sink(*, delay_milliseconds: float = 0, chunking: bool = False) -> Iterator[Running]:
    command = [sys.executable, __file__, "--serve", "--delay", str(delay_milliseconds)]
    command += ["--chunking"] if chunking else []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        running = Running(port=int(process.stdout.readline()), counts=Counts())
        try:
            yield running
        finally:
            process.stdin.close()
            told = process.stdout.readline()
    running.counts = Counts(**json.loads(told))


class _Writer(asyncio.Protocol):
    """Writes the same letter again and again: the body, and the commands of the next at once."""

    def __init__(self, letter: bytes, count: int, done: asyncio.Future[None]) -> None:
        self._group = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
        self._both = letter + self._group
        self._letter = letter
        self._left = count
        self._done = done
        self._lines = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"EHLO writer.example\r\n" + self._group)

    def data_received(self, data: bytes) -> None:
        for _ in range(data.count(b"354 ")):
            self._left -= 1
            self._transport.write(self._both if self._left else self._letter + b"QUIT\r\n")
        if b"221 " in data and not self._done.done():
            self._transport.close()
            self._done.set_result(None)


async def write_all(port: int, letter: bytes, *, count: int, connections: int) -> None:
    loop = asyncio.get_running_loop()
    waits: list[asyncio.Future[None]] = []
    for at in range(min(connections, count)):
        share = count // connections + (at < count % connections)
        waits.append(loop.create_future())
        await loop.create_connection(partial(_Writer, letter, share, waits[-1]), "127.0.0.1", port)
    await asyncio.gather(*waits)


def letter_of(size: int) -> bytes:
    line = b"A letter that says nothing, but says it at the right length.=20\r\n"
    return (b"Subject: nothing\r\n\r\n" + line * (size // len(line) + 1))[: size - len(_END)] + _END


def measure(letters: int, size: int, connections: int, *, delay: float) -> dict[str, float]:
    """Letters a second, and the processor time of both sides for each."""
    with running_sink(delay_milliseconds=delay) as sink:
        begun, cpu = time.perf_counter(), time.process_time()
        asyncio.run(write_all(sink.port, letter_of(size), count=letters, connections=connections))
        seconds, own = time.perf_counter() - begun, time.process_time() - cpu
    assert sink.counts.letters == letters, f"{sink.counts.letters} of {letters} letters came"
    return {"rate": letters / seconds, "cpu": own / letters, "MB/s": sink.counts.bytes / seconds / 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help="serve until standard input ends")
    parser.add_argument("--delay", type=float, default=0, metavar="MS", help="answer that much later")
    parser.add_argument("--chunking", action="store_true", help="offer CHUNKING, and take BDAT")
    parser.add_argument("--letters", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if given.serve:
        counts = asyncio.run(serve(given.delay / 1000, chunking=given.chunking))
        print(json.dumps({"letters": counts.letters, "bytes": counts.bytes, "connections": counts.connections}))
        return
    rows = []
    sizes = (2_000, 20_000, 54_000)
    taken = [[measure(given.letters, size, 4, delay=given.delay) for size in sizes] for _ in range(given.rounds)]
    found = [medians(rounds) for rounds in zip(*taken, strict=True)]
    for size, one in zip(sizes, found, strict=True):
        ratio = times(one["rate"] / found[-1]["rate"])
        rows.append((f"{size // 1000} KB", number(one["rate"]), ratio, number(one["cpu"] * 1e6), number(one["MB/s"])))
    heads = ("letter", "letters/s", "against 54 KB", "client's CPU, us", "MB/s")
    print_table(
        f"What the sink takes from a client that only writes, 4 connections, {given.letters:,} letters", heads, rows
    )


if __name__ == "__main__":
    main()
