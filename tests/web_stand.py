"""A small real web server for tests of fetching: answers by path, and notes who asked."""

from __future__ import annotations

import gzip
import ssl
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
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
    names: list[str | None]  # that TLS was asked for (SNI), before anything else was said

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def web_stand(certificate: Path | None = None, /, **answers: Answer) -> Iterator[Stand]:
    """A server on a free port; `feed=Answer(…)` stands at `/feed`. With a certificate (and its key) it speaks TLS."""
    by_path = {f"/{name}": answer for name, answer in answers.items()}
    asked: list[dict[str, str]] = []
    names: list[str | None] = []

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

        def handle(self) -> None:
            with suppress(ssl.SSLError, ConnectionError):  # a guest who does not trust us
                super().handle()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate:
            server.socket = _over_tls(certificate, names).wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Stand(port=server.server_port, answers=by_path, asked=asked, names=names)
        finally:
            server.shutdown()
            thread.join()


def _over_tls(certificate: Path, names: list[str | None]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _line, name, _context: names.append(name)
    return context


def packed(content: bytes) -> Answer:
    """An answer that is gzipped on the wire."""
    return Answer(content=gzip.compress(content), headers={"Content-Encoding": "gzip"})


@cache
def bomb(mebibytes: int, filler: bytes = b"\0") -> Answer:
    """Packed, and never whole in memory here either; a mebibyte is packed once and repeated."""
    mebibyte = (filler * 2**20)[: 2**20]
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    block = packer.compress(mebibyte) + packer.flush(zlib.Z_FULL_FLUSH)  # refers to nothing before it
    checksum = 0
    for _ in range(mebibytes):
        checksum = zlib.crc32(mebibyte, checksum)
    end = packer.flush() + struct.pack("<LL", checksum, mebibytes * 2**20)
    content = b"\x1f\x8b\x08" + bytes(6) + b"\xff" + block * mebibytes + end
    return Answer(content, headers={"Content-Encoding": "gzip"})
