"""Messages that lie on this machine: a Maildir, an mbox, a pipe. Nothing is let go of before it is stored."""

from __future__ import annotations

import contextlib
import io
import mailbox
import os
import threading
from pathlib import Path

import pytest

from publisher.bounce.mailbox import Mailbox, Received
from publisher.bounce.maildir import MaildirMailbox
from publisher.bounce.mbox import MboxMailbox
from publisher.bounce.pipe import ExitCode, NotTaken, exit_code_of, ingest
from publisher.errors import ConfigError, MailboxError, StorageError
from publisher.send.maildir import Maildir
from tests.bounce_shelf import Shelf


def notice(number: int = 1) -> bytes:
    return f"From: <MAILER-DAEMON@post.example>\r\nSubject: returned {number}\r\n\r\nNobody of that name.\r\n".encode()


def files_of(folder: Path) -> list[Path]:
    return sorted(path for part in ("new", "cur") for path in (folder / part).iterdir())


@pytest.fixture
def maildir(tmp_path: Path) -> Maildir:
    return Maildir(tmp_path / "bounces")


def test_messages_of_a_maildir_are_stored_in_their_order_and_deleted(maildir: Maildir) -> None:
    for number in range(5):
        maildir.put(notice(number))
    shelf = Shelf()
    visit = MaildirMailbox(folder=maildir.folder).visit(shelf.store)
    assert visit.stored == 5
    assert [octets.replace(b"\n", b"\r\n") for octets in shelf.octets] == [notice(number) for number in range(5)]
    assert not files_of(maildir.folder)


def test_what_is_kept_moves_to_cur_as_seen_and_does_not_come_again(maildir: Maildir) -> None:
    name = maildir.put(notice()).name
    shelf = Shelf()
    box = MaildirMailbox(folder=maildir.folder, keep=True)
    assert box.visit(shelf.store).stored == 1
    assert [path.name for path in files_of(maildir.folder)] == [name + ":2,S"]
    assert box.visit(shelf.store).stored == 0


def test_a_message_that_a_mail_program_looked_at_is_taken_all_the_same(maildir: Maildir) -> None:
    path = maildir.put(notice())
    path.rename(maildir.folder / "cur" / f"{path.name}:2,RS")
    shelf = Shelf()
    assert MaildirMailbox(folder=maildir.folder).visit(shelf.store).stored == 1
    assert shelf.places == [path.name]


def test_what_could_not_be_stored_stays_and_what_was_is_gone(maildir: Maildir) -> None:
    for number in range(3):
        maildir.put(notice(number))
    shelf = Shelf(fails_at=2)
    box = MaildirMailbox(folder=maildir.folder)
    with pytest.raises(StorageError):
        box.visit(shelf.store)
    assert len(files_of(maildir.folder)) == 2
    assert box.visit(shelf.store).stored == 2
    assert len(set(shelf.digests)) == 3


def test_only_plain_files_are_read_whatever_their_names_are(maildir: Maildir, tmp_path: Path) -> None:
    new = maildir.folder / "new"
    secret = tmp_path / "secret"
    secret.write_bytes(b"not a message")
    (new / "link").symlink_to(secret)
    (new / "folder").mkdir()
    os.mkfifo(new / "pipe")
    (new / ".hidden").write_bytes(notice())
    (new / os.fsdecode(b"\xff\n\x1b[31m odd")).write_bytes(notice())
    shelf = Shelf()
    visit = MaildirMailbox(folder=maildir.folder).visit(shelf.store)
    assert shelf.octets == [notice()]
    assert sorted(one.place for one in visit.left) == ["new/folder", "new/link", "new/pipe"]
    assert secret.read_bytes() == b"not a message"


def test_a_name_is_told_without_what_a_terminal_would_do(maildir: Maildir) -> None:
    (maildir.folder / "new" / "a\n\x1b[31m").mkdir()
    visit = MaildirMailbox(folder=maildir.folder).visit(Shelf().store)
    assert visit.left[0].place == r"new/a\n\x1b[31m"


def test_a_message_that_is_too_long_stays_and_is_told_of(maildir: Maildir) -> None:
    path = maildir.put(notice() + b"x" * 1000)
    maildir.put(notice())
    shelf = Shelf()
    visit = MaildirMailbox(folder=maildir.folder, largest_bytes=500).visit(shelf.store)
    assert (visit.stored, len(visit.left)) == (1, 1)
    assert "more than 500" in visit.left[0].problem
    assert path.exists()


def test_a_hole_of_50_mb_in_a_file_is_not_read(maildir: Maildir) -> None:
    with (maildir.folder / "new" / "large").open("wb") as file:
        file.truncate(50 * 2**20)
    visit = MaildirMailbox(folder=maildir.folder).visit(Shelf().store)
    assert "52,428,800 bytes" in visit.left[0].problem


def test_several_write_and_several_read_and_no_message_is_lost(maildir: Maildir) -> None:
    shelf = Shelf()
    done = threading.Event()

    def write(first: int) -> None:
        for number in range(first, first + 50):
            maildir.put(notice(number))

    def read() -> None:
        box = MaildirMailbox(folder=maildir.folder)
        while not done.is_set():
            box.visit(shelf.store)
        box.visit(shelf.store)

    writers = [threading.Thread(target=write, args=(100 * one,)) for one in range(3)]
    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in writers + readers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert len(set(shelf.digests)) == 150
    assert not files_of(maildir.folder)


