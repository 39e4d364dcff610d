"""Servers of mailboxes at their worst: silent, without what others offer, with tokens that end, going away."""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from publisher.bounce.account import read_account
from publisher.bounce.imap import ImapMailbox
from publisher.bounce.mailbox import LeftAlone, Received, Store, Visit
from publisher.bounce.pop3 import Pop3Mailbox
from publisher.bounce.watching import Watch
from publisher.errors import MailboxError, StorageError
from tests.bounce_servers import scripted
from tests.bounce_shelf import Shelf
from tests.dovecot import CERTIFICATES, PASSWORD, Dovecot, dovecot

NOTICE = b"Subject: returned\r\n\r\nNobody of that name.\r\n"


@pytest.fixture(scope="module")
def poor_server() -> Iterator[Dovecot]:
    """Without IDLE, UIDPLUS and MOVE."""
    with dovecot("imap_capability = IMAP4rev1") as running:
        yield running


def poor_box(server: Dovecot, user: str, keep_in: str = "") -> ImapMailbox:
    url, ca_file = f"imaps://{user}@localhost:{server.imaps}", CERTIFICATES / "ca.pem"
    return ImapMailbox(account=read_account(url, password=PASSWORD, ca_file=ca_file, keep_in=keep_in))


def names_in(server: Dovecot, user: str, folder: str = "") -> list[str]:
    where = server.folder / "mail" / user / folder
    return sorted(path.name for part in ("new", "cur") for path in (where / part).glob("*"))


def test_without_uidplus_what_others_flagged_is_not_expunged(poor_server: Dovecot) -> None:
    inbox = poor_server.inbox("careful")
    foreign = inbox.put(NOTICE)
    foreign.rename(inbox.folder / "cur" / f"{foreign.name}:2,T")
    inbox.put(NOTICE + b"second\r\n")
    box, shelf = poor_box(poor_server, "careful"), Shelf()
    assert box.visit(shelf.store).stored == 1
    assert len(names_in(poor_server, "careful")) == 2  # both stand there, flagged
    assert box.visit(shelf.store).stored == 0
    box.close()


def test_without_uidplus_what_is_ours_alone_goes(poor_server: Dovecot) -> None:
    poor_server.inbox("alone").put(NOTICE)
    box, shelf = poor_box(poor_server, "alone"), Shelf()
    assert box.visit(shelf.store).stored == 1
    assert not names_in(poor_server, "alone")
    box.close()


def test_without_move_messages_are_copied_and_then_deleted(poor_server: Dovecot) -> None:
    poor_server.inbox("keeper").put(NOTICE)
    box = poor_box(poor_server, "keeper", keep_in="Read")
    assert box.visit(Shelf().store).stored == 1
    assert not names_in(poor_server, "keeper")
    assert len(names_in(poor_server, "keeper", ".Read")) == 1
    box.close()


def test_without_idle_it_is_asked_from_time_to_time(poor_server: Dovecot) -> None:
    box = poor_box(poor_server, "poll")
    poor_server.inbox("poll")
    box.visit(Shelf().store)
    waited: list[float] = []
    box.wait(300.0, lambda seconds: bool(waited.append(seconds)))
    assert waited == [300.0]
    box.close()


def imap_box(port: int, scheme: str = "imap", **more: object) -> ImapMailbox:
    given = {"password": "sesame-17", "timeout_seconds": 0.3} | more
    return ImapMailbox(account=read_account(f"{scheme}://ida@localhost:{port}", **given))


def pop3_box(port: int, scheme: str = "pop3", **more: object) -> Pop3Mailbox:
    given = {"password": "sesame-17", "timeout_seconds": 0.3} | more
    return Pop3Mailbox(account=read_account(f"{scheme}://ida@localhost:{port}", **given))


def failure(box: ImapMailbox | Pop3Mailbox) -> MailboxError:
    with pytest.raises(MailboxError) as caught:
        box.visit(Shelf().store)
    assert "sesame" not in str(caught.value)
    return caught.value


