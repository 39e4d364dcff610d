"""The gate before the application: the site behind it can be changed, and visitors wait a moment.

While it is shut, requests that are being answered are finished by the application they began with,
and new ones wait for the next, `PATIENCE_SECONDS` at most; then they are told to come again (503).
When `shut` returns, nothing asks the old application for anything any more.

Everything about requests happens in the server's event loop; only `_app` and `_busy` are looked at
from elsewhere. A request is counted before it looks for the application, so one that `shut` does not
count finds none.

Known weakness: a handler that still runs when its time is over is let go of, and its thread ends
when it ends; its answer goes nowhere.
"""

from __future__ import annotations

import asyncio
import time

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PATIENCE_SECONDS = 15.0
GRACE_SECONDS = 5.0
_LOOK_EVERY_SECONDS = 0.02
_COME_AGAIN = "The site is taking up a changed config.toml. Try again in a few seconds.\n"


class Gate:
    """An ASGI application that hands over to another, which may change."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self._is_over = False
        self._app: ASGIApp | None = None
        self._busy: dict[asyncio.Task[object], asyncio.AbstractEventLoop] = {}
        self._cut: set[asyncio.Task[object]] = set()

    def open(self, app: ASGIApp) -> None:
        """Let everybody in."""
        self._app = app

    def shut(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Let nobody in; return when the last one is out, or has been sent out."""
        self._app = None
        for end_of_patience in (grace_seconds, 1.0):
            until = time.monotonic() + end_of_patience
            while self._busy and time.monotonic() < until:
                time.sleep(_LOOK_EVERY_SECONDS)
            for task, loop in list(self._busy.items()):
                loop.call_soon_threadsafe(self._send_out, task)

    def end(self) -> None:
        """There will be no other application: who waits is told so at once."""
        self._is_over = True

    def _send_out(self, task: asyncio.Task[object]) -> None:
        if task in self._busy:
            self._cut.add(task)
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  the server runs each request as a task
        until = time.monotonic() + self._patience_seconds
        while True:
            self._busy[task] = asyncio.get_running_loop()
            app = self._app
            if app is not None:
                break
            del self._busy[task]
            if self._is_over or time.monotonic() >= until:
                await PlainTextResponse(_COME_AGAIN, 503, {"Retry-After": "5"})(scope, receive, send)
                return
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            if task not in self._cut:  # the server itself stops
                raise
        finally:
            del self._busy[task]
            self._cut.discard(task)