def test_a_folder_that_is_no_maildir_is_told(tmp_path: Path) -> None:
    with pytest.raises(MailboxError, match="`new` and `cur`"):
        MaildirMailbox(folder=tmp_path / "nowhere").visit(Shelf().store)


def test_the_same_message_has_one_digest_whatever_its_line_ends() -> None:
    one, other = (Received(place="", octets=octets) for octets in (b"a: b\r\n\r\nc\r\n", b"a: b\n\nc\n"))
    assert one.digest == other.digest
    assert one.digest != Received(place="", octets=b"a: b\n\nd\n").digest


def put_into(path: Path, *messages: bytes) -> None:
    box = mailbox.mbox(path)
    box.lock()
    for message in messages:
        box.add(message.replace(b"\r\n", b"\n"))
    box.flush()
    box.close()


def test_messages_of_an_mbox_are_stored_and_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "bounces"
    box = MboxMailbox(path=path)
    shelf = Shelf()
    assert box.visit(shelf.store).stored == 0  # not there yet
    put_into(path, notice(1), notice(2))
    path.chmod(0o660)
    assert box.visit(shelf.store).stored == 2
    assert [b"returned 1" in shelf.octets[0], b"returned 2" in shelf.octets[1]] == [True, True]
    assert path.read_bytes() == b""
    assert path.stat().st_mode & 0o777 == 0o660
    put_into(path, notice(3))
    assert box.visit(shelf.store).stored == 1


def test_of_an_mbox_stays_what_is_too_long_or_could_not_be_stored(tmp_path: Path) -> None:
    path = tmp_path / "bounces"
    put_into(path, notice(1), notice(2) + b"x" * 3000, notice(3), notice(4))
    box = MboxMailbox(path=path, largest_bytes=1000)
    shelf = Shelf(fails_at=2)
    with pytest.raises(StorageError):
        box.visit(shelf.store)
    with contextlib.closing(mailbox.mbox(path)) as left:
        assert [message["subject"] for message in left] == ["returned 2", "returned 3", "returned 4"]
    visit = box.visit(shelf.store)
    assert (visit.stored, [one.place for one in visit.left]) == (2, ["message 1"])
    with contextlib.closing(mailbox.mbox(path)) as left:
        assert [message["subject"] for message in left] == ["returned 2"]


def test_an_mbox_that_an_mta_has_locked_waits(tmp_path: Path) -> None:
    path = tmp_path / "bounces"
    put_into(path, notice())
    (tmp_path / "bounces.lock").touch()
    with pytest.raises(MailboxError, match="somebody else writes it") as caught:
        MboxMailbox(path=path).visit(Shelf().store)
    assert not caught.value.permanent
    (tmp_path / "bounces.lock").unlink()
    assert MboxMailbox(path=path).visit(Shelf().store).stored == 1


@pytest.mark.parametrize("kind", ["link", "folder", "other"])
def test_a_file_that_is_no_mbox_is_left_as_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bounces"
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        (tmp_path / "elsewhere").write_bytes(b"From a@example Mon\n\nhello\n")
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.write_bytes(b"no mail at all\n")
        assert MboxMailbox(path=path).visit(Shelf().store).stored == 0
        assert path.read_bytes() == b"no mail at all\n"
        return
    with pytest.raises(MailboxError, match="no file in mbox format"):
        MboxMailbox(path=path).visit(Shelf().store)


def test_both_are_mailboxes(tmp_path: Path) -> None:
    boxes: list[Mailbox] = [MaildirMailbox(folder=tmp_path), MboxMailbox(path=tmp_path / "file")]
    waited: list[float] = []
    for box in boxes:
        box.wait(3.0, lambda seconds: bool(waited.append(seconds)))
        box.close()
    assert waited == [3.0, 3.0]


def test_a_message_from_a_pipe_is_stored_with_the_envelope_that_the_mta_tells() -> None:
    shelf = Shelf()
    environ = {"SENDER": "", "RECIPIENT": "desk@news.example", "ORIGINAL_RECIPIENT": "b+abc@news.example"}
    ingest(io.BytesIO(b"From MAILER-DAEMON Mon Nov 23\n" + notice()), shelf.store, environ)
    ingest(io.BytesIO(notice(2)), shelf.store, environ, came_to=["b+def@news.example"])
    ingest(io.BytesIO(notice(3)), shelf.store, {})
    first, second, third = shelf.received
    assert (first.octets, first.came_from) == (notice(), "")
    assert first.came_to == ("b+abc@news.example", "desk@news.example")
    assert second.came_to == ("b+def@news.example",)
    assert (third.came_to, third.came_from) == ((), None)


def test_what_a_pipe_says_makes_the_mta_keep_what_may_be_stored_later() -> None:
    def away(_: Received) -> None:
        raise StorageError("the database is away", retry=True)

    with pytest.raises(StorageError) as caught:
        ingest(io.BytesIO(notice()), away, {})
    assert exit_code_of(caught.value) == ExitCode.LATER == 75
    assert exit_code_of(ConfigError(("config.toml:1: no",))) == 75


@pytest.mark.parametrize("octets", [b"", b"\r\n \n", b"x" * 1001])
def test_a_pipe_refuses_for_good_what_will_never_be_a_message(octets: bytes) -> None:
    shelf = Shelf()
    with pytest.raises(NotTaken) as caught:
        ingest(io.BytesIO(octets), shelf.store, {}, largest_bytes=1000)
    assert exit_code_of(caught.value) == 65
    assert not shelf.received
