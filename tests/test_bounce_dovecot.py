"""A real Dovecot: IMAP and POP3, each encrypted from the start or by STARTTLS; what is stored goes, nothing else."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.bounce.account import Account, read_account
from publisher.bounce.imap import ImapMailbox
from publisher.bounce.mailbox import Mailbox
from publisher.bounce.pop3 import Pop3Mailbox
from publisher.bounce.watching import Watch
from publisher.errors import MailboxError, StorageError
from tests.bounce_shelf import Shelf
from tests.dovecot import CERTIFICATES, PASSWORD, Dovecot, dovecot

_USERS = itertools.count(1)


def notice(number: int = 1) -> bytes:
    return f"From: <MAILER-DAEMON@post.example>\r\nSubject: returned {number}\r\n\r\nNobody of that name.\r\n".encode()


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@dataclass
class Desk:
    """A user with a mailbox of its own, closed at the end."""

    server: Dovecot
    user: str = field(default_factory=lambda: f"desk{next(_USERS)}")
    open: list[Mailbox] = field(default_factory=list)

    def put(self, *messages: bytes) -> None:
        inbox = self.server.inbox(self.user)
        for message in messages:
            inbox.put(message)

    def lies_there(self, folder: str = "") -> list[Path]:
        where = self.server.folder / "mail" / self.user / folder
        return sorted(path for part in ("new", "cur") for path in (where / part).glob("*"))

    def account(self, scheme: str, **more: object) -> Account:
        ports = {"imaps": self.server.imaps, "pop3s": self.server.pop3s}
        port = ports.get(scheme) or (self.server.imap if scheme.startswith("imap") else self.server.pop3)
        given = {"password": PASSWORD, "ca_file": CERTIFICATES / "ca.pem", "timeout_seconds": 10.0} | more
        return read_account(f"{scheme}://{self.user}@localhost:{port}", **given)

    def mailbox(self, scheme: str, **more: object) -> Mailbox:
        account = self.account(scheme, **more)
        box: Mailbox = ImapMailbox(account=account) if account.scheme.is_imap else Pop3Mailbox(account=account)
        self.open.append(box)
        return box


@pytest.fixture
def desk(server: Dovecot) -> Iterator[Desk]:
    one = Desk(server)
    one.put()
    yield one
    for box in one.open:
        box.close()


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls", "pop3s", "pop3+starttls"])
def test_messages_are_stored_in_their_order_and_then_deleted(desk: Desk, scheme: str) -> None:
    desk.put(*(notice(number) for number in range(4)))
    shelf = Shelf()
    box = desk.mailbox(scheme)
    assert box.visit(shelf.store).stored == 4
    assert shelf.octets == [notice(number) for number in range(4)]
    assert len(set(shelf.places)) == 4
    assert not desk.lies_there()
    assert box.visit(shelf.store).stored == 0


@pytest.mark.parametrize("scheme", ["imaps", "pop3s"])
def test_what_could_not_be_stored_stays_and_what_was_is_gone(desk: Desk, scheme: str) -> None:
    desk.put(*(notice(number) for number in range(4)))
    shelf = Shelf(fails_at=3)
    box = desk.mailbox(scheme)
    with pytest.raises(StorageError):
        box.visit(shelf.store)
    assert len(desk.lies_there()) == 2
    assert box.visit(shelf.store).stored == 2
    assert len(set(shelf.digests)) == 4
    assert not desk.lies_there()


@pytest.mark.parametrize("scheme", ["imaps", "pop3s"])
def test_a_message_that_is_too_long_is_not_read_and_stays(desk: Desk, scheme: str) -> None:
    desk.put(notice() + b"x" * 50_000 + b"\r\n", notice(2))
    shelf = Shelf()
    visit = desk.mailbox(scheme, largest_bytes=20_000).visit(shelf.store)
    assert shelf.octets == [notice(2)]
    assert len(visit.left) == 1
    assert "more than 20,000" in visit.left[0].problem
    assert len(desk.lies_there()) == 1


@pytest.mark.parametrize("scheme", ["imaps", "pop3s"])
def test_long_lines_dots_and_octets_come_as_they_are(desk: Desk, scheme: str) -> None:
    odd = b"Subject: odd\r\n\r\n.\r\n..two\r\n" + b"y" * 200_000 + b"\r\n\xff\x00 )* {3}\r\n"
    desk.put(odd)
    shelf = Shelf()
    desk.mailbox(scheme).visit(shelf.store)
    kept = shelf.octets[0]
    # A server of POP3 may write NUL as 0x80, which RFC 1939 knows nothing of.
    assert kept.replace(b"\x80", b"\x00") == odd


def test_what_is_kept_moves_to_a_folder_that_is_made_where_it_is_missing(desk: Desk) -> None:
    desk.put(notice(1), notice(2))
    shelf = Shelf()
    box = desk.mailbox("imaps", keep_in="Read")
    assert box.visit(shelf.store).stored == 2
    assert not desk.lies_there()
    assert len(desk.lies_there(".Read")) == 2
    assert box.visit(shelf.store).stored == 0


def test_many_messages_come_in_groups(desk: Desk) -> None:
    desk.put(*(notice(number) for number in range(130)))
    shelf = Shelf()
    assert desk.mailbox("imaps").visit(shelf.store).stored == 130
    assert shelf.octets == [notice(number) for number in range(130)]
    assert not desk.lies_there()


def test_a_full_mailbox_is_taken_in_parts(desk: Desk) -> None:
    desk.put(*(notice(number) for number in range(35)))
    shelf = Shelf(fails_at=20)
    box = ImapMailbox(account=desk.account("imaps"), asked_at_once=10)
    desk.open.append(box)
    with pytest.raises(StorageError):
        box.visit(shelf.store)
    assert box.visit(shelf.store).stored == 16
    assert sorted(shelf.octets) == sorted(notice(number) for number in range(35))
    desk.put(*(notice(number) for number in range(35, 60)))
    by_post = Pop3Mailbox(account=desk.account("pop3s"), a_session=10)
    assert by_post.visit(shelf.store).stored == 25
    assert len(set(shelf.digests)) == 60
    assert not desk.lies_there()


_KILLED = """
import os, signal, sys
from pathlib import Path
from publisher.bounce.account import read_account
from publisher.bounce.imap import ImapMailbox
from publisher.bounce.pop3 import Pop3Mailbox

