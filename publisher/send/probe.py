"""Probe: one connection to a relay, as the sender makes it, with nothing sent over it.

It goes through the same steps as a connection that is to carry letters (`opening.py`): greeting,
EHLO, TLS where it is asked for, the login; then it says QUIT. What a relay offers and what is
wrong with it are values; nothing here raises.

Standards: RFC 5321 §3.1 and §4.1.1.10, RFC 3207, RFC 8314. Known weakness: a relay that takes a
login and refuses letters is found out by letters alone.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from publisher.send.actions import StartTls, Terms, Token, Trouble, Write
from publisher.send.commands import Offer
from publisher.send.login import Mechanism
from publisher.send.opening import Opening
from publisher.send.relay import Relay, Scheme
from publisher.send.replies import Garbage, Reply, ReplyReader
from publisher.send.tls import tls_context, tls_trouble, words_of

LONGEST_SECONDS = 30.0  # for all of it
READ_BYTES = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What was found."""

    problem: str = ""  # why letters cannot go by it, in a sentence; "": they can
    offer: Offer = field(default_factory=Offer)
    login: Mechanism | None = None  # by which it let us in; None: nobody logged in
    tls: str = ""  # its version, e.g. `TLSv1.3`; "": nothing is encrypted
    certificate_ends: datetime | None = None
    seconds: float = 0.0  # from the first packet until it would take letters


def probe(relay: Relay) -> Probe:
    """Connect, greet, encrypt, log in, say goodbye."""
    visit = _Visit(relay)
    try:
        return visit.made()
    except TimeoutError:
        return visit.found(
            f"it did not answer within {visit.patience_seconds:g} seconds; check its url and the network"
        )
    except ssl.SSLError as wrong:
        return visit.found(tls_trouble(wrong).problem)
    except OSError as wrong:
        return visit.found(f"it cannot be reached: {words_of(wrong)}; check its url and the network")
    except EOFError:
        return visit.found("it closed the connection")
    finally:
        visit.close()


class _Visit:
    """One connection, stop and wait."""

    def __init__(self, relay: Relay) -> None:
        self.patience_seconds = min(LONGEST_SECONDS, relay.timeout.total_seconds())
        self._relay = relay
        self._socket: socket.socket | None = None
        self._reader = ReplyReader()
        self._replies: deque[Reply | Garbage] = deque()  # read, and not yet looked at
        self._began = time.monotonic()
        self._offer = Offer()
        self._is_in = False
        self._tls = ""
        self._certificate_ends: datetime | None = None

    def made(self) -> Probe:
        relay = self._relay
        self._socket = socket.create_connection((relay.host, relay.port), timeout=self.patience_seconds)
        if relay.scheme is Scheme.TLS:
            self._encrypt()
        problem = self._open()
        found = self.found(problem)
        if not problem:
            self._say_goodbye()
        return found

    def found(self, problem: str) -> Probe:
        login = self._relay.login
        return Probe(
            problem=problem,
            offer=self._offer,
            login=login.choose(self._offer.auth) if login and self._is_in else None,
            tls=self._tls,
            certificate_ends=self._certificate_ends,
            seconds=time.monotonic() - self._began,
        )

    def close(self) -> None:
        if self._socket:
            self._socket.close()

    def _open(self) -> str:
        """The sentence about what went wrong; "" where letters would go now."""
        opening = Opening(self._terms())
        while True:
            reply = self._reply()
            if isinstance(reply, Garbage):
                return f"it does not speak SMTP: {reply.problem}"
            then = opening.answer(reply)
            if isinstance(then, StartTls):
                self._reader.discard()  # RFC 3207 §4.2: what came before TLS says nothing
                self._replies.clear()
                self._encrypt()
                then = opening.encrypted()
            elif not isinstance(then, Write | Offer | Trouble):
                assert self._relay.tokens is not None  # noqa: S101  no other login asks for one
                token = self._relay.tokens.get(refused=then.refused)
                then = opening.token(token) if isinstance(token, Token) else token
            if isinstance(then, Trouble):
                return then.problem
            if isinstance(then, Offer):
                self._offer, self._is_in = then, True
                return ""
            self._connected.sendall(then.data)

    def _say_goodbye(self) -> None:
        with contextlib.suppress(OSError, EOFError):  # nothing hangs on how it says farewell
            self._connected.sendall(b"QUIT\r\n")
            self._reply()

    def _reply(self) -> Reply | Garbage:
        while not self._replies:
            left = self._began + self.patience_seconds - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._connected.settimeout(left)
            data = self._connected.recv(READ_BYTES)
            if not data:
                raise EOFError
            self._replies.extend(self._reader.read(data))
        return self._replies.popleft()

    def _encrypt(self) -> None:
        context = tls_context(self._relay.ca_file)
        self._socket = encrypted = context.wrap_socket(self._connected, server_hostname=self._relay.host)
        self._tls = encrypted.version() or ""
        ends = (encrypted.getpeercert() or {}).get("notAfter")
        if isinstance(ends, str):
            self._certificate_ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)

    def _terms(self) -> Terms:
        relay = self._relay
        host = str(self._connected.getsockname()[0]).partition("%")[0]
        return Terms(
            hello=relay.hello or (f"[IPv6:{host}]" if ":" in host else f"[{host}]"),
            encrypted=relay.scheme is Scheme.TLS,
            starttls=relay.scheme is Scheme.STARTTLS,
            loopback=relay.is_loopback,
            login=relay.login,
        )

    @property
    def _connected(self) -> socket.socket:
        assert self._socket is not None  # noqa: S101  made first of all
        return self._socket
