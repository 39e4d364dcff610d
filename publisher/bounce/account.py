"""Account: where bounces are fetched from by IMAP or POP3, and how one logs in there, as a value.

Responsible for reading the URL, and for what is safe in it: a password or token never goes
unencrypted to another machine, certificates and host names are always verified (RFC 8314, RFC 8996).

Schemes: `imaps://` (993), `imap+starttls://` (143, TLS required), `imap://` (143, this machine alone);
`pop3s://` (995), `pop3+starttls://` (110), `pop3://` (110, this machine alone).
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from publisher.bounce.mailbox import LARGEST_BYTES
from publisher.config.addresses import ascii_host
from publisher.errors import MailboxError

INBOX = "INBOX"

AccessToken = Callable[[str], str]
"""Gives an access token that is not the refused one ("": none was). Raises MailboxError where there is none."""


class Scheme(StrEnum):
    IMAP = "imap"
    IMAP_STARTTLS = "imap+starttls"
    IMAPS = "imaps"
    POP3 = "pop3"
    POP3_STARTTLS = "pop3+starttls"
    POP3S = "pop3s"

    @property
    def is_imap(self) -> bool:
        return self.startswith("imap")

    @property
    def is_encrypted(self) -> bool:
        """From the first byte."""
        return self in (Scheme.IMAPS, Scheme.POP3S)

    @property
    def is_plain(self) -> bool:
        return self in (Scheme.IMAP, Scheme.POP3)


PORTS = {
    Scheme.IMAP: 143,
    Scheme.IMAP_STARTTLS: 143,
    Scheme.IMAPS: 993,
    Scheme.POP3: 110,
    Scheme.POP3_STARTTLS: 110,
    Scheme.POP3S: 995,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A mailbox on a server."""

    scheme: Scheme
    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)
    token: AccessToken | None = field(default=None, repr=False, compare=False)  # in place of a password
    mechanism: str = ""  # the only one to log in by with a token; "": the best that is offered
    folder: str = INBOX  # of IMAP
    keep_in: str = ""  # folder that messages are moved to once they are stored; "": they are deleted
    ca_file: Path | None = None  # certificates to trust instead of the system's
    timeout_seconds: float = 60.0  # for one answer
    largest_bytes: int = LARGEST_BYTES

    def describe(self) -> str:
        """For people and logs, without its password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        folder = f"/{quote(self.folder)}" if self.scheme.is_imap else ""
        return f"{self.scheme}://{quote(self.user)}@{host}:{self.port}{folder}"

    def tls(self) -> ssl.SSLContext:
        """Certificates and host names are verified; the oldest version is TLS 1.2 (RFC 8996 §1)."""
        context = ssl.create_default_context(cafile=self.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def error(self, problem: str, *, permanent: bool = False) -> MailboxError:
        return MailboxError(mailbox=self.describe(), problem=problem, permanent=permanent)


def read_account(
    url: str,
    *,
    password: str = "",
    token: AccessToken | None = None,
    mechanism: str = "",
    keep_in: str = "",
    ca_file: Path | None = None,
    timeout_seconds: float = 60.0,
    largest_bytes: int = LARGEST_BYTES,
) -> Account:
    """The account of a URL. Raises MailboxError where it cannot be used as it is written."""
    try:
        parts = urlsplit(url)
        scheme, port, host = Scheme(parts.scheme), parts.port, ascii_host(parts.hostname or "")
    except ValueError:
        raise MailboxError(
            mailbox=url.rpartition("@")[2],
            problem="its url cannot be read; write `imaps://user@host/INBOX` or `pop3s://user@host`",
            permanent=True,
        ) from None
    account = Account(
        scheme=scheme,
        host=host,
        port=port or PORTS[scheme],
        user=unquote(parts.username or ""),
        password=password,
        token=token,
        mechanism=mechanism,
        folder=unquote(parts.path.strip("/")) or INBOX,
        keep_in=keep_in,
        ca_file=ca_file,
        timeout_seconds=timeout_seconds,
        largest_bytes=largest_bytes,
    )
    if problem := _unusable(account):
        raise account.error(problem, permanent=True)
    return account


def _unusable(account: Account) -> str | None:
    if not account.host or not account.user:
        return "its url names no host or no user; write `imaps://user@host/INBOX` or `pop3s://user@host`"
    if bool(account.password) == bool(account.token):
        return "it needs a password or a login by token, and not both; correct `password` and `oauth`"
    if any(sign in account.user + account.password for sign in "\0\r\n"):
        return "user or password holds a line end or a NUL; it was read from the wrong file"
    if account.scheme.is_plain and not _is_loopback(account.host):
        return f"a login is not sent unencrypted; write {account.scheme}s:// or {account.scheme}+starttls://"
    if account.keep_in and not account.scheme.is_imap:
        return "POP3 knows no folders to keep messages in; take `keep` out, or use IMAP"
    if account.keep_in == account.folder:
        return "what is stored cannot be kept in the folder that is read; name another in `folder`"
    if account.ca_file is not None and not account.ca_file.is_file():
        return f"there is no file {account.ca_file}; correct `ca_file`, or leave it out"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
