"""Readers from an admin's hand and from CSV files, of whatever kind and from whatever program."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.errors import PublisherError
from publisher.model.subscriber import Cadence
from publisher.store import issues, subscribers
from publisher.store.database import Store, open_store
from publisher.store.subscribers import Joined
from publisher.subscribe.importing import Imported, Wanted, add_reader, import_readers
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


def take_in(store: Store, path: Path, *, progress: list[int] | None = None) -> Imported:
    told = [] if progress is None else progress
    return import_readers(store, path, WANTED, now=NOW, progress=told.append)


def readers(store: Store) -> dict[str, str]:
    with store.read() as conn:
        return {person.email.partition("@")[0]: person.name for person in subscribers.get_all(conn)}


def bad(imported: Imported) -> list[tuple[int, str]]:
    return [(row.line, row.problem) for row in imported.bad]


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
    assert imported.bad == ()
    assert imported.joined == {Joined.ADDED: 2}
    assert readers(sqlite_store) == TWO


def test_addresses_alone_are_enough(sqlite_store: Store, tmp_path: Path) -> None:
    take_in(sqlite_store, write(tmp_path, "mail\nada@r.example\nbo@r.example\n"))
    assert readers(sqlite_store) == {"ada": "", "bo": ""}


@pytest.mark.parametrize("content", ["", "\n\n", "email,name\n", "\ufeff"])
def test_a_file_without_readers_adds_nobody(sqlite_store: Store, tmp_path: Path, content: str) -> None:
    assert take_in(sqlite_store, write(tmp_path, content)) == Imported(joined={})


def test_what_they_are_added_to_is_what_was_wanted(sqlite_store: Store, tmp_path: Path) -> None:
    take_in(sqlite_store, write(tmp_path, "email\nada@r.example\n"))
    with sqlite_store.read() as conn:
        ada = subscribers.find(conn, "ada@r.example")
        assert issues.wishes(conn, "morning", Cadence.DAILY).values()
    assert ada
    assert (ada.consent, ada.joined, ada.subscriptions[0].columns) == ("import of readers.csv", NOW, ("harbour",))


def test_rows_that_cannot_be_used_are_told_by_line_and_stop_no_other(sqlite_store: Store, tmp_path: Path) -> None:
    content = "email,name\nada@r.example,Ada Lind\nno address,Cy\n\n@r.example,Di\nbo@r.example,Bo\na@b,Eve\n,Fay\n"
    imported = take_in(sqlite_store, write(tmp_path, content))
    assert [line for line, _ in bad(imported)] == [3, 5, 7, 8]
    assert bad(imported)[0][1].startswith("'no address' is not an address: ")
    assert all("write one like `desk@example.org`" in problem for _, problem in bad(imported))
    assert imported.joined == {Joined.ADDED: 2}
    assert readers(sqlite_store) == TWO


def test_the_line_that_is_told_is_where_the_row_begins(sqlite_store: Store, tmp_path: Path) -> None:
    content = 'email,name,note\nada@r.example,Ada Lind,"over\nthree\nlines"\nnobody,,"over\ntwo"\n'
    assert [line for line, _ in bad(take_in(sqlite_store, write(tmp_path, content)))] == [5]


def test_thousands_are_written_in_several_transactions(sqlite_store: Store, tmp_path: Path) -> None:
    lines = "".join(f"reader{number}@r.example,Reader {number}\n" for number in range(2100))
    progress: list[int] = []
    imported = take_in(sqlite_store, write(tmp_path, "email,name\n" + lines), progress=progress)
    assert imported.joined == {Joined.ADDED: 2100}
    assert progress == [1000, 2000, 2100]
    with sqlite_store.read() as conn:
        assert subscribers.count(conn) == 2100


def test_an_import_may_be_repeated_and_goes_on_where_it_stopped(sqlite_store: Store, tmp_path: Path) -> None:
    def stop(done: int) -> None:
        raise KeyboardInterrupt

    lines = "".join(f"reader{number}@r.example\n" for number in range(1100))
    path = write(tmp_path, lines)
    with pytest.raises(KeyboardInterrupt):
        import_readers(sqlite_store, path, WANTED, now=NOW, progress=stop)
    assert take_in(sqlite_store, path).joined == {Joined.ALREADY: 1000, Joined.ADDED: 100}
    assert take_in(sqlite_store, path).joined == {Joined.ALREADY: 1100}


def test_nobody_is_brought_back_and_nobody_is_there_twice(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(tmp_path, "email\nada@r.example\nADA@r.example\nbo@r.example\n")
    assert take_in(sqlite_store, path).joined == {Joined.ADDED: 2, Joined.ALREADY: 1}
    with sqlite_store.write() as conn:
        subscribers.leave_all(conn, "ada@r.example", now=NOW, how="one-click")
    assert take_in(sqlite_store, path).joined == {Joined.LEFT: 2, Joined.ALREADY: 1}
    with sqlite_store.read() as conn:
        assert subscribers.count(conn) == 1


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_rows_in_another_encoding_are_told_and_never_garbled(
    sqlite_store: Store, tmp_path: Path, encoding: str
) -> None:
    content = "email,name\nada@r.example,Ada Lind\njo@r.example,Jörg\nbo@r.example,Bo\n".encode(encoding)
    imported = take_in(sqlite_store, write(tmp_path, content))
    assert bad(imported) == [(3, "holds bytes that are not UTF-8; save the file as CSV in UTF-8")]
    assert readers(sqlite_store) == TWO


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_adds_nobody(sqlite_store: Store, tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "\ufeffemail,name\nada@r.example,Ada Lind\n".encode(encoding))
    with pytest.raises(PublisherError, match=r"readers\.csv is UTF-16; save it as CSV in UTF-8"):
        take_in(sqlite_store, path)
    assert readers(sqlite_store) == {}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('email,name\nada@r.example,Ada Lind\ncy@r.example,"Cy\nbo@r.example,Bo\n', (3, "up to line 4; is a quote")),
        ('email,name\nada@r.example,Ada Lind\ncy@r.example,"Cy" C\nbo@r.example,Bo\n', (3, "is a quote missing")),
        ('email,name\nada@r.example,Ada Lind\n"cy@r.example,Cy\nbo@r.example,"\n', (3, "runs over several lines")),
        ('email,name\nada@r.example,Ada Lind\ncy@r.example,"Cy\nbo@r.example,"Bo"\n', (3, "up to line 4; is a quote")),
    ],
)
def test_a_missing_quote_swallows_no_reader_in_silence(
    sqlite_store: Store, tmp_path: Path, content: str, says: tuple[int, str]
) -> None:
    imported = take_in(sqlite_store, write(tmp_path, content))
    told = bad(imported)
    assert told[0][0] == says[0]
    assert says[1] in told[0][1]
    found = readers(sqlite_store)
    assert found["ada"] == "Ada Lind"
    assert "cy" not in found


def test_a_huge_field_is_told_and_the_rows_after_it_are_read(sqlite_store: Store, tmp_path: Path) -> None:
    content = f"email,name\nada@r.example,Ada Lind\n{'x' * 300_000}@r.example,X\nbo@r.example,Bo\n"
    ((line, problem),) = bad(take_in(sqlite_store, write(tmp_path, content)))
    assert line == 3
    assert problem == "is not CSV (field larger than field limit (131072)); is a quote missing or too many?"
    assert readers(sqlite_store) == TWO


def test_a_long_address_is_told_in_short(sqlite_store: Store, tmp_path: Path) -> None:
    content = f"ada@r.example,Ada Lind\n{'x' * 100_000}@r.example\nbo@r.example,{'Bo' * 50_000}\n"
    ((line, problem),) = bad(take_in(sqlite_store, write(tmp_path, content)))
    assert line == 2
    assert len(problem) < 500
    assert readers(sqlite_store)["bo"] == "Bo" * 100


def test_nul_bytes_spoil_their_row_or_go(sqlite_store: Store, tmp_path: Path) -> None:
    content = b"email,name\nada@r.example,Ada\0 Lind\nc\0y@r.example,Cy\nbo@r.example,\0Bo\n"
    imported = take_in(sqlite_store, write(tmp_path, content))
    assert [line for line, _ in bad(imported)] == [3]
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
    with pytest.raises(PublisherError, match="bytes that are not UTF-8"):
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
        progress: list[int] = []
        imported = take_in(store, write(tmp_path, content), progress=progress)
        assert sum(imported.joined.values()) + len(imported.bad) == (progress[-1] if progress else 0)
    except PublisherError as wrong:
        assert "UTF-16" in str(wrong)  # noqa: PT017  both ends are good ones
    finally:
        store.close()
