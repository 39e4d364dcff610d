"""Being a good guest at each host: one request at a time, and none too soon after the last.

Threads that want the same host wait for each other here; other hosts are not held up.
Redirects within a host belong to the visit and are followed at once. The trust store of TLS
is read once for all of them: it takes longer than most fetches.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2

APART = timedelta(seconds=1)


@dataclass(slots=True)
class _Door:
    """The way into one host."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    opens: float = 0.0  # by the monotonic clock


class Hosts:
    """The hosts of one pass; `apart` lies between the end of a request and the next one's start."""

    def __init__(self, apart: timedelta = timedelta(0)) -> None:
        self._apart_seconds = apart.total_seconds()
        self._doors: dict[str, _Door] = {}
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    def tls(self) -> ssl.SSLContext:
        """What certificates are checked against."""
        with self._lock:
            if self._tls is None:
                self._tls = httpx2.create_ssl_context(trust_env=False)
            return self._tls

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for our turn at a host, and keep it."""
        with self._lock:
            door = self._doors.setdefault(host.lower(), _Door())
        with door.lock:
            time.sleep(max(0.0, door.opens - time.monotonic()))
            try:
                yield
            finally:
                door.opens = time.monotonic() + self._apart_seconds
