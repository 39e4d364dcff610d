"""Readers from an admin's hand and from CSV files, of whatever kind and from whatever program."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.errors import PublisherError
from publisher.model.subscriber import Cadence
from publisher.store import audience, subscribers
from publisher.store.database import Store, open_store
from publisher.store.scratch import Scratch
from publisher.store.subscribers import Joined
from publisher.subscribe.candidates import Wanted
from publisher.subscribe.importing import Imported, add_reader, import_readers, rehearse
from publisher.subscribe.listfile import lists_in
from publisher.subscribe.survey import HowToRead, Progress, Survey, lists_among, survey
from tests.conftest import NOW

WANTED = Wanted(
    newsletter="morning",
    newsletter_name="Morning",
    cadence=Cadence.DAILY,
    consent="import of readers.csv",
    columns=("harbour",),
)


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "readers.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


HOW = HowToRead(papers={"morning": WANTED})


class Taken(NamedTuple):
    found: Survey
    told: Imported

    @property
    def joined(self) -> dict[Joined, int]:
        return dict(self.told.joined)

    @property
    def bad(self) -> list[tuple[int, str]]:
        return [(row.line, row.problem) for row in self.found.first_bad]


def take_in(
    store: Store, path: Path, *, how: HowToRead = HOW, progress: Progress = lambda _done, _of: None, dry: bool = False
) -> Taken:
    with lists_in(path) as parts, Scratch() as away:
        found = survey(lists_among(parts), how, away=away, bad_path=None, progress=lambda _done, _of: None)
        if dry:
            return Taken(found, rehearse(store, found, how, away=away, progress=progress))
        return Taken(found, import_readers(store, found, how, away=away, now=NOW, progress=progress))


def readers(store: Store) -> dict[str, str]:
    with store.read() as conn:
        return {person.email.partition("@")[0]: person.name for person in subscribers.get_all(conn)}


TWO = {"ada": "Ada Lind", "bo": "Bo"}


@pytest.mark.parametrize(
    "content",
    [
        "email,name\nada@r.example,Ada Lind\nbo@r.example,Bo\n",
        "ada@r.example,Ada Lind\nbo@r.example,Bo",
        "\ufeffemail,name\r\nada@r.example,Ada Lind\r\nbo@r.example,Bo\r\n",
        "email,name\rada@r.example,Ada Lind\rbo@r.example,Bo\r",
        '"email","name"\n"ada@r.example","Ada Lind"\n"bo@r.example","Bo"\n',
        "name,email\nAda Lind,ada@r.example\nBo,bo@r.example\n",
        "Full Name,Age,E-Mail\nAda Lind,41,ada@r.example\nBo,,bo@r.example\n",
        "address,email,name\n1 Quay Street,ada@r.example,Ada Lind\n2 Hill Road,bo@r.example,Bo\n",
        "EMAIL ADDRESS , NAME \n ada@r.example ,  Ada   Lind \n bo@r.example,Bo\n",
        "email;name\nada@r.example;Ada Lind\nbo@r.example;Bo\n",
        "email\tname\nada@r.example\tAda Lind\nbo@r.example\tBo\n",
        "email,name\n\n,\nada@r.example,Ada Lind\n\n   \nbo@r.example,Bo,more,cells\n\n",
        'email,note,name\nada@r.example,"two\nlines, and ""quotes""",Ada Lind\nbo@r.example,,Bo\n',
    ],
)
def test_files_of_many_programs_are_understood(sqlite_store: Store, tmp_path: Path, content: str) -> None:
    imported = take_in(sqlite_store, write(tmp_path, content))
    assert imported.bad == []
    assert imported.joined == {Joined.ADDED: 2}
    assert readers(sqlite_store) == TWO


def test_addresses_alone_are_enough(sqlite_store: Store, tmp_path: Path) -> None:
    take_in(sqlite_store, write(tmp_path, "mail\nada@r.example\nbo@r.example\n"))
    assert readers(sqlite_store) == {"ada": "", "bo": ""}


