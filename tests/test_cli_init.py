"""`publisher init`: a new site that works, and nothing that was there is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.cli import run
from publisher.cli.example import example_files
from publisher.config.load import read_config

TOP = Path(__file__).parent.parent


def test_a_new_site_is_the_example_to_the_byte_and_can_be_used(tmp_path: Path) -> None:
    site = tmp_path / "a new" / "site"
    assert run(["init", str(site)]) == 0
    written = {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    assert written == dict(example_files())
    assert "columns/harbour-notes/quay-seven.png" in written
    file = read_config(site / "config.toml")
    assert all(file.resolve(source.path or "").is_dir() for source in file.config.sources.values())


def test_it_tells_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "our site"
    run(["init", str(site)])
    told = capsys.readouterr().out
    assert f"cd '{site}'" in told
    assert "publisher subscribers import readers.csv --newsletter morning" in told
    assert "publisher run --once" in told


def test_what_has_nothing_to_do_with_it_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert run(["init", str(tmp_path)]) == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "config.toml").is_file()


@pytest.mark.parametrize("taken", ["config.toml", "readers.csv", "columns"])
def test_nothing_is_overwritten(taken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / taken).write_text("mine")
    assert run(["init", str(tmp_path)]) == 2
    assert f"already holds {taken}, and nothing is overwritten" in capsys.readouterr().err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(taken, "mine")]


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "config.toml").symlink_to(tmp_path / "elsewhere")
    assert run(["init", str(tmp_path)]) == 2
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site").write_text("mine")
    assert run(["init", str(tmp_path / "site")]) == 2
    assert "is a file; name a folder" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "/proc/courier"]) == 1
    assert capsys.readouterr().err.startswith("Error: cannot write /proc/courier/")


def test_every_example_reader_has_an_address_that_nobody_owns() -> None:
    lines = dict(example_files())["readers.csv"].decode().splitlines()
    assert lines[0] == "email,name"
    assert len(lines) >= 4
    assert all(line.partition(",")[0].endswith(("@example.org", "@example.net")) for line in lines[1:])
