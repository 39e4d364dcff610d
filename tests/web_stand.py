"""A small real web server for tests of fetching: answers by path, and notes who asked."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Answer:
    """What the server says at one path."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause_seconds: float = 0  # between one byte and the next
    lying_length: int | None = None  # a Content-Length that is not so


@dataclass
class Stand:
    """The server as tests see it."""

    port: int
    answers: dict[str, Answer]
    asked: list[dict[str, str]]  # headers of each request, names in lower case

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def web_stand(**answers: Answer) -> Iterator[Stand]:
    """A server on a free port; `feed=Answer(…)` stands at `/feed`."""
    by_path = {f"/{name}": answer for name, answer in answers.items()}
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append({name.lower(): value for name, value in self.headers.items()})
            answer = by_path.get(self.path, Answer(status=404))
            self.send_response(answer.status)
            length = len(answer.content) if answer.lying_length is None else answer.lying_length
            for name, value in {"Content-Length": str(length), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self._write(answer)

        def _write(self, answer: Answer) -> None:
            try:
                if not answer.pause_seconds:
                    self.wfile.write(answer.content)
                    return
                for byte in answer.content:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(answer.pause_seconds)
            except OSError:
                self.close_connection = True  # the guest has left

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Stand(port=server.server_port, answers=by_path, asked=asked)
        finally:
            server.shutdown()
            thread.join()


def packed(content: bytes) -> Answer:
    """An answer that is gzipped on the wire."""
    return Answer(content=gzip.compress(content), headers={"Content-Encoding": "gzip"})
