"""A real SMTP server for tests that does as it is told: records all, and fails on purpose.

`answer` is asked before each reply with the verb, its argument and how many letters were
taken so far; it returns a reply line, a `Fault`, or None for the usual reply. Verbs are
the commands, `GREETING`, `BODY` (asked when 354 was said, before the body is read) and
`END` (after the final dot); of a letter by BDAT, `BODY` (asked before the chunk is read) and
`BDAT` (after it). Logins by token are spoken as Google and Microsoft do it, where
`takes_token` says which tokens are good. One thread a connection, blocking sockets: nothing here shares
a line with the code under test.
"""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType

OFFER = ("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")
CHUNKS = (*OFFER, "CHUNKING")
PATIENCE_SECONDS = 20.0


class Fault(Enum):
    CUT = auto()  # close without a word
    SILENCE = auto()  # say nothing until the other side goes away
    RESET = auto()  # close with a reset


_VERBS = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "RSET", "QUIT"}

# What Google documents for XOAUTH2, and RFC 7628 §3.1 for OAUTHBEARER; then what ends a refusal.
_TOKENS = {
    "XOAUTH2": re.compile(r"user=(?P<user>[^\x01]+)\x01auth=Bearer (?P<token>[^\x01]+)\x01\x01"),
    "OAUTHBEARER": re.compile(
        r"n,a=(?P<user>[^,]+),\x01host=localhost\x01port=\d+\x01auth=Bearer (?P<token>[^\x01]+)\x01\x01"
    ),
}
_SEEN = {"XOAUTH2": b"", "OAUTHBEARER": b"AQ=="}

Answer = Callable[[str, str, int], "bytes | Fault | None"]


def as_usual(verb: str, argument: str, taken: int) -> bytes | Fault | None:
    return None


@dataclass(frozen=True)
class Caught:
    """One letter as it came: the parameters of its envelope, its body with dots unstuffed."""

    mail: str
    rcpt: tuple[str, ...]
    body: bytes

    @property
    def recipient(self) -> str:
        return self.rcpt[0].partition("<")[2].partition(">")[0]


