"""An LMTP server (RFC 2033) that an MTA on this machine hands bounces to.

It listens on a socket in the file system, or on this machine's own address. 250 is said, for each
recipient by itself, only after the message is stored; what could not be stored is 451 and the MTA
keeps it; what is too long is 552.

It relays nothing and knows no TLS and no login: who may connect is who may open the socket. One
thread a connection, a bounded number of them. aiosmtpd's LMTP was looked at, and not taken: it
answers once for several recipients where it refuses a message, and takes no line beyond 1,001 octets.

Standard: RFC 2033; what is said stands in `lmtptalk.py`.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, cast

from publisher.bounce.lmtptalk import Talk
from publisher.bounce.mailbox import LARGEST_BYTES, Store
from publisher.errors import MailboxError

MOST_CONNECTIONS = 20
IDLE_SECONDS = 300.0
LOOK_EVERY_SECONDS = 5.0  # whether it listens still
HEARD_OUT_SECONDS, HEARD_OUT_BYTES = 1.0, 2**20  # at the end of a connection

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where it listens: a socket's file, or a port of this machine's own address."""

    path: Path | None = None
    mode: int = 0o660  # who may open the file: the MTA is in its group
    port: int = 0  # 0: any that is free

    def describe(self) -> str:
        return f"lmtp+unix:{self.path}" if self.path else f"lmtp://127.0.0.1:{self.port}"


class LmtpServer:
    """`with LmtpServer(listening, store): ...`; `store` is called by several threads."""

    def __init__(self, listening: Listening, store: Store, *, largest_bytes: int = LARGEST_BYTES) -> None:
        self._listening = listening
        self._store = store
        self._largest_bytes = largest_bytes
        self._room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._server: _OverTcp | _OverFile | None = None
        self._thread = threading.Thread(target=self._serve, name="lmtp", daemon=True)

    @property
    def port(self) -> int:
        """Known once it runs; 0 on a socket's file."""
        return self._server.server_address[1] if isinstance(self._server, _OverTcp) else 0

    def wait(self, stopped: Callable[[float], bool]) -> None:
        """Until `stopped` says so. Raises MailboxError where it listens no more for any other reason."""
        while not stopped(LOOK_EVERY_SECONDS):
            if not self._thread.is_alive():
                raise MailboxError(mailbox=self._listening.describe(), problem="it listens no more", permanent=False)

    def __enter__(self) -> LmtpServer:
        path = self._listening.path
        try:
            self._server = self._on_file(path) if path else _OverTcp(("127.0.0.1", self._listening.port), _Handler)
        except OSError as wrong:
            problem = f"it cannot listen there: {wrong.strerror or wrong}; choose another place, or stop who has it"
            raise MailboxError(mailbox=self._listening.describe(), problem=problem, permanent=True) from None
        self._server.talk = self._talk
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            if self._listening.path:
                self._listening.path.unlink(missing_ok=True)

    def _on_file(self, path: Path) -> _OverFile:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not _answers(path):
            path.unlink()  # of a process that was killed
        server = _OverFile(str(path), _Handler)
        path.chmod(self._listening.mode)
        return server

    def _serve(self) -> None:
        if self._server:
            self._server.serve_forever(poll_interval=0.1)

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            with connection.makefile("rwb") as wire:
                self._talk_over(cast("IO[bytes]", wire))
            _hear_out(connection)

    def _talk_over(self, wire: IO[bytes]) -> None:
        if not self._room.acquire(blocking=False):
            wire.write(b"421 4.3.2 too many connections\r\n")
            return
        try:
            Talk(wire, self._store, self._largest_bytes).run()
        finally:
            self._room.release()


class _Handler(socketserver.BaseRequestHandler):
    """One connection, in a thread of its own."""

    server: _OverTcp | _OverFile

    def handle(self) -> None:
        self.request.settimeout(IDLE_SECONDS)
        self.server.talk(self.request)


class _Logging:
    """What nobody foresaw ends its connection, with nothing said: the MTA keeps the message."""

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002  as socketserver calls it
        log.exception("a connection by LMTP was ended by a fault of the program")


class _OverTcp(_Logging, socketserver.ThreadingTCPServer):
    talk: Callable[[socket.socket], None]
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False  # an MTA keeps connections open


class _OverFile(_Logging, socketserver.ThreadingUnixStreamServer):
    talk: Callable[[socket.socket], None]
    daemon_threads = True
    block_on_close = False


def _hear_out(connection: socket.socket) -> None:
    """To close while something comes that nobody reads takes the last reply back, too: the kernel resets it all."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(HEARD_OUT_SECONDS)
    left = HEARD_OUT_BYTES
    while left > 0 and (heard := connection.recv(2**16)):
        left -= len(heard)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return False
    return True
