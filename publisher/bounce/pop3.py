"""A mailbox on a POP3 server (RFC 1939), read by way of poplib.

Each visit is a session or several: sizes and ids are asked, each message is read, stored, and then
marked (DELE); QUIT makes the server delete what is marked. A session that breaks before deletes
nothing, and the same messages come again; so each takes some hundred at most.
POP3 tells of nothing by itself, so visits are due from time to time.

Messages are read here and not by poplib, which knows no line of more than 2,048 octets and no end.

Standards: RFC 2595 (STLS), RFC 5034 (AUTH), RFC 7628 (OAUTHBEARER); XOAUTH2 is Google's and Microsoft's
older form.
"""

from __future__ import annotations

import base64
import contextlib
import poplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from publisher.bounce.account import Account
from publisher.bounce.mailbox import LeftAlone, Received, Store, Visit, too_long

_LONGEST_LINE = 2**16  # octets that are read at once; a longer line comes in parts
_LATER = ("[IN-USE]", "[LOGIN-DELAY]", "[SYS/TEMP]")  # RFC 2449 §8.1.1, RFC 3206 §4


@dataclass(slots=True, kw_only=True)
class Pop3Mailbox:
    """What is stored is deleted: POP3 has one folder."""

    account: Account
    a_session: int = 500  # messages; one that breaks has deleted nothing

    def describe(self) -> str:
        return self.account.describe()

    def visit(self, store: Store) -> Visit:
        stored = 0
        while True:
            visit = self._session(store)
            stored += visit.stored
            if visit.stored < self.a_session:
                return Visit(stored=stored, left=visit.left)

    def _session(self, store: Store) -> Visit:
        try:
            server = _connect(self.account)
            try:
                _log_in(server, self.account)
                return self._take(server, store)
            finally:
                _shut(server)
        except ssl.SSLCertVerificationError as wrong:
            problem = f"its certificate is not trusted: {wrong.verify_message}; check the host in `url`, or `ca_file`"
            raise self.account.error(problem, permanent=True) from None
        except (poplib.error_proto, OSError) as wrong:
            problem = f"it cannot be read further: {_words(wrong)}; it is tried again"
            raise self.account.error(problem) from None

    def wait(self, seconds: float, stopped: Callable[[float], bool]) -> None:
        stopped(seconds)

    def close(self) -> None:
        """Each visit has its own connection."""

    def _take(self, server: poplib.POP3, store: Store) -> Visit:
        sizes = [(int(number), int(size)) for number, size in (line.split()[:2] for line in server.list()[1])]
        ids = _ids(server)
        most = self.account.largest_bytes
        left: list[LeftAlone] = []
        stored = 0
        try:
            for number, size in sizes:
                octets = _message(server, number, most) if size <= most else None
                if octets is None:
                    left.append(LeftAlone(place=f"message {ids.get(number, number)}", problem=too_long(size, most)))
                    if size <= most:
                        break  # it told less than it sent, and sends on: this session is of no more use
                    continue
                store(Received(place=ids.get(number, ""), octets=octets))
                server.dele(number)
                stored += 1
                if stored == self.a_session:
                    break
        finally:
            server.quit()  # also where one could not be stored: those before it are
        return Visit(stored=stored, left=tuple(left))


def _connect(account: Account) -> poplib.POP3:
    tls = account.tls()
    try:
        if account.scheme.is_encrypted:
            return poplib.POP3_SSL(account.host, account.port, timeout=account.timeout_seconds, context=tls)
        server = poplib.POP3(account.host, account.port, timeout=account.timeout_seconds)
    except ssl.SSLCertVerificationError:
        raise
    except OSError as wrong:
        problem = f"it cannot be reached: {_words(wrong)}; check `url` and the network"
        raise account.error(problem) from None
    if not account.scheme.is_plain:
        try:
            server.stls(tls)
        except poplib.error_proto as wrong:
            _shut(server)
            problem = f"it offers no STLS, and a login is not sent unencrypted ({_words(wrong)}); write pop3s://"
            raise account.error(problem, permanent=True) from None
        except BaseException:
            _shut(server)
            raise
    return server