@dataclass
class Relay:
    """`with Relay(...) as relay:` listens on `relay.port`."""

    answer: Answer = as_usual
    offer: tuple[str, ...] | None = OFFER  # None: EHLO is unknown
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    takes_token: Callable[[str], bool] | None = None  # None: every AUTH is welcome
    drip: bool = False  # one byte at a time
    knows_bdat: bool = True  # False: it is an unknown command, and what follows it are more of them
    naive_data: bool = False  # 354 also where no recipient was accepted
    patience_seconds: float = PATIENCE_SECONDS  # a connection on which nothing comes for longer is closed
    letters: list[Caught] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    reads: list[bytes] = field(default_factory=list)  # what came in one piece
    logins: list[tuple[str, str, str]] = field(default_factory=list)  # mechanism, user, token
    connections: int = 0
    most_open: int = 0

    def __enter__(self) -> Relay:
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def url(self, scheme: str = "smtp", user: str = "") -> str:
        return f"{scheme}://{user + '@' if user else ''}localhost:{self.port}"

    def recipients(self) -> list[str]:
        return [letter.recipient for letter in self.letters]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with self._lock:
                    self._open.add(connection)
                    self.connections += 1
                    self.most_open = max(self.most_open, len(self._open))
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(self.patience_seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        talk = _Talk(self, connection)
        with contextlib.suppress(OSError, EOFError):
            talk.run()
        with self._lock:
            self._open.discard(connection)
        talk.close()


class _Talk:
    def __init__(self, relay: Relay, connection: socket.socket) -> None:
        self.relay = relay
        self.socket = connection
        self.buffer = b""
        self.mail = ""
        self.rcpt: list[str] = []

    def close(self) -> None:
        self.socket.close()

    def run(self) -> None:
        if self.relay.implicit_tls:
            self._start_tls()
        self._reply("GREETING", "", b"220 relay.example ESMTP")
        while True:
            line = self._until(b"\r\n").decode()
            self.relay.commands.append(line)
            verb, _, argument = line.partition(" ")
            verb = verb.upper()
            if verb == "STARTTLS" and self.relay.tls:
                self._reply(verb, argument, b"220 go on")
                self._start_tls()
            elif verb == "AUTH" and self.relay.takes_token:
                self._log_in(argument, self.relay.takes_token)
            elif verb == "DATA":
                self._data()
            elif verb == "BDAT" and self.relay.knows_bdat:
                self._chunk(argument)
            else:
                said = self._reply(verb, argument, self._usual(verb))
                self._note(verb, argument, accepted=said.startswith(b"2"))
                if verb == "QUIT" or said.startswith(b"421"):
                    return

    def _usual(self, verb: str) -> bytes:
        if verb not in _VERBS:
            return b"502 5.5.2 what?"
        if verb == "EHLO" and self.relay.offer is None:
            return b"500 what?"
        if verb == "EHLO":
            lines = ["relay.example", *(self.relay.offer or ())]
            head = "".join(f"250-{line}\r\n" for line in lines[:-1])
            return f"{head}250 {lines[-1]}".encode()
        if verb == "MAIL" and self.mail:
            return b"503 5.5.1 nested MAIL"
        if verb == "RCPT" and not self.mail:
            return b"503 5.5.1 MAIL first"
        if verb == "AUTH":
            return b"235 2.7.0 welcome"
        return b"221 bye" if verb == "QUIT" else b"250 2.0.0 ok"

    def _log_in(self, argument: str, takes: Callable[[str], bool]) -> None:
        mechanism, _, response = argument.partition(" ")
        if not response:
            self.socket.sendall(b"334 \r\n")
            response = self._until(b"\r\n").decode()
        said = base64.b64decode(response, validate=True).decode()
        pattern = _TOKENS[mechanism]
        found = pattern.fullmatch(said)
        assert found, f"{mechanism}: {said!r}"
        self.relay.logins.append((mechanism, found["user"], found["token"]))
        if takes(found["token"]):
            self._reply("AUTH", argument, b"235 2.7.0 Accepted")
            return
        refusal = base64.b64encode(b'{"status":"401","schemes":"Bearer","scope":"mail"}')
        self.socket.sendall(b"334 " + refusal + b"\r\n")
        assert self._until(b"\r\n") == _SEEN[mechanism]
        self._reply("AUTH", argument, b"535 5.7.8 Username and Password not accepted")

    def _note(self, verb: str, argument: str, *, accepted: bool) -> None:
        if accepted and verb == "MAIL":
            self.mail = argument
        elif accepted and verb == "RCPT":
            self.rcpt.append(argument)
        elif verb in ("RSET", "EHLO", "HELO"):
            self.mail, self.rcpt = "", []

    def _data(self) -> None:
        usual = b"354 go on" if self.rcpt or (self.mail and self.relay.naive_data) else b"503 5.5.1 no recipient"
        said = self._reply("DATA", "", usual)
        if not said.startswith(b"354"):
            return
        self._fail_if_told("BODY")
        self.buffer = b"\r\n" + self.buffer
        body = self._until(b"\r\n.\r\n").removeprefix(b"\r\n").replace(b"\r\n..", b"\r\n.")
        body = body[1:] if body.startswith(b"..") else body
        caught = Caught(self.mail, tuple(self.rcpt), body + b"\r\n")
        said = self._reply("END", self._recipient, b"250 2.0.0 taken" if self.rcpt else b"554 5.5.1 nobody", caught)
        self.mail, self.rcpt = "", []

    def _chunk(self, argument: str) -> None:
        """RFC 3030 §2: what cannot be taken is read and dropped before it is refused."""
        size, last = argument.split()
        assert last == "LAST"
        self._fail_if_told("BODY")
        while len(self.buffer) < int(size):
            self._read()
        body, self.buffer = self.buffer[: int(size)], self.buffer[int(size) :]
        caught = Caught(self.mail, tuple(self.rcpt), body)
        usual = b"250 2.0.0 taken" if self.rcpt else b"503 5.5.1 RCPT first"
        said = self._reply("BDAT", self._recipient, usual, caught)
        if said.startswith(b"2"):
            self.mail, self.rcpt = "", []  # a refused one leaves its transaction open, as real servers do

    def _fail_if_told(self, verb: str) -> None:
        cut = self.relay.answer(verb, self._recipient, len(self.relay.letters))
        if isinstance(cut, Fault):
            self._fail(cut)

    @property
    def _recipient(self) -> str:
        return self.rcpt[0] if self.rcpt else ""

    def _reply(self, verb: str, argument: str, usual: bytes, caught: Caught | None = None) -> bytes:
        told = self.relay.answer(verb, argument, len(self.relay.letters))
        said = usual if told is None else told
        if caught and caught.rcpt and (isinstance(said, Fault) or said.startswith(b"2")):
            self.relay.letters.append(caught)
        if isinstance(said, Fault):
            self._fail(said)
            return b""
        data = said + b"\r\n"
        if self.relay.drip:
            for number in range(len(data)):
                self.socket.sendall(data[number : number + 1])
        else:
            self.socket.sendall(data)
        return said

    def _fail(self, fault: Fault) -> None:
        if fault is Fault.RESET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        while fault is Fault.SILENCE and self.socket.recv(2**18):
            pass
        raise EOFError

    def _until(self, end: bytes) -> bytes:
        while end not in self.buffer:
            self._read()
        found, _, self.buffer = self.buffer.partition(end)
        return found

    def _read(self) -> None:
        data = self.socket.recv(2**18)
        if not data:
            raise EOFError
        self.relay.reads.append(data)
        self.buffer += data

    def _start_tls(self) -> None:
        assert self.relay.tls
        self.socket = self.relay.tls.wrap_socket(self.socket, server_side=True)
        self.buffer, self.mail, self.rcpt = b"", "", []
