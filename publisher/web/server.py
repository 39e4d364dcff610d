"""The server: uvicorn in a thread, on a socket that is bound before anything else starts.

Signals are the business of whoever starts it: `stop` ends it, and answers what is being
answered first. A `StandingServer` stays while the application behind its gate changes; only where
it listens somewhere else does a new server take its place. What a proxy says about clients is not
believed, since nothing here needs to know them.
"""

from __future__ import annotations

import errno
import logging
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from publisher.errors import Busy, PublisherError
from publisher.web.gate import Gate

GRACE_SECONDS = 5  # for requests that are being answered when it is stopped
START_SECONDS = 10.0
_LOOK_EVERY_SECONDS = 0.01

log = logging.getLogger(__name__)


class RunningServer:
    """A server that accepts connections."""

    def __init__(self, server: uvicorn.Server, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self._server = server
        self._thread = threading.Thread(target=server.run, args=([listener],), name="web", daemon=True)

    def start(self) -> None:
        self._thread.start()
        patience = threading.Event()
        waited = 0.0
        while not self._server.started:
            if not self._thread.is_alive() or waited > START_SECONDS:
                raise PublisherError("the web server did not start; the log has more")
            patience.wait(_LOOK_EVERY_SECONDS)
            waited += _LOOK_EVERY_SECONDS

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Return when the last answer is given, or its time is over."""
        self._server.should_exit = True
        self._thread.join(GRACE_SECONDS * 2)


def serve_in_thread(app: ASGIApp, host: str, port: int) -> RunningServer:
    """Serve `app`; port 0 takes a free one. Raises Busy where another program has the port."""
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        access_log=False,  # guard.py writes one
        log_config=None,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # Its lines would hold tokens; no log settings may bring it back.
    logging.getLogger("uvicorn.access").disabled = True
    running = RunningServer(uvicorn.Server(config), listener)
    running.start()
    return running


class StandingServer:
    """Listens for as long as it stands; who answers is put in and taken out."""

    def __init__(self) -> None:
        self._gate = Gate()
        self._place: tuple[str, int] | None = None
        self._server: RunningServer | None = None
        self._next: tuple[tuple[str, int], RunningServer] | None = None

    def prepare(self, host: str, port: int) -> None:
        """Listen there, too, so that `move` cannot fail. Raises Busy, PublisherError; then all is as it was."""
        self._drop_next()
        if (host, port) != self._place:
            self._next = (host, port), serve_in_thread(self._gate, host, port)

    def move(self, host: str, port: int) -> int:
        """Listen there and nowhere else; the port. Raises as `prepare` does."""
        if self._next is None or self._next[0] != (host, port):
            self.prepare(host, port)
        if self._next:
            old, (self._place, self._server), self._next = self._server, self._next, None
            if old:
                threading.Thread(target=old.stop, name="web.old").start()  # who waits there is answered first
        assert self._server  # noqa: S101  prepare raises else
        return self._server.port

    def open(self, app: ASGIApp) -> None:
        self._gate.open(app)

    def shut(self) -> None:
        """Return when nobody asks the application any more; new requests wait for the next one."""
        self._gate.shut()

    @property
    def is_alive(self) -> bool:
        return self._server is not None and self._server.is_alive

    def stop(self) -> None:
        """Return when the last answer is given, or its time is over."""
        self._gate.end()
        self._drop_next()
        if self._server:
            self._server.stop()

    def _drop_next(self) -> None:
        if self._next:
            self._next[1].stop()
            self._next = None


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as wrong:
        raise PublisherError(f"web.host {host!r} is not an address of this machine: {wrong.strerror}") from wrong
    listener = socket.socket(family, kind, proto)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as wrong:
        listener.close()
        raise _in_our_words(wrong, host, port) from wrong
    return listener


def _in_our_words(wrong: OSError, host: str, port: int) -> PublisherError:
    if wrong.errno == errno.EADDRINUSE:
        return Busy(f"another program uses {host}:{port}; stop it, or set another `web.port`")
    if wrong.errno in (errno.EACCES, errno.EPERM):
        return PublisherError(f"only root may use {host}:{port}; set a `web.port` of 1024 or more")
    return PublisherError(f"cannot serve on {host}:{port}: {wrong.strerror}; check `web.host` and `web.port`")
