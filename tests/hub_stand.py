"""A small real hub for tests: it takes requests, verifies by calling back, and pushes what it is told to.

It speaks with whatever answers at the callback, over real HTTP.
"""

from __future__ import annotations

import hmac
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

SECONDS = 10.0


@dataclass
class Hub:
    """The hub as tests see it."""

    status: int = 202  # what it answers to a request
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    lease_seconds: int = 1000
    verifies_first: bool = False  # before it answers the request
    port: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)  # the forms that came

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hub"

    def verify(self, form: dict[str, str] | None = None, **changed: str) -> tuple[int, str]:
        """Call back about what was asked last; what was answered."""
        asked = form or self.asked[-1]
        query = {
            "hub.mode": asked["hub.mode"],
            "hub.topic": asked["hub.topic"],
            "hub.challenge": "a-challenge",
            "hub.lease_seconds": str(self.lease_seconds),
        }
        query |= {f"hub.{name}": value for name, value in changed.items()}
        return get(f"{asked['hub.callback']}?{urlencode(query)}")

    def push(self, content: bytes, *, method: str = "sha256", signature: str | None = None, kind: str = "") -> int:
        """Send a document to who asked last, signed unless a signature is given."""
        asked = self.asked[-1]
        mac = hmac.digest(asked["hub.secret"].encode(), content, method).hex()
        signed = f"{method}={mac}" if signature is None else signature
        headers = {"X-Hub-Signature": signed, "Content-Type": kind or "application/rss+xml"}
        return send(asked["hub.callback"], content, headers)


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def send(url: str, content: bytes, headers: dict[str, str]) -> int:
    request = urllib.request.Request(url, data=content, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


@contextmanager
def hub_stand() -> Iterator[Hub]:
    """A hub on a free port."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
            form = {name: values[0] for name, values in parse_qs(body, strict_parsing=True).items()}
            if hub.verifies_first:
                hub.verify(form)
            hub.asked.append(form)  # before the answer: who gets it looks here at once
            self.send_response(hub.status)
            for name, value in {"Content-Length": str(len(hub.content)), **hub.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(hub.content)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
