"""A token server for tests: real HTTP(S) on loopback; it hands out token-1, token-2, and so on."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any
from urllib.parse import parse_qsl


@dataclass
class TokenServer:
    """What it says to each form, and the forms that came."""

    says: dict[str, Any] | bytes = field(default_factory=dict)  # beside, or in place of, the usual answer
    status: int = 200
    pause_seconds: float = 0.0
    url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)

    def answer(self) -> bytes:
        if isinstance(self.says, bytes):
            return self.says
        usual = {"access_token": f"token-{len(self.forms)}", "token_type": "Bearer", "expires_in": 3600}
        return json.dumps({**(usual if self.status == 200 else {}), **self.says}).encode()


@contextmanager
def token_server(*, tls: ssl.SSLContext | None = None, **says: Any) -> Iterator[TokenServer]:
    stand = TokenServer(**says)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                stand.forms.append(dict(parse_qsl(body.decode(), strict_parsing=True)))
                stand.heads.append({name.lower(): value for name, value in self.headers.items()})
                answer = stand.answer()
            sleep(stand.pause_seconds)
            try:
                self.send_response(stand.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            except OSError:
                self.close_connection = True  # who asked has left

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        stand.url = f"{'https' if tls else 'http'}://localhost:{server.server_port}/token"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield stand
        finally:
            server.shutdown()
            thread.join()
