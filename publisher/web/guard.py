"""Around every request: headers that keep readers safe, and one line in the log.

The log has method, path, status and time, and nothing about people: no address, no query,
no referrer, and of a path with a token in it not the token.
"""

from __future__ import annotations

import logging
import re
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.web.pages import HEADERS, PAGE_POLICY

LONGEST_PATH = 200
FRAMING, POLICY = "X-Frame-Options", "Content-Security-Policy"
_TOKEN = re.compile(r"[0-9A-Za-z]{32,}")  # see publisher/tokens.py; longer ones were badly copied
_AFTER_PERSONAL = re.compile(r"(/(?:unsubscribe|preferences|test-letter|confirm|you)/).*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware, outermost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status != 304:  # what the client keeps has them
                    headers = MutableHeaders(scope=message)
                    for name, value in HEADERS.items():
                        if name != FRAMING or "frame-ancestors 'none'" in headers.get(POLICY, PAGE_POLICY):
                            headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        finally:
            _write_line(scope, status, time.perf_counter() - begun)


def _write_line(scope: Scope, status: int, seconds: float) -> None:
    path = shown_path(scope["path"])
    facts = {"method": scope["method"], "path": path, "status": status, "milliseconds": round(seconds * 1000, 1)}
    log.info("%s %s %d", scope["method"], path, status, extra=facts)


def shown_path(path: str) -> str:
    """A path as it may stand in a log: one line, not too long, no token."""
    hidden = _TOKEN.sub("…", _AFTER_PERSONAL.sub(r"\1…", path))
    return _CONTROLS.sub("?", hidden)[:LONGEST_PATH]
