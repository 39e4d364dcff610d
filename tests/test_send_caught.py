"""What was caught, listed and searched: the newest first, and no more read than is shown."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.errors import Unwritable
from publisher.send.caught import HEAD_BYTES, LAST_SECOND, LETTERS_A_PAGE, MOST_LOOKED_THROUGH, Caught, Outbox
from publisher.send.maildir import Maildir

MANY = MOST_LOOKED_THROUGH + 2_000

# Lists the letters of a folder, and tells which files it opened for that. A program of its
# own, since nobody who hears of all that Python does can be sent away again.
_LISTENING = """
import sys
from pathlib import Path
from publisher.send.caught import Outbox
folder, opened = sys.argv[1], []
sys.addaudithook(lambda event, told: opened.append(str(told[0])) if event == "open" else None)
Outbox(Path(folder)).leaf()
print(sum(path.startswith(folder) for path in opened))
"""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Very many letters, as the catcher names them; each subject has its number."""
    folder: Path = tmp_path_factory.mktemp("crowd") / "outbox"
    Maildir(folder)
    for number in range(MANY):
        name = f"{1795000000 + number // 100}.M{number % 100:09}P7Q{number}.host"
        (folder / "new" / name).write_bytes(b"Delivered-To: r@x.example\nSubject: number /%d/\n\nbody" % number)
    return folder


def put(folder: Path, subject: str, *recipients: str, to: str = "") -> str:
    head = [f"Delivered-To: {one}" for one in recipients] + ([f"To: {to}"] if to else []) + [f"Subject: {subject}"]
    return Maildir(folder).put("\r\n".join([*head, "", "body\r\n"]).encode()).name


def subjects(letters: tuple[Caught, ...]) -> list[str]:
    return [letter.subject for letter in letters]


def test_letters_come_newest_first_with_whom_they_were_for_and_when(tmp_path: Path) -> None:
    begun = datetime.now(UTC).replace(microsecond=0)
    put(tmp_path, "first", "ada@readers.example", "bo@readers.example", to="All <all@readers.example>")
    put(tmp_path, "=?utf-8?q?zweit=C3=BC?=", to="Zoë <zoë@readers.example>")
    leaf = Outbox(tmp_path).leaf()
    assert subjects(leaf.letters) == ["zweitü", "first"]
    assert leaf.letters[0].recipients == ("Zoë <zoë@readers.example>",)
    assert leaf.letters[1].recipients == ("ada@readers.example", "bo@readers.example")
    assert all(begun <= letter.caught <= datetime.now(UTC) for letter in leaf.letters)
    assert (leaf.total, leaf.skipped, leaf.looked, leaf.newer, leaf.older) == (2, 0, 2, None, None)


def test_the_names_of_letters_sort_by_the_time_they_came(tmp_path: Path) -> None:
    maildir = Maildir(tmp_path)
    names = [maildir.put(b"x").name for _ in range(60)]
    assert Outbox(tmp_path).keys() == names


def test_pages_lead_from_the_newest_to_the_oldest_and_back(crowd: Path) -> None:
    outbox = Outbox(crowd)
    first = outbox.leaf()
    assert first.older
    second = outbox.leaf(before=first.older)
    assert subjects(second.letters)[0] == f"number /{MANY - 1 - LETTERS_A_PAGE}/"
    assert (second.skipped, second.newer) == (LETTERS_A_PAGE, "")
    assert second.older
    third = outbox.leaf(before=second.older)
    assert third.newer
    assert outbox.leaf(before=third.newer) == second
    oldest = outbox.keys()[0]
    past_the_end = outbox.leaf(before=oldest)
    assert (past_the_end.letters, past_the_end.skipped, past_the_end.older) == ((), MANY, None)
    assert outbox.leaf(before="9") == first
    assert outbox.neighbours(oldest) == (outbox.keys()[1], None)
    assert outbox.neighbours(first.letters[0].key) == (None, first.letters[1].key)


def test_of_very_many_letters_no_more_are_read_than_are_shown(crowd: Path) -> None:
    told = subprocess.run([sys.executable, "-c", _LISTENING, str(crowd)], check=True, capture_output=True, text=True)
    assert int(told.stdout) == LETTERS_A_PAGE


def test_a_search_looks_through_so_many_and_goes_on_from_there(crowd: Path) -> None:
    outbox = Outbox(crowd)
    begun = outbox.leaf(wanted="NUMBER /123/")
    assert (begun.letters, begun.looked) == ((), MOST_LOOKED_THROUGH)
    assert begun.older
    found = outbox.leaf(wanted="NUMBER /123/", before=begun.older)
    assert subjects(found.letters) == ["number /123/"]
    assert (found.skipped, found.looked, found.older, found.newer) == (MOST_LOOKED_THROUGH, 2_000, None, "")