@pytest.mark.parametrize("content", ["", "\n\n", "email,name\n", "\ufeff"])
def test_a_file_without_readers_adds_nobody(sqlite_store: Store, tmp_path: Path, content: str) -> None:
    assert take_in(sqlite_store, write(tmp_path, content)).told == Imported()


def test_what_they_are_added_to_is_what_was_wanted(sqlite_store: Store, tmp_path: Path) -> None:
    take_in(sqlite_store, write(tmp_path, "email\nada@r.example\n"))
    with sqlite_store.read() as conn:
        ada = subscribers.find(conn, "ada@r.example")
        assert audience.wishes(conn, "morning", Cadence.DAILY).values()
    assert ada
    assert (ada.consent, ada.joined, ada.subscriptions[0].columns) == ("import of readers.csv", NOW, ("harbour",))


def test_rows_that_cannot_be_used_are_told_by_line_and_stop_no_other(sqlite_store: Store, tmp_path: Path) -> None:
    content = "email,name\nada@r.example,Ada Lind\nno address,Cy\n\n@r.example,Di\nbo@r.example,Bo\na@b,Eve\n,Fay\n"
    imported = take_in(sqlite_store, write(tmp_path, content))
    assert [line for line, _ in imported.bad] == [3, 5, 7, 8]
    assert imported.bad[0][1].startswith("'no address' is not an address: ")
    assert all("write one like `desk@example.org`" in problem for _, problem in imported.bad)
    assert imported.joined == {Joined.ADDED: 2}
    assert readers(sqlite_store) == TWO


def test_the_line_that_is_told_is_where_the_row_begins(sqlite_store: Store, tmp_path: Path) -> None:
    content = 'email,name,note\nada@r.example,Ada Lind,"over\nthree\nlines"\nnobody,,"over\ntwo"\n'
    assert [line for line, _ in take_in(sqlite_store, write(tmp_path, content)).bad] == [5]


def test_thousands_are_written_in_several_transactions(sqlite_store: Store, tmp_path: Path) -> None:
    lines = "".join(f"reader{number}@r.example,Reader {number}\n" for number in range(21_000))
    path = write(tmp_path, "email,name\n" + lines)
    progress: list[tuple[int, int]] = []
    imported = take_in(sqlite_store, path, progress=lambda done, of: progress.append((done, of)))
    assert imported.joined == {Joined.ADDED: 21_000}
    assert progress == sorted(progress)
    assert progress[-1] == (path.stat().st_size, path.stat().st_size)
    with sqlite_store.read() as conn:
        assert subscribers.count(conn) == 21_000


