"""Somebody else's site, on this machine: a column's page that names no feed, and the stories it leads to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAGE = """<!doctype html><html lang="en"><head><title>Quay Letters</title></head>
<body><nav><a href="/about">About us all here</a></nav><h1>Quay Letters</h1>
<ul class="list">{items}</ul></body></html>"""
ITEM = '<li class="story"><h2><a href="/stories/{n}">Story number {n} of the quay</a></h2></li>'
STORY = """<!doctype html><html lang="en"><head><title>Story number {n} of the quay</title></head><body><article>
<h1>Story number {n} of the quay</h1><p class="writer">By Sunniva Dahl</p>
<time datetime="2026-02-0{n}T07:00:00Z">then</time><div class="story-text">
<p>The {n} boats came in at dusk, and nobody on the quay had counted on so many of them.</p>
<p>They tied up two abreast, as one does, and the harbour master wrote each name into his book by lamplight.</p></div>
<aside class="more"><h2>More stories</h2><a href="/stories/9"><h3>The ninth boat</h3></a></aside>
<p class="blurb">Sunniva Dahl writes about boats.</p></article></body></html>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abroad:
    port: int

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, text = _answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


def _answer(path: str) -> tuple[int, str]:
    if path == "/page":
        return 200, PAGE.format(items="".join(ITEM.format(n=n) for n in (2, 1)))
    if path.startswith("/stories/"):
        return 200, STORY.format(n=path[-1])
    return 404, "no"


@contextmanager
def abroad_site() -> Iterator[Abroad]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Abroad(port=server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
