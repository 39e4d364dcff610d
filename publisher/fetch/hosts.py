"""Being a good guest at each host: one request at a time, and none too soon after the last.

Threads that want the same host wait for each other here; other hosts are not held up.
Who is known to be asked often may have more than one at a time (`at_once`).
Redirects within a host belong to the visit and are followed at once. The trust store of TLS
is read once for all of them: it takes longer than most fetches. Clock and sleep are handed
in, so that a day of visits can be lived through in minutes.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx2

APART = timedelta(seconds=1)
_MANY_DOORS = 2000  # from here on those that nobody stands at are forgotten


@dataclass(slots=True)
class _Door:
    """The way into one host."""

    lock: threading.Semaphore
    guests: int = 0  # in it, and waiting for it
    opens: float = 0.0  # by the clock of `Hosts`


class Hosts:
    """All hosts, from one pass to the next; `apart` lies between the end of a request and the next one's start."""

    def __init__(
        self,
        apart: timedelta = timedelta(0),
        *,
        at_once: int = 1,  # requests at one host
        clock: Callable[[], float] = time.monotonic,  # seconds
        sleep: Callable[[float], None] = time.sleep,
        tls: ssl.SSLContext | None = None,  # None: what the system trusts
    ) -> None:
        self._apart_seconds = apart.total_seconds()
        self._at_once = at_once
        self._clock = clock
        self._sleep = sleep
        self._doors: dict[str, _Door] = {}
        self._lock = threading.Lock()
        self._tls = tls

    def tls(self) -> ssl.SSLContext:
        """What certificates are checked against."""
        with self._lock:
            if self._tls is None:
                self._tls = httpx2.create_ssl_context(trust_env=False)
            return self._tls

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for our turn at a host, and keep it."""
        door = self._come_to(host.lower())
        try:
            with door.lock:
                wait = door.opens - self._clock()
                if wait > 0:
                    self._sleep(wait)
                try:
                    yield
                finally:
                    door.opens = self._clock() + self._apart_seconds
        finally:
            with self._lock:
                door.guests -= 1

    def _come_to(self, host: str) -> _Door:
        with self._lock:
            if len(self._doors) >= _MANY_DOORS:
                now = self._clock()
                self._doors = {name: door for name, door in self._doors.items() if door.guests or door.opens > now}
            door = self._doors.setdefault(host, _Door(lock=threading.Semaphore(self._at_once)))
            door.guests += 1
            return door