def test_an_import_that_is_stopped_goes_on_there_and_counts_all(sqlite_store: Store, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done > 0.8 * total:
            raise KeyboardInterrupt

    lines = [f"reader{number}@r.example\n" for number in range(25_000)]
    lines[5] = "nobody\n"
    path = write(tmp_path, "".join(lines))
    with pytest.raises(KeyboardInterrupt):
        take_in(sqlite_store, path, progress=stop)
    again = take_in(sqlite_store, path).told
    assert (again.joined, again.bad, again.rows) == ({Joined.ADDED: 24_999}, 1, 25_000)
    assert again.resumed_after == 20_000
    once_more = take_in(sqlite_store, path).told
    assert (once_more.joined, once_more.resumed_after) == ({Joined.ALREADY: 24_999}, 0)


def test_nobody_is_brought_back_and_nobody_is_there_twice(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(tmp_path, "email\nada@r.example\nADA@r.example\nbo@r.example\n")
    assert take_in(sqlite_store, path).joined == {Joined.ADDED: 2, Joined.ALREADY: 1}
    with sqlite_store.write() as conn:
        subscribers.leave_all(conn, "ada@r.example", now=NOW, how="one-click")
    assert take_in(sqlite_store, path).joined == {Joined.LEFT: 2, Joined.ALREADY: 1}
    with sqlite_store.read() as conn:
        assert subscribers.count(conn) == 1


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_old_spreadsheets_encoding_is_recognised(sqlite_store: Store, tmp_path: Path, encoding: str) -> None:
    content = "email,name\nada@r.example,Ada Lind\njo@r.example,Jörg\nbo@r.example,Bo\n".encode(encoding)
    imported = take_in(sqlite_store, write(tmp_path, content))
    assert imported.bad == []
    assert imported.found.lists[0].coding.title == "Windows-1252"
    assert readers(sqlite_store) == {**TWO, "jo": "Jörg"}


def test_a_few_octets_that_are_no_utf_8_spoil_their_rows_and_no_others(sqlite_store: Store, tmp_path: Path) -> None:
    content = "email,name\nada@r.example,Ada Lind\njo@r.example,J\udcf6rg\nso@r.example,Sören Åæø\nbo@r.example,Bo\n"
    imported = take_in(sqlite_store, write(tmp_path, content.encode("utf-8", "surrogateescape")))
    assert imported.bad == [(3, "holds bytes that are no letters in UTF-8; save the file as CSV in UTF-8")]
    assert readers(sqlite_store) == {**TWO, "so": "Sören Åæø"}


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_utf_16_and_32_are_read(sqlite_store: Store, tmp_path: Path, encoding: str, mark: str) -> None:
    if encoding == "utf-32-le" and not mark:
        mark = "\ufeff"
    content = f"{mark}email,name\r\nada@r.example,Ada Lind\r\nbo@r.example,Bo\r\n"
    assert take_in(sqlite_store, write(tmp_path, content.encode(encoding))).joined == {Joined.ADDED: 2}
    assert readers(sqlite_store) == TWO


@pytest.mark.parametrize(
    "content",
    [
        'email,name\nada@r.example,Ada Lind\ncy@r.example,"Cy\nbo@r.example,Bo\n',
        'email,name\nada@r.example,Ada Lind\ncy@r.example,"Cy" C\nbo@r.example,Bo\n',
        'email,name\nada@r.example,Ada Lind\n"cy@r.example,Cy\nbo@r.example,"Bo"\n',
        'email,name\nada@r.example,Ada Lind\ncy@r.example,"Cy\nbo@r.example,"Bo"\n',
        'email,name\nada@r.example,Ada Lind\n"cy@r.example,Cy\nbo@r.example,Bo\n\n"",""\n',
    ],
)
def test_a_missing_quote_costs_its_row_and_swallows_no_other(sqlite_store: Store, tmp_path: Path, content: str) -> None:
    ((line, problem),) = take_in(sqlite_store, write(tmp_path, content)).bad
    assert line == 3
    assert "quote missing" in problem
    assert readers(sqlite_store) == TWO


def test_a_huge_field_is_told_and_the_rows_after_it_are_read(sqlite_store: Store, tmp_path: Path) -> None:
    content = f"email,name\nada@r.example,Ada Lind\n{'x' * 300_000}@r.example,X\nbo@r.example,Bo\n"
    ((line, problem),) = take_in(sqlite_store, write(tmp_path, content)).bad
    assert line == 3
    assert problem == "is longer than 131,072 characters; is a quote missing?"
    assert readers(sqlite_store) == TWO


def test_a_long_address_is_told_in_short(sqlite_store: Store, tmp_path: Path) -> None:
    content = f"ada@r.example,Ada Lind\n{'x' * 100_000}@r.example\nbo@r.example,{'Bo' * 50_000}\n"
    ((line, problem),) = take_in(sqlite_store, write(tmp_path, content)).bad
    assert line == 2
    assert len(problem) < 500
    assert readers(sqlite_store)["bo"] == "Bo" * 100


def test_nul_bytes_spoil_their_row_or_go(sqlite_store: Store, tmp_path: Path) -> None:
    content = b"email,name\nada@r.example,Ada\0 Lind\nc\0y@r.example,Cy\nbo@r.example,\0Bo\n"
    imported = take_in(sqlite_store, write(tmp_path, content))
    assert [line for line, _ in imported.bad] == [3]
    assert readers(sqlite_store) == TWO


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ('=HYPERLINK("https://evil.example")', '=HYPERLINK("https://evil.example")'),
        ("+1+1|cmd", "+1+1|cmd"),
        ("Ada\x1b[31m\x07\x7f\x9b Lind", "Ada[31m Lind"),
        ("Ada\u202e\u2066 Lind", "Ada Lind"),
        ("Ada\u2028Lind\u00a0 \t x", "Ada Lind x"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("👩\u200d🚀 Ada", "👩\u200d🚀 Ada"),
        ("<b>{{ config }}</b>\ue000name", "<b>{{ config }}</b>name"),
        ("  ", ""),
    ],
)
def test_a_name_is_text_on_one_line_and_never_a_command(sqlite_store: Store, name: str, kept: str) -> None:
    assert add_reader(sqlite_store, "ada@r.example", name, WANTED, now=NOW) is Joined.ADDED
    assert readers(sqlite_store) == {"ada": kept}


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (" Ada.Lind@R.EXAMPLE ", "Ada.Lind@r.example"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada+news@r.example", "ada+news@r.example"),
    ],
)
def test_an_address_is_kept_in_its_one_form(sqlite_store: Store, address: str, kept: str) -> None:
    add_reader(sqlite_store, address, "", WANTED, now=NOW)
    with sqlite_store.read() as conn:
        assert [person.email for person in subscribers.get_all(conn)] == [kept]


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@r.example", "ada@r.example\r\nBcc: all@r.example", "a b@r.example", "<ada@r.example>"],
)
def test_one_reader_with_a_bad_address_is_refused(sqlite_store: Store, address: str) -> None:
    with pytest.raises(PublisherError, match=r"is not an address|several lines"):
        add_reader(sqlite_store, address, "Ada", WANTED, now=NOW)
    assert readers(sqlite_store) == {}


