"""A feed reader's server for tests of our hub: it confirms, takes deliveries, or behaves badly, as its path says.

`/well/…` confirms and takes; `/packer/…` packs what it confirms with; `/forger/…` answers
another challenge, `/mover/…` redirects, `/bomber/…` sends a bomb, `/none/…` knows nothing;
`/gone/…` confirms and then is gone (410), `/broken/…` confirms and then fails (500),
`/slow/…` confirms and then never answers in time.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass
class Readers:
    """The server as tests see it."""

    port: int
    got: list[Got] = field(default_factory=list)
    behaviour: dict[str, str] = field(default_factory=dict)  # path -> another behaviour
    slow_seconds: float = 3.0
    on_delivery: Callable[[Got], None] = lambda _got: None
    most_at_once: int = 0
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def deliveries(self, path: str = "") -> list[Got]:
        return [got for got in self.got if got.method == "POST" and got.path.startswith(path)]

    def asked(self, path: str = "") -> list[Got]:
        return [got for got in self.got if got.method == "GET" and got.path.startswith(path)]


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True
    readers: Readers


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        got = self._take()
        challenge = got.query.get("hub.challenge", [""])[0]
        match self._behaviour(got):
            case "forger":
                self._answer(200, b"not the challenge")
            case "mover":
                self._answer(302, challenge.encode(), {"Location": self.server.readers.url("/well/moved")})
            case "none":
                self._answer(404)
            case "packer":
                self._answer(200, gzip.compress(challenge.encode()), {"Content-Encoding": "gzip"})
            case "bomber":
                self._answer(200, gzip.compress(b"0" * 10**7), {"Content-Encoding": "gzip"})
            case _:
                self._answer(200, challenge.encode())

    def do_POST(self) -> None:
        got = self._take()
        if len(got.body) < int(self.headers["Content-Length"]):
            return  # who sent it died
        readers = self.server.readers
        with readers.lock:
            readers.at_once += 1
            readers.most_at_once = max(readers.most_at_once, readers.at_once)
        try:
            readers.on_delivery(got)
            if self._behaviour(got) == "slow":
                time.sleep(readers.slow_seconds)
        finally:  # before the answer: who gets it may come again before this thread goes on
            with readers.lock:
                readers.at_once -= 1
        self._answer_delivery(got)

    def _answer_delivery(self, got: Got) -> None:
        match self._behaviour(got):
            case "gone":
                self._answer(410)
            case "broken":
                self._answer(500, b"out of order", {"Retry-After": "600"})
            case "mover":
                self._answer(307, b"", {"Location": self.server.readers.url("/well/moved")})
            case "slow":
                self._answer(200)
            case _:
                self._answer(202)

    def _take(self) -> Got:
        parts = urlsplit(self.path)
        got = Got(
            method=self.command,
            path=parts.path,
            query=parse_qs(parts.query),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length", "0"))),
        )
        if len(got.body) == int(self.headers.get("Content-Length", "0")):
            with self.server.readers.lock:
                self.server.readers.got.append(got)
        return got

    def _behaviour(self, got: Got) -> str:
        return self.server.readers.behaviour.get(got.path, got.path.split("/")[1])

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the guest has left

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def reader_server() -> Iterator[Readers]:
    """A server on a free port."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.readers = Readers(port=server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.readers
        finally:
            server.shutdown()
            thread.join()
