"""A mailbox on an IMAP server (RFC 3501, RFC 9051), read by way of IMAPClient.

What is done with a message, in this order: its size is asked, it is read (as much as may be, never
more), it is stored; then it is moved (RFC 6851) or flagged and expunged by its UID (RFC 4315), some at
a time. Between visits IDLE waits where it is offered (RFC 2177), begun anew every ten minutes, which
also shows a server that has gone silent; else a visit is due from time to time.

A server that knows no UIDPLUS expunges whatever is flagged: there it is asked to only where nothing
is flagged but by us; else our flag alone stands, and such messages are not read again.

Known weakness: of what is told in the very moment in which IDLE begins we hear at its end: after a second,
mostly; ten minutes at the worst.
"""

from __future__ import annotations

import contextlib
import select
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from imapclient import DELETED, IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from publisher.bounce.account import Account
from publisher.bounce.imaplogin import log_in
from publisher.bounce.mailbox import LeftAlone, Received, Store, Visit, too_long
from publisher.errors import MailboxError

# RFC 2177 §3: at most 29 minutes. What the server tells together with its word to go on lies in a buffer that
# nobody wakes up for, and is read at the end: so the first are short.
IDLE_SECONDS = (1.0, 4.0, 15.0, 60.0, 600.0)
_MOMENT_SECONDS = 0.5  # between looks at whether we are to stop
_AT_ONCE = 50  # messages that are fetched together, and let go of together
_AT_ONCE_BYTES = 4 * 2**20
_SIZES_AT_ONCE = 1000


@dataclass(slots=True, kw_only=True)
class ImapMailbox:
    """One connection, made when it is needed and again after it broke. For one thread."""

    account: Account
    asked_at_once: int = 20_000  # UIDs; imaplib reads no line of more than a million octets
    _client: IMAPClient | None = field(default=None, init=False)
    _highest: int = field(default=0, init=False)  # UID that the last visit found
    _odd: int = field(default=0, init=False)  # times in a row that IDLE was not answered as it should be
    _validity: int = field(default=0, init=False)  # UIDs mean something as long as it is the same

    def describe(self) -> str:
        return self.account.describe()

    def visit(self, store: Store) -> Visit:
        try:
            return self._visit(self._connected(), store)
        except (IMAPClientError, OSError) as wrong:
            self.close()
            raise self.account.error(f"it cannot be read further: {_words(wrong)}; it is tried again") from None
        except MailboxError:
            self.close()
            raise

    def wait(self, seconds: float, stopped: Callable[[float], bool]) -> None:
        client = self._client
        if client is None or self._odd > 1 or not client.has_capability("IDLE"):
            stopped(seconds)
            return
        try:
            for longest in IDLE_SECONDS:
                client.idle()
                self._odd = 0
                woken = _wait(client, stopped, longest)
                _, told = client.idle_done()
                if woken or stopped(0) or any(b"EXISTS" in one for one in told):
                    return
                if longest == IDLE_SECONDS[0] and self._has_newer(client):
                    return
        except (IMAPClient.AbortError, OSError) as wrong:
            self.close()
            raise self.account.error(f"the connection is gone: {_words(wrong)}; it is made anew") from None
        except IMAPClientError:  # it said something else than to go on: that a message came, or that it does not idle
            self._odd += 1
            self.close()

    def _has_newer(self, client: IMAPClient) -> bool:
        """A message may have come after the visit's search and been told before IDLE: no one tells of it again."""
        found = client.search(["UID", f"{self._highest + 1}:*", "UNDELETED"])  # "*" names the last one at any rate
        return any(uid > self._highest for uid in found)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            _shut(client)

    def _connected(self) -> IMAPClient:
        if self._client is None:
            self._client = _connect(self.account)
            log_in(self._client, self.account)
            self._make_folder(self._client)
        return self._client

    def _make_folder(self, client: IMAPClient) -> None:
        keep_in = self.account.keep_in
        if keep_in and not client.folder_exists(keep_in):
            client.create_folder(keep_in)

    def _found(self, client: IMAPClient) -> Iterator[list[int]]:
        """UIDs, some at a time: a full mailbox has more than one line of an answer may hold."""
        account = self.account
        try:
            selected = client.select_folder(account.folder)  # each time: it tells how many there are by now
        except IMAPClientError as wrong:
            problem = f"there is no folder {account.folder!r} ({_words(wrong)}); correct the end of `url`"
            raise account.error(problem, permanent=not isinstance(wrong, IMAPClient.AbortError)) from None
        self._validity = int(selected.get(b"UIDVALIDITY", 0))
        following = int(selected.get(b"UIDNEXT", 0))
        if int(selected.get(b"EXISTS", 0)) <= self.asked_at_once or not following:
            yield sorted(client.search("UNDELETED"))
            return
        for first in range(1, following, self.asked_at_once):
            yield sorted(client.search(["UID", f"{first}:{first + self.asked_at_once - 1}", "UNDELETED"]))

    def _visit(self, client: IMAPClient, store: Store) -> Visit:
        stored = self._highest = 0
        left: list[LeftAlone] = []
        some = (
            found[n : n + _SIZES_AT_ONCE] for found in self._found(client) for n in range(0, len(found), _SIZES_AT_ONCE)
        )
        for found in some:
            self._highest = found[-1]
            sizes = _sizes(client, found)
            large = [uid for uid, size in sizes.items() if size > self.account.largest_bytes]
            left += [LeftAlone(place=f"UID {uid}", problem=too_long(sizes[uid], self._most)) for uid in large]
            for uids in _batches({uid: size for uid, size in sizes.items() if size <= self._most}):
                stored += self._take(client, uids, store, left)
        return Visit(stored=stored, left=tuple(left))

    @property
    def _most(self) -> int:
        return self.account.largest_bytes

    def _take(self, client: IMAPClient, uids: Sequence[int], store: Store, left: list[LeftAlone]) -> int:
        part = f"BODY.PEEK[]<0.{self._most + 1}>"  # some servers tell a smaller size than they send
        bodies = client.fetch(uids, [part])
        done: list[int] = []
        try:
            for uid in sorted(set(uids) & bodies.keys()):  # one may be gone since
                octets = bodies[uid].get(b"BODY[]<0>") or b""
                if not octets or len(octets) > self._most:
                    problem = too_long(len(octets), self._most) if octets else "it holds nothing; take it out"
                    left.append(LeftAlone(place=f"UID {uid}", problem=problem))
                else:
                    store(Received(place=f"{self._validity}.{uid}", octets=octets))
                    done.append(uid)
        finally:
            if done:  # also where one could not be stored: those before it are
                _let_go(client, done, keep_in=self.account.keep_in)
        return len(done)


