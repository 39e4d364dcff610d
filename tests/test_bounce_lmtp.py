"""LMTP, spoken by smtplib's own client and by hand: 250 is said of what is stored, and of nothing else."""

from __future__ import annotations

import smtplib
import socket
import stat
import time
from pathlib import Path

import pytest

from publisher.bounce.lmtp import Listening, LmtpServer
from publisher.bounce.mailbox import Received
from publisher.errors import MailboxError
from tests.bounce_shelf import Shelf

NOTICE = "From: <MAILER-DAEMON@post.example>\r\nSubject: returned\r\n\r\n.\r\n..two dots\r\nNobody of that name.\r\n"
TO = ["b+abc@news.example", "b+def@news.example"]


@pytest.mark.parametrize("where", ["file", "port"])
def test_a_message_is_stored_before_250_is_said(tmp_path: Path, where: str) -> None:
    path = tmp_path / "lmtp" if where == "file" else None
    shelf = Shelf()
    with LmtpServer(Listening(path=path), shelf.store) as server:
        with smtplib.LMTP(str(path) if path else "127.0.0.1", server.port) as client:
            assert client.sendmail("", TO[:1], NOTICE) == {}
            assert client.sendmail("daemon@post.example", TO[:1], NOTICE) == {}
        if path:
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
    first, second = shelf.received
    assert (first.octets, first.came_to, first.came_from) == (NOTICE.encode(), (TO[0],), "")
    assert second.came_from == "daemon@post.example"
    assert path is None or not path.exists()


def test_of_several_recipients_the_message_is_stored_once() -> None:
    shelf = Shelf()
    with LmtpServer(Listening(), shelf.store) as server:
        replies = said(server.port, envelope(TO) + "..dot\r\n.\r\nQUIT\r\n")
    assert [reply[:3] for reply in replies[-3:]] == ["250", "250", "221"]
    assert [(one.octets, one.came_to) for one in shelf.received] == [(b".dot\r\n", tuple(TO))]


def test_what_could_not_be_stored_is_kept_by_the_mta() -> None:
    shelf = Shelf(fails_at=1)
    with LmtpServer(Listening(), shelf.store) as server, smtplib.LMTP("127.0.0.1", server.port) as client:
        with pytest.raises(smtplib.SMTPResponseException) as caught:
            client.sendmail("", TO[:1], NOTICE)
        assert caught.value.smtp_code == 451
        assert client.sendmail("", TO[:1], NOTICE) == {}
    assert len(shelf.received) == 1


def test_a_fault_of_the_program_ends_its_connection_alone_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    faults = iter([ZeroDivisionError("nobody thought of it")])
    shelf = Shelf()

    def store(received: Received) -> None:
        if fault := next(faults, None):
            raise fault
        shelf.store(received)

    with LmtpServer(Listening(), store) as server:
        with pytest.raises(smtplib.SMTPServerDisconnected), smtplib.LMTP("127.0.0.1", server.port) as client:
            client.sendmail("", TO[:1], NOTICE)
        with smtplib.LMTP("127.0.0.1", server.port) as client:
            assert client.sendmail("", TO[:1], NOTICE) == {}
    assert len(shelf.received) == 1
    assert "ended by a fault of the program" in caplog.text
    assert "nobody thought of it" in caplog.text


def test_who_waits_for_it_is_told_when_it_listens_no_more() -> None:
    with LmtpServer(Listening(), Shelf().store) as server:
        server.wait(lambda _seconds: True)
    with pytest.raises(MailboxError, match="it listens no more"):
        server.wait(lambda _seconds: False)


def test_each_recipient_has_a_reply_of_its_own() -> None:
    message = "x" * 400 + "\r\n" * 400
    shelf = Shelf(fails_at=1)
    with LmtpServer(Listening(), shelf.store, largest_bytes=1000) as server:
        replies = said(server.port, envelope(TO) + f"{message}.\r\n" + envelope(TO) + "short\r\n.\r\nQUIT\r\n")
    assert [reply[:3] for reply in replies if not reply.startswith("250-")] == [
        "220", "250", "250", "250", "250", "354", "552", "552", "250", "250", "250", "250", "354", "451", "451", "221",
    ]  # fmt: skip
    assert not shelf.received


def test_a_size_that_is_told_is_refused_before_the_message_comes() -> None:
    with LmtpServer(Listening(), Shelf().store, largest_bytes=1000) as server:
        replies = said(server.port, "LHLO mta.example\r\nMAIL FROM:<> SIZE=1001\r\nMAIL FROM:<> SIZE=1000\r\nQUIT\r\n")
    assert [reply[:3] for reply in replies[-3:]] == ["552", "250", "221"]


def test_a_message_whose_end_never_comes_is_none() -> None:
    shelf = Shelf()
    with LmtpServer(Listening(), shelf.store) as server:
        said(server.port, envelope(TO) + "half a mess")
    assert not shelf.received


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("EHLO mta.example", "500 5.5.1"),
        ("MAIL FROM:<a@b.example>", "503"),
        ("DATA", "503"),
        ("LHLO x\r\nRCPT TO:<a@b.example>", "503"),
        ("LHLO x\r\nMAIL FROM:a@b.example", "501"),
        ("LHLO x\r\nMAIL FROM:<>\r\nMAIL FROM:<>", "503"),
        ("LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<>", "501"),
        ("LHLO x\r\nMAIL FROM:<>\r\nDATA", "503"),
        ("LHLO x\r\nMAIL FROM:<>\r\nRSET", "250"),
        ("NOOP", "250"),
        ("VRFY a", "252"),
        ("\xff\x00", "500"),
        ("x" * 70_000, "500 5.5.2 line too long"),
    ],
)
def test_commands_out_of_order_or_sense_are_refused(line: str, reply: str) -> None:
    with LmtpServer(Listening(), Shelf().store) as server:
        assert said(server.port, f"{line}\r\nQUIT\r\n")[-1 if len(line) > 60_000 else -2].startswith(reply)


def test_a_file_that_a_killed_server_left_is_taken_and_one_in_use_is_not(tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with (
        LmtpServer(Listening(path=path), Shelf().store),
        pytest.raises(MailboxError, match="cannot listen there"),
        LmtpServer(Listening(path=path), Shelf().store),
    ):
        raise AssertionError("two servers at one place")


def test_a_file_that_is_no_socket_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    path.write_text("a text")
    with pytest.raises(MailboxError), LmtpServer(Listening(path=path), Shelf().store):
        raise AssertionError("it listens on a text")
    assert path.read_text() == "a text"


def test_who_is_cut_off_in_the_middle_of_a_line_reads_why() -> None:
    with (
        LmtpServer(Listening(), Shelf().store) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as client,
    ):
        client.sendall(b"x" * 300_000)
        time.sleep(0.1)  # the server has said it, and would be gone
        client.sendall(b"x" * 70_000)
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as wire:
            assert wire.read().endswith(b"500 5.5.2 line too long\r\n")


def envelope(recipients: list[str]) -> str:
    return "LHLO mta.example\r\nMAIL FROM:<>\r\n" + "".join(f"RCPT TO:<{one}>\r\n" for one in recipients) + "DATA\r\n"


def said(port: int, text: str) -> list[str]:
    """All replies to commands that are sent at once."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(text.encode("latin-1"))
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as wire:
            return wire.read().decode().splitlines()