def store(received):
    Path(sys.argv[2]).write_text(received.digest)
    os.kill(os.getpid(), signal.SIGKILL)

account = read_account(sys.argv[1], password=sys.argv[3], ca_file=Path(sys.argv[4]))
(ImapMailbox(account=account) if account.scheme.is_imap else Pop3Mailbox(account=account)).visit(store)
"""


@pytest.mark.parametrize("scheme", ["imaps", "pop3s"])
def test_a_kill_between_stored_and_deleted_makes_the_same_message_come_again(
    desk: Desk, scheme: str, tmp_path: Path
) -> None:
    desk.put(notice())
    account = desk.account(scheme)
    url = f"{scheme}://{desk.user}@localhost:{account.port}"
    arguments = [url, tmp_path / "digest", PASSWORD, CERTIFICATES / "ca.pem"]
    killed = subprocess.run([sys.executable, "-c", _KILLED, *arguments], check=False, timeout=30)
    assert killed.returncode == -signal.SIGKILL
    shelf = Shelf()
    until(lambda: desk.mailbox(scheme).visit(shelf.store).stored == 1)
    assert shelf.digests == [(tmp_path / "digest").read_text()]
    assert not desk.lies_there()


@pytest.mark.parametrize("scheme", ["imaps", "pop3s"])
def test_a_refused_login_is_told_without_the_password(desk: Desk, scheme: str) -> None:
    with pytest.raises(MailboxError, match="refuses the login") as caught:
        desk.mailbox(scheme, password="sesame-17").visit(Shelf().store)
    assert caught.value.permanent
    assert "sesame" not in str(caught.value)
    assert desk.user in str(caught.value)


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls", "pop3s", "pop3+starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(desk: Desk, scheme: str) -> None:
    with pytest.raises(MailboxError, match="certificate is not trusted") as caught:
        desk.mailbox(scheme, ca_file=None).visit(Shelf().store)
    assert caught.value.permanent


def test_a_folder_that_is_not_there_is_told(desk: Desk) -> None:
    account = desk.account("imaps")
    url = f"imaps://{desk.user}@localhost:{account.port}/Nowhere%20here"
    box = ImapMailbox(account=read_account(url, password=PASSWORD, ca_file=account.ca_file))
    with pytest.raises(MailboxError, match="no folder 'Nowhere here'") as caught:
        box.visit(Shelf().store)
    assert caught.value.permanent


def test_a_message_that_comes_while_idle_waits_is_taken_at_once(desk: Desk) -> None:
    with watching(desk.mailbox("imaps"), every=timedelta(hours=1)) as shelf:
        desk.put(notice(1))
        until(lambda: len(shelf.received) == 1)
        desk.put(notice(2))
        until(lambda: len(shelf.received) == 2)
    assert not desk.lies_there()


def test_pop3_is_asked_from_time_to_time(desk: Desk) -> None:
    with watching(desk.mailbox("pop3s"), every=timedelta(seconds=0.1)) as shelf:
        desk.put(notice(1))
        until(lambda: len(shelf.received) == 1)
    assert not desk.lies_there()


class watching:  # noqa: N801  a context manager
    """A watch in a thread, stopped at the end."""

    def __init__(self, box: Mailbox, *, every: timedelta) -> None:
        self._stop = threading.Event()
        self._shelf = Shelf()
        watch = Watch(mailbox=box, store=self._shelf.store, every=every, stopped=self._stop.wait)
        self._thread = threading.Thread(target=watch.run)

    def __enter__(self) -> Shelf:
        self._thread.start()
        return self._shelf

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


def until(came: Callable[[], bool]) -> None:
    ends = time.monotonic() + 15
    while not came():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.02)