def test_a_search_stops_with_a_full_page(crowd: Path) -> None:
    outbox = Outbox(crowd)
    first = outbox.leaf(wanted="r@X.example 7/")
    assert len(first.letters) == LETTERS_A_PAGE
    assert first.older
    second = outbox.leaf(wanted="r@X.example 7/", before=first.older)
    assert second.letters[0].key < first.letters[-1].key
    assert all(subject.endswith("7/") for subject in subjects(first.letters + second.letters))


def test_every_word_must_stand_in_a_recipient_or_the_subject(tmp_path: Path) -> None:
    put(tmp_path, "The Straße to the harbour", "ada@readers.example")
    outbox = Outbox(tmp_path)
    for wanted in ("harbour ada@", "STRASSE", "  readers   THE "):
        assert len(outbox.leaf(wanted=wanted).letters) == 1
    for wanted in ("harbour bo@", "body", "Subject:"):
        assert outbox.leaf(wanted=wanted).letters == ()


def test_a_letter_that_a_mail_program_has_looked_at_is_still_there(tmp_path: Path) -> None:
    name = put(tmp_path, "seen", "ada@readers.example")
    (tmp_path / "new" / name).rename(tmp_path / "cur" / f"{name}:2,S")
    outbox = Outbox(tmp_path)
    assert outbox.keys() == [name]
    found = outbox.find(name)
    assert found
    assert found[0].subject == "seen"
    assert outbox.file(name) == tmp_path / "cur" / f"{name}:2,S"


def test_what_is_no_letter_of_ours_is_passed_over(tmp_path: Path) -> None:
    name = put(tmp_path, "ours", "ada@readers.example")
    secret = tmp_path / "secret"
    secret.write_text("Subject: secret\n\n")
    new = tmp_path / "new"
    (new / "link").symlink_to(secret)
    (new / "folder").mkdir()
    os.mkfifo(new / "pipe")
    for strange in (".hidden", "ümlaut", "with blank", "line\nbreak", os.fsdecode(b"\xff")):
        (new / strange).write_text("Subject: strange\n\n")
    outbox = Outbox(tmp_path)
    assert outbox.keys() == [name]
    for key in ("link", "folder", "pipe", ".hidden", "../secret", "secret", "", "new", "\x00"):
        assert outbox.find(key) is None
        assert outbox.file(key) is None
    outbox.delete("~")
    assert secret.exists()
    assert len(list(new.iterdir())) == 8


def test_a_name_without_a_time_has_that_of_its_file(tmp_path: Path) -> None:
    Maildir(tmp_path)
    (tmp_path / "new" / "saved-by-hand").write_text("Subject: by hand\n\n")
    for told, shown in ((1795000000, 1795000000), (-5, 0), (10**12, LAST_SECOND)):
        os.utime(tmp_path / "new" / "saved-by-hand", (told, told))
        kept = int((tmp_path / "new" / "saved-by-hand").stat().st_mtime)  # what the file system can hold of it
        (letter,) = Outbox(tmp_path).leaf().letters
        assert letter.caught == datetime.fromtimestamp(shown if kept == told else kept, UTC)


def test_of_a_letter_with_a_huge_head_no_more_than_the_beginning_is_read(tmp_path: Path) -> None:
    Maildir(tmp_path).put(b"Delivered-To: a@b.example\nX: " + b"x" * HEAD_BYTES + b"\nSubject: too far\n\nbody")
    (letter,) = Outbox(tmp_path).leaf().letters
    assert (letter.recipients, letter.subject) == (("a@b.example",), "")


def test_deleting_takes_what_was_there_and_leaves_what_came_since(tmp_path: Path) -> None:
    names = [put(tmp_path, f"letter {number}", "ada@readers.example") for number in range(3)]
    outbox = Outbox(tmp_path)
    assert outbox.delete(names[1]) == 2
    assert outbox.keys() == [names[2]]
    assert outbox.delete("") == 0


def test_a_letter_that_cannot_be_deleted_is_told(tmp_path: Path) -> None:
    name = put(tmp_path, "fast", "ada@readers.example")
    place = tmp_path / "new" / name
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "new").rename(real / "new")
    (tmp_path / "new").symlink_to("/proc/self/fdinfo")  # where nothing can be deleted
    with pytest.raises(Unwritable, match=r"cannot write .*new"):
        Outbox(tmp_path).delete("~")
    assert (real / "new" / place.name).exists()


def test_a_folder_that_is_not_there_yet_holds_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    assert outbox.keys() == []
    assert outbox.leaf().letters == ()
    assert outbox.find("x") is None
    assert not (tmp_path / "outbox").exists()
