"""`publisher import` and `publisher export`: lists of feeds in and out, from outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.cli import run
from publisher.config.load import read_config
from publisher.feed.opml import read_opml

TOP = Path(__file__).parent.parent
LIST = """<opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Harbour Notes">
<outline type="rss" text="Tide Table" xmlUrl="https://tide.example/feed.xml"/>
<outline type="rss" text="Tide Table" xmlUrl="https://other.example/tide"/>
</outline>
<outline text="night-desk"><outline text="Somewhere else"><outline type="rss" xmlUrl="https://owls.example/rss"/></outline></outline>
{more}
</body></opml>
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text((TOP / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return path


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    return a_list(tmp_path)


def a_list(folder: Path, more: str = "") -> Path:
    path = folder / "feeds.opml"
    path.write_text(LIST.format(more=more), encoding="utf-8")
    return path


def test_the_feeds_of_a_list_become_sources_of_the_columns_it_names(
    config: Path, feeds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = config.read_text(encoding="utf-8")
    assert run(["import", "opml", str(feeds), "--config", str(config)]) == 0
    assert "3 sources added" in capsys.readouterr().out
    sources = read_config(config).config.sources
    assert {name: (table.column, table.url) for name, table in sources.items() if table.kind == "feed"} == {
        "tide-table": ("harbour-notes", "https://tide.example/feed.xml"),
        "tide-table-2": ("harbour-notes", "https://other.example/tide"),
        "owls-example": ("night-desk", "https://owls.example/rss"),
    }
    after = config.read_text(encoding="utf-8").splitlines()
    assert [line for line in after if line in before.splitlines()][:40] == before.splitlines()[:40]
    assert all(line in after for line in before.splitlines())


def test_a_second_import_adds_nothing_and_says_why(
    config: Path, feeds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["import", "opml", str(feeds), "--config", str(config)])
    before = config.read_bytes()
    capsys.readouterr()
    assert run(["import", "opml", str(feeds), "--config", str(config)]) == 0
    told = capsys.readouterr()
    assert "nothing to add" in told.out
    assert "https://tide.example/feed.xml is the source tide-table already" in told.err
    assert config.read_bytes() == before


def test_a_dry_run_shows_the_tables_and_writes_nothing(
    config: Path, feeds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = config.read_bytes()
    assert run(["import", "opml", str(feeds), "--dry-run", "--config", str(config)]) == 0
    assert '[sources.tide-table-2]\ncolumn = "harbour-notes"\nkind = "feed"\n' in capsys.readouterr().out
    assert config.read_bytes() == before


def test_feeds_without_a_column_are_told_and_nothing_is_written(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = config.read_bytes()
    path = a_list(tmp_path, '<outline text="Bees" xmlUrl="https://bees.example/rss"/>')
    assert run(["import", "opml", str(path), "--config", str(config)]) == 2
    told = capsys.readouterr().err
    assert "for 1 of its feeds no column is known; say --column SLUG (harbour-notes, night-desk)" in told
    assert "line 7: https://bees.example/rss" in told
    assert config.read_bytes() == before
    assert run(["import", "opml", str(path), "--column", "night-desk", "--config", str(config)]) == 0
    assert read_config(config).config.sources["bees"].column == "night-desk"


def test_a_feed_that_cannot_be_used_is_told_and_the_others_are_added(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = a_list(tmp_path, '<outline text="Odd" xmlUrl="file:///etc/passwd"/>')
    assert run(["import", "opml", str(path), "--json", "--config", str(config)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert list(told["added"]) == ["tide-table", "tide-table-2", "owls-example"]
    assert "line 7: 'file:///etc/passwd' is not the address of a page" in told["problems"][0]
    assert "tide-table" in read_config(config).config.sources


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--column", "harbor-notes"], "there is no column 'harbor-notes'; there are: harbour-notes, night-desk"),
        (["--config", "nowhere.toml"], "there is no such file"),
    ],
)
def test_wrong_use_is_told(
    config: Path, feeds: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert run(["import", "opml", str(feeds), "--config", str(config), *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_file_that_is_no_list_is_told(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "feeds.opml").write_text("<html><body>no</body></html>")
    assert run(["import", "opml", str(tmp_path / "feeds.opml"), "--config", str(config)]) == 2
    assert "feeds.opml: it is XML, but no OPML (its root is <html>)" in capsys.readouterr().err


def test_what_is_exported_can_be_imported_into_another_site(
    config: Path, feeds: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    run(["import", "opml", str(feeds), "--config", str(config)])
    capsysbinary.readouterr()
    assert run(["export", "opml", "--config", str(config)]) == 0
    written = capsysbinary.readouterr()
    assert [(feed.title, feed.folders) for feed in read_opml(written.out).feeds] == [
        ("tide-table", ("Harbour Notes",)),
        ("tide-table-2", ("Harbour Notes",)),
        ("owls-example", ("Night Desk",)),
    ]
    assert b"not in the list, because they have no feed's address: harbour-notes, night-desk" in written.err
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "config.toml"
    other.write_text((TOP / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "out.opml").write_bytes(written.out)
    assert run(["import", "opml", str(tmp_path / "out.opml"), "--config", str(other)]) == 0
    assert read_config(other).config.sources == read_config(config).config.sources
