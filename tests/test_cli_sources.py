"""`publisher collect` and `publisher sources` on a site with a folder and two feeds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from publisher.cli import run
from tests.web_stand import Answer, Stand, web_stand

SITE = Path(__file__).parent / "cases" / "life" / "gazette"
FEED = b"<rss version='2.0'><channel><title>Wire</title><item><title>One</title></item></channel></rss>"
SOURCES = """
[sources.wire]
column = "tide-table"
kind = "feed"
url = "{wire}"

[sources.gone]
column = "tide-table"
kind = "feed"
url = "{gone}"

[collect]
private_hosts = ["127.0.0.1", "localhost"]
"""


def a_site(folder: Path, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SITE, folder)
    gone = f"http://localhost:{stand.port}/gone"  # another host: none waits for the other
    config = folder / "config.toml"
    # A letter soon after would bring the visits forward, at some hours of the day.
    calm = config.read_text(encoding="utf-8").replace('"0 7 * * *"', '"daily 07:00 from 2199-01-01"')
    config.write_text(calm + SOURCES.format(wire=stand.url("/wire"), gone=gone), encoding="utf-8")
    monkeypatch.chdir(folder)


def test_each_source_is_shown_with_its_next_visit_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with web_stand(wire=Answer(FEED, headers={"ETag": '"a"'}), gone=Answer(status=410)) as stand:
        a_site(tmp_path / "site", stand, monkeypatch)
        assert run(["sources"]) == 0
        assert "never" in capsys.readouterr().out
        assert run(["collect"]) == 1
        told = capsys.readouterr()
        assert "wire: 1 new, 0 changed, 0 as before" in told.out
        assert "410 Gone" in told.err
        assert run(["sources"]) == 0
        shown = capsys.readouterr().out
        assert "next visit    none: it is gone for good (410)" in shown
        assert "next visit    in the next round" in shown  # the folder
        assert "is often enough" in shown
        stand.answers["/wire"] = Answer(status=304)
        assert run(["collect"]) == 0
        told = capsys.readouterr()
        assert "wire: as before" in told.out
        assert "gone: not visited: stopped" in told.out
        assert len(stand.asked) == 3
        assert run(["collect", "gone"]) == 1
        assert len(stand.asked) == 4


def test_programs_are_told_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with web_stand(wire=Answer(FEED), gone=Answer(status=410)) as stand:
        a_site(tmp_path / "site", stand, monkeypatch)
        assert run(["collect", "--json"]) == 1
        collected = {one["source"]: one for one in json.loads(capsys.readouterr().out)}
        assert collected["wire"]["new"] == 1
        assert run(["sources", "--json"]) == 0
        states = {one["source"]: one for one in json.loads(capsys.readouterr().out)}
    assert states["gone"]["stopped"]
    assert states["wire"]["next_visit"] > states["wire"]["last_success"]
    assert states["wire"]["problem"] == ""


def test_a_dry_run_says_what_would_be_stored_and_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with web_stand(wire=Answer(FEED), gone=Answer(status=410)) as stand:
        a_site(tmp_path / "site", stand, monkeypatch)
        for _ in range(2):
            assert run(["collect", "--dry-run"]) == 1
            told = capsys.readouterr().out
            assert "wire: 1 new, 0 changed, 0 as before" in told
            assert told.endswith("nothing was stored\n")
    assert run(["sources"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("last success  never") == shown.count("last success")
    assert not (tmp_path / "site" / "var" / "media").exists()