def _connect(account: Account) -> IMAPClient:
    timeout = SocketTimeout(connect=account.timeout_seconds, read=account.timeout_seconds)
    try:
        tls = account.tls()
        encrypted = account.scheme.is_encrypted
        client = IMAPClient(
            account.host, account.port, ssl=encrypted, ssl_context=tls if encrypted else None, timeout=timeout
        )
    except ssl.SSLCertVerificationError as wrong:
        raise _untrusted(account, wrong) from None
    except (IMAPClientError, OSError) as wrong:
        raise account.error(f"it cannot be reached: {_words(wrong)}; check `url` and the network") from None
    if not account.scheme.is_plain and not encrypted:
        _start_tls(client, account, tls)
    return client


def _start_tls(client: IMAPClient, account: Account, tls: ssl.SSLContext) -> None:
    try:
        if not client.has_capability("STARTTLS"):
            problem = "it offers no STARTTLS, and a login is not sent unencrypted; write imaps://"
            raise account.error(problem, permanent=True)
        client.starttls(tls)
    except (IMAPClientError, OSError, MailboxError) as wrong:
        _shut(client)
        if isinstance(wrong, MailboxError):
            raise
        if isinstance(wrong, ssl.SSLCertVerificationError):
            raise _untrusted(account, wrong) from None
        raise account.error(f"TLS with it fails: {_words(wrong)}; it is tried again") from None


def _shut(client: IMAPClient) -> None:
    with contextlib.suppress(IMAPClientError, OSError):  # it was gone before
        client.shutdown()


def _untrusted(account: Account, wrong: ssl.SSLCertVerificationError) -> MailboxError:
    problem = f"its certificate is not trusted: {wrong.verify_message}; check the host in `url`, or set `ca_file`"
    return account.error(problem, permanent=True)


def _wait(client: IMAPClient, stopped: Callable[[float], bool], longest: float) -> bool:
    """Whether the server said anything at all; a visit finds out what it was."""
    connection = client.socket()
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    until = time.monotonic() + longest
    while not stopped(0) and (left := until - time.monotonic()) > 0:
        pending = isinstance(connection, ssl.SSLSocket) and connection.pending()
        if pending or poll.poll(min(left, _MOMENT_SECONDS) * 1000):
            return True
    return False


def _sizes(client: IMAPClient, uids: Sequence[int]) -> dict[int, int]:
    """By UID, in order; a message may be gone since."""
    found: dict[int, dict[bytes, Any]] = client.fetch(uids, ["RFC822.SIZE"])
    return {uid: int(found[uid][b"RFC822.SIZE"]) for uid in sorted(found) if b"RFC822.SIZE" in found[uid]}


def _batches(sizes: dict[int, int]) -> Iterator[list[int]]:
    """Together only as much as memory may hold."""
    batch: list[int] = []
    total = 0
    for uid, size in sizes.items():
        if batch and (len(batch) == _AT_ONCE or total + size > _AT_ONCE_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(uid)
        total += size
    if batch:
        yield batch


def _let_go(client: IMAPClient, uids: Sequence[int], *, keep_in: str) -> None:
    if keep_in and client.has_capability("MOVE"):
        client.move(uids, keep_in)
        return
    if keep_in:
        client.copy(uids, keep_in)  # RFC 6851 §3.3: what MOVE stands for
    client.add_flags(uids, [DELETED], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)
    elif set(client.search("DELETED")) <= set(uids):
        client.expunge()


def _words(wrong: Exception) -> str:
    if isinstance(wrong, TimeoutError):
        return "it does not answer"
    text = wrong.strerror if isinstance(wrong, OSError) and wrong.strerror else str(wrong)
    return " ".join(ascii(text)[1:-1].split())[:200] or type(wrong).__name__
