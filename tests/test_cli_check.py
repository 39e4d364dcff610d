"""`publisher check feeds`: our own example has no fault, and what is broken is named by file and entry."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from publisher.cli import run
from tests.lives import TOP, Site


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site that `./dev run` works on, its whole job done; with small feeds, so that it has archives."""
    folder: Path = tmp_path_factory.mktemp("site")
    text = (TOP / "config.toml").read_text(encoding="utf-8")
    (folder / "config.toml").write_text(f"{text}\n[feeds]\nentries = 2\n", encoding="utf-8")
    shutil.copy(TOP / "readers.csv", folder)
    shutil.copytree(TOP / "columns", folder / "columns")
    site = Site(folder)
    for command in ("subscribers import readers.csv --newsletter morning", "run --once"):
        done = site.typed(*command.split())
        assert done.code == 0, done.err
    return folder


@pytest.fixture
def site(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A copy of it to work in."""
    folder = tmp_path / "site"
    shutil.copytree(published, folder)
    monkeypatch.chdir(folder)
    capsys.readouterr()
    return folder


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["check", "feeds", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_example_has_no_fault_and_no_warning(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = check(capsys, "--strict")
    assert code == 0
    assert out.endswith(": 0 errors, 0 warnings\n")
    feeds = site / "feeds"
    for name in (".", "harbour-notes", "authors/mira-voss", "tags/work", "newsletters/morning"):
        assert {path.name for path in (feeds / name).iterdir()} >= {"atom.xml", "rss.xml", "feed.json", "index.html"}


def test_a_site_with_a_post_edited_withdrawn_and_dated_anew_has_no_fault(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["posts", "edit", "the-ferry-that-waits", "--title", "A & <b>B</b>", "--note", "It waits."]) == 0
    assert run(["posts", "withdraw", "what-a-crane-driver-sees", "--yes"]) == 0
    assert run(["posts", "redate", "fog-and-the-people-who-like-it", "2026-01-02"]) == 0
    assert run(["publish"]) == 0
    capsys.readouterr()
    code, out, err = check(capsys)
    assert (code, err) == (0, ""), out
    assert not (site / "feeds" / "harbour-notes" / "what-a-crane-driver-sees.html").exists()
    assert "deleted-entry" in (site / "feeds" / "harbour-notes" / "atom.xml").read_text(encoding="utf-8")
    page = (site / "feeds" / "harbour-notes" / "the-ferry-that-waits.html").read_text(encoding="utf-8")
    assert "<p>It waits.</p>" in page


def test_a_post_that_comes_back_has_its_page_again_and_no_tombstone(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in (site / "feeds").rglob("*.html")}
    for act in ("withdraw", "restore"):
        assert run(["posts", act, "what-a-crane-driver-sees"]) == 0
        assert run(["publish"]) == 0
    capsys.readouterr()
    code, out, _ = check(capsys)
    assert code == 0, out
    assert set((site / "feeds").rglob("*.html")) == set(before)
    assert "deleted-entry" not in (site / "feeds" / "harbour-notes" / "atom.xml").read_text(encoding="utf-8")


def test_a_fault_is_named_by_file_and_entry(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feed = site / "feeds" / "night-desk" / "rss.xml"
    feed.write_bytes(feed.read_bytes().replace(b"<pubDate>", b"<pubDate>soon, ", 1))
    code, out, _ = check(capsys)
    assert code == 1
    assert out.splitlines()[0].startswith("night-desk/rss.xml: ")
    assert "1 error, " in out
    code, out, _ = check(capsys, "--json")
    told = json.loads(out)
    assert code == 1
    assert [fault["file"] for fault in told["faults"]] == ["night-desk/rss.xml"]
    assert told["faults"][0]["severity"] == "error"


def test_a_warning_fails_only_where_that_is_asked_for(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feed = site / "feeds" / "night-desk" / "atom.xml"
    padding = b"<!--" + b"x" * 2**20 + b"-->"
    feed.write_bytes(feed.read_bytes().replace(b"</feed>", padding + b"</feed>"))
    code, out, _ = check(capsys)
    assert code == 0
    assert out.startswith("Warning: night-desk/atom.xml: ")
    assert check(capsys, "--strict")[0] == 1


def test_a_file_that_is_no_xml_at_all_stops_nothing(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "feeds" / "atom.xml").write_bytes(b"\xff\xfe not a feed")
    code, out, _ = check(capsys)
    assert code == 1
    assert any(line.startswith("atom.xml: ") for line in out.splitlines())


def test_any_folder_is_checked_without_a_config(
    site: Path,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(other)
    assert check(capsys, str(site / "feeds"))[0] == 0


def test_where_there_is_nothing_to_check_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = check(capsys, str(tmp_path / "nowhere"))
    assert (code, "there is no folder" in err) == (2, True)
    code, _, err = check(capsys, str(tmp_path))
    assert (code, "there is no feed" in err) == (1, True)


def test_a_site_in_a_bucket_is_checked_as_a_copy(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (site / "config.toml").open("a", encoding="utf-8") as config:
        config.write('\n[publish]\ntarget = "s3://courier-feeds"\nregion = "eu-1"\n')
    code, _, err = check(capsys)
    assert (code, "publisher check feeds FOLDER" in err) == (2, True), err
