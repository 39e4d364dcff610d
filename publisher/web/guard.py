"""Around every request: headers that keep readers safe, and one line in the log.

The log has method, path, status and time, and nothing about people: no address, no query,
no referrer, and of a path with a token in it not the token. The line is there before the end
of the answer is, so that who has the answer finds the line.
"""

from __future__ import annotations

import logging
import re
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.web.pages import HEADERS, PAGE_POLICY

LONGEST_PATH = 200
WITHOUT_BODY = (204, 304)  # their head is all (RFC 9110 §6.4.1)
FRAMING, POLICY = "X-Frame-Options", "Content-Security-Policy"
_TOKEN = re.compile(r"[0-9A-Za-z]{32,}")  # see publisher/tokens.py; longer ones were badly copied
_AFTER_PERSONAL = re.compile(r"(/(?:unsubscribe|preferences|test-letter|confirm|you|desk/(?:first|invite|reset))/).*")
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
        line = _Line(scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                line.status = message["status"]
                _make_safe(message)
                if line.status in WITHOUT_BODY or scope["method"] == "HEAD":
                    line.write()
            elif not message.get("more_body", False):
                line.write()
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        finally:
            line.write()  # also of an answer that never came to its end


def _make_safe(start: Message) -> None:
    if start["status"] == 304:  # what the client keeps has them
        return
    headers = MutableHeaders(scope=start)
    for name, value in HEADERS.items():
        if name != FRAMING or "frame-ancestors 'none'" in headers.get(POLICY, PAGE_POLICY):
            headers.setdefault(name, value)


class _Line:
    """What the log gets of one request, once."""

    __slots__ = ("_begun", "_scope", "_written", "status")

    def __init__(self, scope: Scope) -> None:
        self.status = 500
        self._scope = scope
        self._begun = time.perf_counter()
        self._written = False

    def write(self) -> None:
        if self._written:
            return
        self._written = True
        method, path = self._scope["method"], shown_path(self._scope["path"])
        milliseconds = round((time.perf_counter() - self._begun) * 1000, 1)
        facts = {"method": method, "path": path, "status": self.status, "milliseconds": milliseconds}
        log.info("%s %s %d", method, path, self.status, extra=facts)


def shown_path(path: str) -> str:
    """A path as it may stand in a log: one line, not too long, no token."""
    hidden = _TOKEN.sub("…", _AFTER_PERSONAL.sub(r"\1…", path))
    return _CONTROLS.sub("?", hidden)[:LONGEST_PATH]
