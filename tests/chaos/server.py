"""The chaos server: an SMTP server in a process of its own, with faults by a seed.

`python -m tests.chaos.server JOURNAL SETTINGS` (JSON of `Settings`) prints its port, and serves
until its standard input ends. One thread for each connection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.faults import Chances, Fate, Manners, Mishap, Plan
from tests.chaos.journal import Journal, What
from tests.chaos.talk import NARROW_BYTES, Talk

TOP = Path(__file__).parent.parent.parent
GREY_SECONDS = 0.1  # how long a greylisted letter must have waited
ENOUGH = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    seed: int = 0
    letters: int = 0  # how many are expected: downs are spread over them
    rate: int = 0  # letters a second to one domain, above which 450; 0: any
    downs: int = 0  # how often the port is closed
    down_seconds: float = 30.0
    taken_at_most: int = ENOUGH  # then it dies: the port stays closed
    latency_seconds: float = 0.0  # before each letter's last answer
    chances: dict[str, int] = field(default_factory=dict)  # those of `Chances` that are other than there


def peaceful() -> dict[str, int]:
    """No faults at all."""
    return {each.name: 0 for each in dataclasses.fields(Chances)}


@dataclass(slots=True, kw_only=True)
class _Reader:
    """What the server remembers of a reader."""

    attempts: int = 0
    strikes: int = 0
    first: float = 0.0


class Server:
    """All connections of one port."""

    def __init__(self, journal: Journal, settings: Settings) -> None:
        self.journal = journal
        self._settings = settings
        self._plan = Plan(seed=settings.seed, chances=Chances(**settings.chances))
        self._lock = threading.Lock()
        self._readers: dict[str, _Reader] = {}
        self._recent: dict[str, deque[float]] = {}
        self._said: Counter[str] = Counter()
        self._taken = 0
        dice = random.Random(f"{settings.seed} downs")
        spread = range(1, max(2, int(settings.letters * 0.8)))
        self._downs = sorted(dice.sample(spread, min(settings.downs, len(spread))))
        self._is_down = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._connections = 0

    # What the talks ask.

    def at_rcpt(self, reader: str, now: float) -> str:
        with self._lock:
            known = self._readers.setdefault(reader, _Reader(first=now))
            known.attempts += 1
            fate, strikes = self._plan.fate(reader)
            if fate is Fate.UNKNOWN:
                return self._numbered("550 5.1.1 no such user here")
            if fate is Fate.GREYLISTED and now < known.first + GREY_SECONDS:
                return self._numbered("451 4.7.1 greylisted, come again")
            if fate is Fate.FULL and known.strikes < strikes:
                known.strikes += 1
                return self._numbered("452 4.2.2 mailbox full")
            if self._is_too_fast(reader.rpartition("@")[2], now):
                return self._numbered("450 4.2.1 too many letters a second, slow down")
            return "250 2.1.5 ok"

    def at_end(self, reader: str) -> str:
        if self._settings.latency_seconds:
            time.sleep(self._settings.latency_seconds)
        with self._lock:
            fate, strikes = self._plan.fate(reader)
            known = self._readers[reader]
            if fate is Fate.UNREADABLE:
                return self._numbered("554 5.6.0 nobody can read this letter")
            if fate is Fate.PUT_OFF and known.strikes < strikes:
                known.strikes += 1
                return self._numbered("451 4.3.0 no room just now")
            self._taken += 1
            if self._taken >= self._settings.taken_at_most or (self._downs and self._taken >= self._downs[0]):
                self._is_down.set()
            return "250 2.0.0 taken"

    def mishap(self, reader: str) -> Mishap:
        return self._plan.mishap(reader, self._readers[reader].attempts)

    def _numbered(self, reply: str) -> str:
        """No refusal is said twice, so that it can be told which of them stands in a ledger."""
        self._said[reply] += 1
        return f"{reply} ({self._said[reply]})"

    def _is_too_fast(self, domain: str, now: float) -> bool:
        if not self._settings.rate:
            return False
        recent = self._recent.setdefault(domain, deque())
        while recent and recent[0] < now - 1:
            recent.popleft()
        if len(recent) >= self._settings.rate:
            return True
        recent.append(now)
        return False

    # The port.

    def serve(self, port: int) -> None:
        while True:
            listener = socket.create_server(("127.0.0.1", port), backlog=64)
            port = listener.getsockname()[1]
            self.journal.write(What.UP)
            sys.stdout.write(f"{port}\n")
            sys.stdout.flush()
            listener.settimeout(0.01)
            while not self._is_down.is_set():
                with contextlib.suppress(TimeoutError):
                    self._take_in(listener.accept()[0])
            listener.close()
            self._cut_all()
            self.journal.write(What.DOWN)
            if self._taken >= self._settings.taken_at_most:
                return
            del self._downs[0]
            time.sleep(self._settings.down_seconds)
            self._is_down.clear()

    def _take_in(self, connection: socket.socket) -> None:
        self._connections += 1
        number = self._connections
        manners = self._plan.manners(number)
        self.journal.write(What.OPEN, connection=number)
        thread = threading.Thread(target=self._serve, args=(connection, number, manners), daemon=True)
        with self._lock:
            self._open[connection] = thread
        thread.start()

    def _serve(self, connection: socket.socket, number: int, manners: Manners) -> None:
        connection.settimeout(120)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if manners.narrow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)
        how = Talk(self, connection, number=number, manners=manners).run()
        if how == "gone" and self._is_down.is_set():
            how = "down"
        self.journal.write(What.CLOSE, connection=number, how=how)
        with self._lock:
            self._open.pop(connection, None)
        connection.close()

    def _cut_all(self) -> None:
        with self._lock:
            still = dict(self._open)
        for connection in still:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in still.values():
            thread.join(10)


@dataclass
class Running:
    """The server's process."""

    process: subprocess.Popen[str]
    port: int
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = f"smtp://127.0.0.1:{self.port}"


@contextmanager
def running_server(journal: Path, settings: Settings) -> Iterator[Running]:
    """A server in a process of its own, while the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.server", str(journal), json.dumps(dataclasses.asdict(settings))],
        cwd=TOP,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield Running(process, int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def main(journal: str, settings: str) -> None:
    def end_with_parent() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_parent, daemon=True).start()
    Server(Journal(Path(journal)), Settings(**json.loads(settings))).serve(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
