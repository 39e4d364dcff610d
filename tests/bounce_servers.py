"""Servers of IMAP and POP3 that do as they are told, for what a real one does not do on demand.

A script is a function from a command (without its tag) to the lines of a reply, or None: then the
server says nothing for as long as the client stays. One connection after another, in a thread.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Script = Callable[[str], list[str] | None]


@dataclass
class Served:
    """Where it listens, and what it was told."""

    port: int
    said: list[str] = field(default_factory=list)
    connections: int = 0


@contextmanager
def scripted(greeting: str, script: Script) -> Iterator[Served]:
    """`{tag}` in a line of a reply stands for the tag of the command; of POP3 there is none."""
    listener = socket.create_server(("127.0.0.1", 0))
    served = Served(port=listener.getsockname()[1])
    stopping = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                served.connections += 1
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(10)
                    _talk(connection, greeting, script, served, stopping)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(12)
        assert not thread.is_alive()


def _talk(connection: socket.socket, greeting: str, script: Script, served: Served, stopping: threading.Event) -> None:
    connection.sendall(f"{greeting}\r\n".encode())
    is_imap = greeting.startswith("*")
    tag = ""
    with connection.makefile("rb") as lines:
        for line in lines:
            text = line.rstrip(b"\r\n").decode()
            if is_imap and " " in text:
                tag, _, text = text.partition(" ")
            served.said.append(text)
            reply = script(text)
            if reply is None:
                stopping.wait(10)
                return
            connection.sendall("".join(f"{one}\r\n" for one in reply).replace("{tag}", tag).encode())
            if text.startswith(("LOGOUT", "QUIT")) or any(one.startswith("* BYE") for one in reply):
                return
