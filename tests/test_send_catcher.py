"""The catcher, spoken to by Python's own SMTP client and by hand."""

from __future__ import annotations

import mailbox
import smtplib
import socket
from pathlib import Path

import pytest

from publisher.errors import Unwritable
from publisher.send.catcher import Catcher
from publisher.send.maildir import Maildir

MESSAGE = b"From: desk@courier.example\r\nSubject: Tide\r\n\r\n.dot\r\n..two\r\nHigh at noon.\r\n"


def test_a_letter_is_kept_in_a_maildir_with_its_envelope(tmp_path: Path) -> None:
    with Catcher(tmp_path / "outbox") as catcher, smtplib.SMTP("127.0.0.1", catcher.port) as client:
        client.sendmail("b+1@courier.example", ["mira@readers.example"], MESSAGE)
    (message,) = mailbox.Maildir(tmp_path / "outbox", create=False)
    assert message["Return-Path"] == "<b+1@courier.example>"
    assert message["Delivered-To"] == message["X-Envelope-To"] == "mira@readers.example"
    assert message["Subject"] == "Tide"
    assert message.get_payload() == ".dot\n..two\nHigh at noon.\n"


def talk(port: int, said: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(said)
        heard = b""
        while data := client.recv(65536):
            heard += data
    return heard


def test_a_whole_conversation_in_one_packet(tmp_path: Path) -> None:
    said = b"EHLO x\r\nMAIL FROM:<a@b.example> SIZE=10\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + MESSAGE.replace(
        b"\r\n.", b"\r\n.."
    )
    said += b".\r\nMAIL FROM:<>\r\nRCPT TO:<e@f.example>\r\nDATA\r\n.\r\nQUIT\r\n"
    with Catcher(tmp_path / "outbox") as catcher:
        heard = talk(catcher.port, said)
    codes = [line[:3] for line in heard.split(b"\r\n") if line[3:4] == b" "]
    assert codes == [b"220", b"250", b"250", b"250", b"354", b"250", b"250", b"250", b"354", b"250", b"221"]
    for keyword in (b"PIPELINING", b"SIZE", b"8BITMIME", b"SMTPUTF8", b"DSN"):
        assert keyword in heard
    assert len(list((tmp_path / "outbox" / "new").iterdir())) == 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"MAIL FROM:<a@b.example>\r\n", b"503"),
        (b"HELO x\r\nRCPT TO:<a@b.example>\r\n", b"503"),
        (b"HELO x\r\nDATA\r\n", b"503"),
        (b"HELO x\r\nMAIL FROM:a@b.example\r\n", b"501"),
        (b"HELO x\r\nMAIL FROM:<a@b.example> SIZE=99999999999\r\n", b"552"),
        (b"HELO x\r\nMAIL FROM:<a@b.example>\r\nMAIL FROM:<a@b.example>\r\n", b"503"),
        (b"WHAT\r\n", b"500"),
        (b"\xff\xfe\r\n", b"500"),
    ],
)
def test_wrong_commands_get_their_code(tmp_path: Path, said: bytes, code: bytes) -> None:
    with Catcher(tmp_path / "outbox") as catcher:
        heard = talk(catcher.port, said + b"QUIT\r\n")
    assert heard.split(b"\r\n")[-3].startswith(code)


def test_a_letter_that_was_cut_is_not_kept(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    with Catcher(outbox) as catcher, socket.create_connection(("127.0.0.1", catcher.port), timeout=10) as client:
        client.sendall(b"HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: half")
        while b"354" not in client.recv(4096):
            pass
    assert [path for name in ("new", "tmp") for path in (tmp_path / "outbox" / name).iterdir()] == []


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands here")
    with pytest.raises(Unwritable, match="outbox"):
        Catcher(tmp_path / "outbox")


def test_a_letter_that_cannot_be_kept_is_not_taken(tmp_path: Path) -> None:
    with Catcher(tmp_path / "outbox") as catcher, smtplib.SMTP("127.0.0.1", catcher.port) as client:
        (tmp_path / "outbox" / "new").rmdir()
        with pytest.raises(smtplib.SMTPDataError) as wrong:
            client.sendmail("b+1@courier.example", ["mira@readers.example"], MESSAGE)
        assert wrong.value.smtp_code == 452
    assert list((tmp_path / "outbox" / "tmp").iterdir()) == []


def test_names_in_a_maildir_are_never_the_same(tmp_path: Path) -> None:
    maildir = Maildir(tmp_path / "box")
    names = {maildir.put(b"Subject: x\r\n\r\nx\r\n").name for _ in range(50)}
    assert len(names) == 50
    assert not any("/" in name or ":" in name for name in names)