def _shut(server: poplib.POP3) -> None:
    with contextlib.suppress(OSError):  # it was gone before
        server.close()


def _log_in(server: poplib.POP3, account: Account) -> None:
    try:
        if account.token is None:
            server.user(account.user)
            server.pass_(account.password)
        else:
            _by_token(server, account)
    except poplib.error_proto as wrong:
        words = _words(wrong)
        words = words.replace(account.password, "...") if account.password else words
        if any(code in words.upper() for code in _LATER):
            raise account.error(f"it lets nobody in for now: {words}; it is tried again") from None
        problem = f"it refuses the login: {words}; check the user in `url`, `password` or `oauth`"
        raise account.error(problem, permanent=True) from None


def _by_token(server: poplib.POP3, account: Account) -> None:
    """A token that is refused is got anew once: it may have ended early."""
    assert account.token is not None  # noqa: S101  for mypy; the caller looked
    token = account.token("")
    try:
        _say(server, account, token)
    except poplib.error_proto:
        newer = account.token(token)
        if newer == token:
            raise
        _say(server, account, newer)


def _say(server: poplib.POP3, account: Account, token: str) -> None:
    mechanism = account.mechanism.upper() or "XOAUTH2"  # what all POP3 servers with tokens have
    user = account.user
    if mechanism == "OAUTHBEARER":
        gs2 = f"n,a={user.replace('=', '=3D').replace(',', '=2C')},"
        said, refused = f"{gs2}\x01host={account.host}\x01port={account.port}\x01auth=Bearer {token}\x01\x01", b"AQ=="
    else:
        said, refused = f"user={user}\x01auth=Bearer {token}\x01\x01", b""
    server.sock.sendall(f"AUTH {mechanism}\r\n".encode())
    answer = _line(server)
    if answer.startswith(b"+"):
        server.sock.sendall(base64.b64encode(said.encode()) + b"\r\n")
        answer = _line(server)
    if answer.startswith(b"+ "):  # RFC 7628 §3.2.3: a refusal is a prompt first
        server.sock.sendall(refused + b"\r\n")
        answer = _line(server)
    if not answer.startswith(b"+OK"):
        raise poplib.error_proto(answer)


def _ids(server: poplib.POP3) -> dict[int, str]:
    """By number; nothing where the server has no UIDL."""
    try:
        lines = server.uidl()[1]
    except poplib.error_proto:
        return {}
    pairs = (line.decode("ascii", "replace").split() for line in lines)
    return {int(pair[0]): pair[1] for pair in pairs if len(pair) == 2}


def _message(server: poplib.POP3, number: int, most: int) -> bytes | None:
    """A message, dots unstuffed; None where it goes on beyond the most."""
    server.sock.sendall(f"RETR {number}\r\n".encode())
    answer = _line(server)
    if not answer.startswith(b"+OK"):
        raise poplib.error_proto(answer)
    parts: list[bytes] = []
    size, begins = 0, True
    while True:
        part = _line(server)
        if begins and part in (b".\r\n", b".\n"):
            return b"".join(parts)
        parts.append(part[1:] if begins and part.startswith(b".") else part)
        begins = part.endswith(b"\n")
        size += len(part)
        if size > 2 * most:  # some servers count line ends as one octet, and stuffed dots are not counted
            return None


def _line(server: poplib.POP3) -> bytes:
    line: bytes = server.file.readline(_LONGEST_LINE)
    if not line:
        raise poplib.error_proto("the connection ended")
    return line


def _words(wrong: Exception) -> str:
    if isinstance(wrong, TimeoutError):
        return "it does not answer"
    said = wrong.args[0] if wrong.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(wrong)
    if isinstance(wrong, OSError) and wrong.strerror:
        text = wrong.strerror
    return " ".join(ascii(text)[1:-1].split())[:200] or type(wrong).__name__
