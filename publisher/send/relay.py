"""Relay: an SMTP account that letters are sent through, as a value.

Responsible for reading a relay's URL and for what is safe in it (a login never goes
unencrypted to another machine). Connecting is the business of `session.py`.

Schemes: `smtp://` (port 25, unencrypted), `smtp+starttls://` (port 587, TLS required) and
`smtps://` (port 465, RFC 8314 §3.3). `catcher://` is made into a relay by `catcher.py`.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from publisher.config.addresses import ascii_host
from publisher.errors import RelayError
from publisher.send.actions import Terms
from publisher.send.login import BY_PASSWORD, BY_TOKEN, Login, Mechanism
from publisher.send.oauth import Tokens


class Scheme(StrEnum):
    PLAIN = "smtp"
    STARTTLS = "smtp+starttls"
    TLS = "smtps"


PORTS = {Scheme.PLAIN: 25, Scheme.STARTTLS: 587, Scheme.TLS: 465}


@dataclass(slots=True, kw_only=True)
class Learned:
    """What a relay turned out to be like, whatever it offers; all its connections share it."""

    knows_bdat: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where letters are handed over, and how."""

    name: str  # as in config.toml
    scheme: Scheme
    host: str
    port: int
    user: str = ""  # "": no login
    password: str = field(default="", repr=False)
    tokens: Tokens | None = field(default=None, repr=False, compare=False)  # for a login without a password
    mechanism: Mechanism | None = None  # the only one to log in by; None: the best that is offered
    connections: int = 4  # kept open at the same time
    per_connection: int = 100  # letters after which a connection is made anew
    timeout: timedelta = timedelta(minutes=5)  # for one answer (RFC 5321 §4.5.3.2)
    ca_file: Path | None = None  # certificates to trust instead of the system's
    chunking: bool = True  # letters go by BDAT where it is offered (RFC 3030)
    learned: Learned = field(default_factory=Learned, repr=False, compare=False)
    hello: str = ""  # our name in EHLO; "": our address, in brackets (RFC 5321 §4.1.3)

    def describe(self) -> str:
        """The relay for people and logs, without its password."""
        login = f"{quote(self.user)}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.name} ({self.scheme}://{login}{host}:{self.port})"

    @property
    def login(self) -> Login | None:
        if not self.user:
            return None
        ours = BY_TOKEN if self.tokens else BY_PASSWORD
        mechanisms = (self.mechanism,) if self.mechanism else ours
        return Login(user=self.user, password=self.password, mechanisms=mechanisms, host=self.host, port=self.port)

    def terms(self, our_address: tuple[str, int]) -> Terms:
        """On which a connection is made that begins at this address of ours."""
        return Terms(
            hello=self.hello or _address_literal(our_address[0]),
            encrypted=self.scheme is Scheme.TLS,
            starttls=self.scheme is Scheme.STARTTLS,
            loopback=self.is_loopback,
            login=self.login,
            chunking=self.chunking and self.learned.knows_bdat,
        )

    @property
    def is_loopback(self) -> bool:
        """Is it this very machine?"""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"


def read_relay(
    url: str,
    *,
    name: str,
    password: str = "",
    tokens: Tokens | None = None,
    mechanism: Mechanism | None = None,
    connections: int = 4,
    per_connection: int = 100,
    timeout: timedelta = timedelta(minutes=5),
    ca_file: Path | None = None,
    chunking: bool = True,
    hello: str = "",
) -> Relay:
    """The relay of a URL. Raises RelayError where it cannot be used as it is written."""
    scheme, host, port, user = _parts(url, name)
    relay = Relay(
        name=name,
        scheme=scheme,
        host=host,
        port=port or PORTS[scheme],
        user=user,
        password=password,
        tokens=tokens,
        mechanism=mechanism,
        connections=connections,
        per_connection=per_connection,
        timeout=timeout,
        ca_file=ca_file,
        chunking=chunking,
        hello=hello,
    )
    if problem := _unsafe(relay):
        raise RelayError(f"relay {relay.describe()}: {problem}")
    return relay


def _address_literal(address: str) -> str:
    host = address.partition("%")[0]
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


def _parts(url: str, name: str) -> tuple[Scheme, str, int | None, str]:
    try:
        parts = urlsplit(url)
        scheme, port = Scheme(parts.scheme), parts.port
        host = ascii_host(parts.hostname or "")
    except ValueError as wrong:
        raise RelayError(f"relay {name}: its url cannot be read ({wrong}); write `smtp+starttls://user@host`") from None
    if not host:
        raise RelayError(f"relay {name}: its url names no host; write `smtp+starttls://user@host`")
    return scheme, host, port, unquote(parts.username or "")


def _unsafe(relay: Relay) -> str | None:
    if relay.tokens and (relay.password or not relay.user):
        return "a login by token has a user in `url` and no password; correct one of them"
    if relay.user and not (relay.password or relay.tokens):
        return "there is a user and no password; set `password = { env = ... }`, or take the user out of `url`"
    if relay.password and not relay.user:
        return "there is a password and no user; write `url` with `user@` before the host"
    if "\0" in relay.user + relay.password:
        return "user or password holds a NUL; it was read from the wrong file"
    if relay.user and relay.scheme is Scheme.PLAIN and not relay.is_loopback:
        return "a login is not sent unencrypted; use smtp+starttls:// or smtps://"
    if relay.ca_file is not None and not relay.ca_file.is_file():
        return (
            f"there is no file {relay.ca_file}; correct `ca_file`, or leave it out to trust the system's certificates"
        )
    return None