def test_a_name_from_a_terminal_that_speaks_no_utf_8_is_refused_in_words(sqlite_store: Store) -> None:
    with pytest.raises(PublisherError, match="bytes that are no letters"):
        add_reader(sqlite_store, "ada@r.example", "J\udcf6rg", WANTED, now=NOW)


@pytest.mark.parametrize("kind", ["folder", "nothing"])
def test_what_is_no_file_is_told_with_its_path(sqlite_store: Store, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "readers.csv"
    if kind == "folder":
        path.mkdir()
    says = {"folder": "Is a directory", "nothing": "No such file or directory"}[kind]
    with pytest.raises(PublisherError, match=rf"cannot read .*readers\.csv: {says}"):
        take_in(sqlite_store, path)


def test_a_pipe_is_read_like_a_file(sqlite_store: Store, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[b"name,email\nAda Lind,ada@r.example\nBo,bo@r.example\n"])
    writer.start()
    assert take_in(sqlite_store, pipe).joined == {Joined.ADDED: 2}
    writer.join()
    assert readers(sqlite_store) == TWO


@given(content=st.one_of(st.binary(max_size=200), st.text('ab@.,;"\n\r\t\0\ufeffé', max_size=80).map(str.encode)))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_breaks_the_import(tmp_path: Path, content: bytes) -> None:
    """Whatever the bytes, each row is added, there already, or told; or the file is refused in our words."""
    store = open_store("sqlite:///any.db", root=tmp_path)
    try:
        path = write(tmp_path, content)
        foreseen = take_in(store, path, dry=True)
        imported = take_in(store, path)
        assert foreseen.told == imported.told
        assert imported.told.rows == imported.found.rows
    except PublisherError as wrong:
        assert "mail addresses" in str(wrong) or "zip is damaged" in str(wrong)  # noqa: PT017  both ends are good ones
    finally:
        store.close()