def test_a_server_that_goes_silent_is_given_up_and_tried_again() -> None:
    with scripted("* OK [CAPABILITY IMAP4rev1] hello", lambda command: None) as server:
        found = failure(imap_box(server.port))
    assert not found.permanent
    with scripted("+OK hello", lambda command: None) as server:
        found = failure(pop3_box(server.port))
    assert (found.permanent, "does not answer" in str(found)) == (False, True)


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with scripted("+OK", lambda command: None) as server:
        port = server.port
    for box in (imap_box(port), pop3_box(port)):
        found = failure(box)
        assert (found.permanent, "cannot be reached" in str(found)) == (False, True)


def test_without_starttls_no_login_is_sent() -> None:
    def script(command: str) -> list[str]:
        if command == "CAPABILITY":
            return ["* CAPABILITY IMAP4rev1 AUTH=PLAIN", "{tag} OK done"]
        return ["{tag} BAD what?"]

    with scripted("* OK hello", script) as server:
        found = failure(imap_box(server.port, "imap+starttls"))
        assert not any("LOGIN" in said or "AUTH" in said for said in server.said)
    assert found.permanent
    with scripted("+OK hello", lambda command: ["-ERR what?"]) as server:
        found = failure(pop3_box(server.port, "pop3+starttls"))
        assert not any(said.startswith(("USER", "PASS", "AUTH")) for said in server.said)
    assert found.permanent


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [
        ("NO [AUTHENTICATIONFAILED] sesame-17 is wrong", True),
        ("NO [UNAVAILABLE] the directory sleeps", False),
    ],
)
def test_a_login_that_is_refused_for_now_is_tried_soon_and_one_for_good_is_not(reply: str, permanent: bool) -> None:
    def script(command: str) -> list[str]:
        return ["{tag} " + reply] if command.startswith("LOGIN") else ["* CAPABILITY IMAP4rev1", "{tag} OK done"]

    with scripted("* OK hello", script) as server:
        assert failure(imap_box(server.port)).permanent is permanent


def test_a_server_that_takes_no_password_here_is_told_none() -> None:
    def script(command: str) -> list[str]:
        return ["* CAPABILITY IMAP4rev1 LOGINDISABLED", "{tag} OK done"]

    with scripted("* OK hello", script) as server:
        found = failure(imap_box(server.port))
        assert not any("sesame" in said for said in server.said)
    assert (found.permanent, "takes no password" in str(found)) == (True, True)


