"""What is known of published files, on both databases."""

from __future__ import annotations

from publisher.store import files
from publisher.store.database import Store
from publisher.store.files import StoredFile
from tests.conftest import NOW


def test_a_file_is_known_from_before_it_is_made_until_it_is_forgotten(store: Store) -> None:
    with store.write() as conn:
        files.put(conn, {"a.html": StoredFile(digest="")}, now=NOW)
        assert files.find(conn, ["a.html", "b.html"]) == {"a.html": StoredFile(digest="")}
        files.put(conn, {"a.html": StoredFile(digest="abc", version="7")}, now=NOW)
        assert files.digests_of(conn, ["a.html"]) == {"a.html": "abc"}
        files.forget(conn, ["a.html", "never.html"])
        assert files.find(conn, ["a.html"]) == {}


def test_names_that_start_alike_are_found_to_the_letter(store: Store) -> None:
    names = ["notes/a.html", "notes/é.html", "notes-too/a.html", "note", "NOTES/a.html", "notes_/a.html"]
    with store.write() as conn:
        files.put(conn, {name: StoredFile(digest="x") for name in names}, now=NOW)
        assert sorted(files.starting(conn, "notes/")) == ["notes/a.html", "notes/é.html"]
        assert files.starting(conn, "%") == []


def test_all_names_are_told_however_many_there_are(store: Store) -> None:
    names = {f"{number:04}.html" for number in range(1100)}
    with store.write() as conn:
        files.put(conn, {name: StoredFile(digest="x") for name in names}, now=NOW)
        told = list(files.all_paths(conn))
        assert (len(told), set(told)) == (1100, names)
        assert len(files.find(conn, sorted(names))) == 1100