class Grant:
    """Gives an old token, and a new one where the old one was refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def token(self, refused: str) -> str:
        self.refused.append(refused)
        return "new" if refused else "old"


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
def test_a_token_that_ended_is_got_anew_and_an_imap_server_opens(mechanism: str) -> None:
    tokens: list[str] = []

    def script(command: str) -> list[str]:
        if command.startswith("AUTHENTICATE"):
            assert command == f"AUTHENTICATE {mechanism}"
            return ["+ "]
        if " " not in command and len(command) > 20:  # a response of SASL has no tag
            tokens.append(base64.b64decode(command).decode())
            return ["{tag} OK in" if "new" in tokens[-1] else "{tag} NO [AUTHENTICATIONFAILED] ended"]
        if command.startswith("SEARCH") or "SEARCH" in command:
            return ["* SEARCH", "{tag} OK done"]
        return [f"* CAPABILITY IMAP4rev1 AUTH={mechanism}", "* 0 EXISTS", "* OK [UIDVALIDITY 7] x", "{tag} OK done"]

    grant = Grant()
    with scripted("* OK hello", script) as server:
        box = imap_box(server.port, password="", token=grant.token)
        assert box.visit(Shelf().store) == Visit()
        box.close()
    assert grant.refused == ["", "old"]
    assert ["Bearer old" in tokens[0], "Bearer new" in tokens[1], "ida" in tokens[1]] == [True] * 3


@pytest.mark.parametrize("mechanism", ["", "oauthbearer"])
def test_a_token_that_ended_is_got_anew_and_a_pop3_server_opens(mechanism: str) -> None:
    tokens: list[str] = []

    def script(command: str) -> list[str]:
        if command.startswith("AUTH "):
            assert command == f"AUTH {mechanism.upper() or 'XOAUTH2'}"
            return ["+ "]
        if command in ("", "AQ=="):
            return ["-ERR the token ended"]
        if len(command) > 20:
            tokens.append(base64.b64decode(command).decode())
            return ["+OK in"] if "new" in tokens[-1] else ["+ eyJzdGF0dXMiOiI0MDAifQ=="]
        return ["+OK", "."] if command in ("LIST", "UIDL") else ["+OK"]

    grant = Grant()
    with scripted("+OK hello", script) as server:
        assert (
            pop3_box(server.port, password="", token=grant.token, mechanism=mechanism).visit(Shelf().store) == Visit()
        )
    assert grant.refused == ["", "old"]
    assert ["Bearer old" in tokens[0], "Bearer new" in tokens[1], "ida" in tokens[1]] == [True] * 3


def test_a_server_that_takes_no_tokens_is_told() -> None:
    with scripted("* OK hello", lambda command: ["* CAPABILITY IMAP4rev1", "{tag} OK done"]) as server:
        found = failure(imap_box(server.port, password="", token=Grant().token))
    assert (found.permanent, "no login by token" in str(found)) == (True, True)


def test_a_pop3_message_longer_than_it_was_told_to_be_is_not_read_to_its_end() -> None:
    def script(command: str) -> list[str]:
        if command == "LIST":
            return ["+OK", "1 100", "."]
        if command == "RETR 1":
            return ["+OK", *["x" * 1000] * 50, "."]
        return ["+OK", "."] if command == "UIDL" else ["+OK"]

    with scripted("+OK hello", script) as server:
        box = pop3_box(server.port, largest_bytes=5000)
        with pytest.raises(MailboxError):
            box.visit(Shelf().store)
        assert not any(said.startswith("DELE") for said in server.said)


def test_pop3_deletes_nothing_that_is_not_stored_where_the_session_breaks() -> None:
    def script(command: str) -> list[str] | None:
        if command == "LIST":
            return ["+OK", "1 10", "2 10", "."]
        if command.startswith("RETR"):
            return ["+OK", "Subject: x", "", "."] if command == "RETR 1" else None
        return ["-ERR no UIDL"] if command == "UIDL" else ["+OK"]

    shelf = Shelf()
    with scripted("+OK hello", script) as server:
        with pytest.raises(MailboxError):
            pop3_box(server.port).visit(shelf.store)
        assert [said for said in server.said if said.startswith(("DELE", "QUIT"))] == ["DELE 1"]
    assert (shelf.places, shelf.octets) == ([""], [b"Subject: x\r\n\r\n"])


class Tide:
    """A mailbox that fails as it is told, visit by visit."""

    def __init__(self, *fates: Exception | Visit) -> None:
        self.fates = list(fates)
        self.closed = False

    def describe(self) -> str:
        return "tide"

    def visit(self, store: Store) -> Visit:
        fate = self.fates.pop(0) if self.fates else Visit()
        if isinstance(fate, Exception):
            raise fate
        for _ in range(fate.stored):
            store(Received(place="", octets=NOTICE))
        return fate

    def wait(self, seconds: float, stopped: object) -> None:
        """It tells at once that something came."""

    def close(self) -> None:
        self.closed = True


def test_a_failing_mailbox_is_said_once_waited_for_and_said_to_be_back(caplog: pytest.LogCaptureFixture) -> None:
    away, full = MailboxError(mailbox="tide", problem="it is away"), StorageError("the disk is full", retry=True)
    refused = MailboxError(mailbox="tide", problem="it refuses", permanent=True)
    left = Visit(left=(LeftAlone(place="UID 5", problem="it is too long"),))
    tide = Tide(away, away, away, full, refused, Visit(stored=2), left, left)
    pauses: list[float] = []

    def stopped(seconds: float) -> bool:
        if seconds:
            pauses.append(seconds)
        return not tide.fates

    shelf = Shelf()
    with caplog.at_level(logging.INFO, logger="publisher.bounce.watching"):
        Watch(mailbox=tide, store=shelf.store, every=timedelta(minutes=1), stopped=stopped).run()
    assert pauses == [1.0, 2.0, 4.0, 8.0, 900.0]
    assert [record.getMessage() for record in caplog.records] == [
        "mailbox tide: it is away",
        "the disk is full",
        "mailbox tide: it refuses",
        "mailbox tide can be read again",
        "mailbox tide: 2 messages stored",
        "mailbox tide: UID 5 stays there: it is too long",
    ]
    assert tide.closed


@pytest.mark.parametrize("first", ["* 1 EXISTS", "{tag} BAD no idling today"])
def test_a_server_that_answers_idle_oddly_is_visited_at_once_and_then_asked_from_time_to_time(first: str) -> None:
    def script(command: str) -> list[str]:
        if command == "IDLE":
            return [first]
        if "SEARCH" in command:
            return ["* SEARCH", "{tag} OK done"]
        return ["* CAPABILITY IMAP4rev1 IDLE", "* 0 EXISTS", "{tag} OK done"]

    waited: list[float] = []
    with scripted("* OK hello", script) as server:
        box = imap_box(server.port)
        for _ in range(3):
            box.visit(Shelf().store)
            box.wait(300.0, lambda seconds: bool(waited.append(seconds)) if seconds else False)
        box.close()
    assert waited == [300.0]


def test_what_is_told_together_with_the_word_to_go_on_is_heard_after_a_second() -> None:
    def script(command: str) -> list[str]:
        if command == "IDLE":
            return ["+ idling", "* 1 EXISTS"]
        if "SEARCH" in command:
            return ["* SEARCH", "{tag} OK done"]
        return ["* CAPABILITY IMAP4rev1 IDLE", "* 0 EXISTS", "{tag} OK done"]

    with scripted("* OK hello", script) as server:
        box = imap_box(server.port, timeout_seconds=5.0)
        box.visit(Shelf().store)
        began = time.monotonic()
        box.wait(300.0, lambda seconds: False)
        assert time.monotonic() - began < 4
        box.close()


def test_a_message_that_is_longer_than_it_was_told_to_be_is_not_cut_and_stays() -> None:
    def script(command: str) -> list[str]:
        if "SEARCH" in command:
            return ["* SEARCH 4 5 6", "{tag} OK done"]
        if "RFC822.SIZE" in command:
            return [f"* {uid - 3} FETCH (UID {uid} RFC822.SIZE 90)" for uid in (4, 5, 6)] + ["{tag} OK done"]
        if "BODY.PEEK" in command:
            assert "<0.1025>" in command
            long = "x" * 1025
            return [
                "* 1 FETCH (UID 4 BODY[]<0> {1025}", f"{long})",
                "* 2 FETCH (UID 5 BODY[]<0> {12}", "Subject: x", ")",
                "* 3 FETCH (UID 6 BODY[]<0> NIL)", "{tag} OK done",
            ]  # fmt: skip
        return ["* CAPABILITY IMAP4rev1 UIDPLUS", "* 3 EXISTS", "* OK [UIDVALIDITY 7] x", "{tag} OK done"]

    shelf = Shelf()
    with scripted("* OK hello", script) as server:
        box = imap_box(server.port, largest_bytes=1024, timeout_seconds=5.0)
        visit = box.visit(shelf.store)
        box.close()
        assert [said for said in server.said if "EXPUNGE" in said] == ["UID EXPUNGE 5"]
    assert (visit.stored, shelf.places) == (1, ["7.5"])
    assert [(one.place, one.problem.partition(";")[0]) for one in visit.left] == [
        ("UID 4", "it has 1,025 bytes, more than 1,024"),
        ("UID 6", "it holds nothing"),
    ]


def test_a_connection_that_breaks_while_idle_waits_is_made_anew() -> None:
    served = threading.Event()

    def script(command: str) -> list[str]:
        if command == "IDLE":
            if served.is_set():
                return ["+ idling", "* 1 EXISTS"]
            served.set()
            return ["+ idling", "* BYE we go down"]
        if command == "DONE":
            return ["{tag} OK done"]
        if "SEARCH" in command:
            return ["* SEARCH", "{tag} OK done"]
        return ["* CAPABILITY IMAP4rev1 IDLE", "* 0 EXISTS", "{tag} OK done"]

    stop = threading.Event()
    with scripted("* OK hello", script) as server:
        box = imap_box(server.port, timeout_seconds=5.0)
        watch = Watch(mailbox=box, store=Shelf().store, every=timedelta(hours=1), stopped=stop.wait)
        thread = threading.Thread(target=watch.run)
        thread.start()
        ends = time.monotonic() + 10
        while server.connections < 2 and time.monotonic() < ends:
            time.sleep(0.02)
        stop.set()
        thread.join(10)
        assert server.connections >= 2
        assert not thread.is_alive()
