"""`publisher why`: from the command line down to the ledger, on a real site."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from publisher.cli import run
from publisher.house.opened import open_house
from publisher.model.issue import IssueState
from publisher.store import proposals
from tests.test_cli_posts import SITE
from tests.writers import an_issue

LAMPS, BOAT = "tide-table/eleven-lamps", "tide-table/the-second-boat"
READER = "ada@readers.example"
MORE = """
[columns.council]
name = "Council"

[newsletters.council]
name = "From the Council"
columns = ["council"]
schedule = { weekly = "Fri 12:00" }
"""


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("gazette") / "site"
    shutil.copytree(SITE, folder)
    config = folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    assert run(["collect", "--config", str(config)]) == 0
    for newsletter in ("tides", "council"):
        assert run(["subscribers", "add", READER, "--newsletter", newsletter, "--config", str(config)]) == 0
    return folder


@pytest.fixture
def site(collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(collected, folder)
    monkeypatch.chdir(folder)
    capsys.readouterr()
    return folder


@pytest.fixture
def why(capsys: pytest.CaptureFixture[str]) -> Any:
    """What is told of the first newsletter; the whole answer with `whole`."""

    def tell(post: str = LAMPS, *, reader: str = READER, whole: bool = False) -> Any:
        capsys.readouterr()
        assert run(["why", reader, post, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        return told if whole else next(one for one in told["newsletters"] if one["newsletter"] == "tides")

    return tell


def test_a_post_comes_with_the_next_issue_and_then_it_was_got(
    site: Path, why: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    told = why()
    assert (told["fate"], told["issue"]) == ("coming", None)
    assert told["why"].startswith("comes with the issue of ")
    assert datetime.fromisoformat(told["at"]) > datetime.now(UTC)
    assert run(["run", "--once"]) == 0
    told = why()
    assert (told["fate"], told["issue"]) == ("got", 1)
    assert run(["why", READER, LAMPS]) == 0
    first, tides, council = capsys.readouterr().out.splitlines()
    assert first == f"{LAMPS}  2026-02-10  Eleven lamps"
    assert tides.startswith("  tides: got it: issue 1 (daily, ")
    assert council == "  council: no: From the Council does not have the column tide-table"


def test_one_newsletter_alone_can_be_asked_about(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["why", READER.upper(), LAMPS, "--newsletter", "council"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert run(["why", READER, LAMPS, "--newsletter", "sports"]) == 2
    assert "config.toml; there are: tides, council" in capsys.readouterr().err


def test_who_is_not_known_and_what_is_no_address(site: Path, why: Any, capsys: pytest.CaptureFixture[str]) -> None:
    told = why(reader="jon@readers.example", whole=True)
    assert (told["reader"], told["known"], told["newsletters"]) == ("jon@readers.example", False, [])
    assert run(["why", "jon@readers.example", LAMPS]) == 0
    assert "nobody reads with the address jon@readers.example; `publisher" in capsys.readouterr().out
    assert run(["suppressions", "add", "jon@readers.example", "--why", "asked by telephone"]) == 0
    assert run(["why", "Jon@readers.example", LAMPS]) == 0
    assert ", and no mail may go there: publisher suppressions show Jon@readers.example" in capsys.readouterr().out
    assert run(["why", "jon", LAMPS]) == 2
    assert "READER 'jon' is not a mail address; write one like" in capsys.readouterr().err
    assert run(["why", READER, "whales"]) == 2
    assert "there is no post 'whales'" in capsys.readouterr().err


def test_who_reads_another_newsletter_does_not_read_this_one(site: Path, why: Any) -> None:
    assert run(["subscribers", "add", "jon@readers.example", "--newsletter", "council"]) == 0
    assert why(reader="jon@readers.example")["why"] == "does not read Tides"


def test_who_left_is_told_when_and_how(site: Path, why: Any) -> None:
    assert run(["subscribers", "remove", READER]) == 0
    told = why()
    assert told["fate"] == "not"
    assert told["why"].startswith("left on ")
    assert "(removed by hand)" in told["why"]


def test_who_is_not_in_the_audience_is_told_whose_it_is(site: Path, why: Any) -> None:
    config = site / "config.toml"
    text = config.read_text(encoding="utf-8").replace(
        "[newsletters.tides]\n", '[newsletters.tides]\naudience = "patrons"\n'
    )
    config.write_text(text + '\n[segments.patrons]\ntags = ["patron"]\n', encoding="utf-8")
    assert why()["why"] == "does not belong to the segment patrons, and the issues of Tides go to that alone"
    assert run(["subscribers", "tag", READER, "Patron"]) == 0
    assert why()["fate"] == "coming"


def test_a_withdrawn_post_is_told_as_such(site: Path, why: Any) -> None:
    assert run(["posts", "withdraw", BOAT]) == 0
    assert why(BOAT)["why"].startswith("the post was withdrawn on ")


def test_a_paused_schedule_is_told_with_its_cure(site: Path, why: Any) -> None:
    assert run(["schedule", "pause", "newsletter:tides:daily"]) == 0
    told = why()
    assert told["fate"] == "waiting"
    assert told["why"].endswith("`publisher schedule resume newsletter:tides:daily` lets it go on")


def test_what_is_over_the_maximum_comes_next_time(site: Path, why: Any) -> None:
    config = site / "config.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace('daily = "0 7 * * *" }', 'daily = "0 7 * * *" }\nmaximum = 1'),
        encoding="utf-8",
    )
    first, second = sorted((why(post) for post in (LAMPS, BOAT)), key=lambda told: str(told["at"]))
    assert first["why"].startswith("comes with the issue of ")
    assert second["why"].startswith("1 post that came before it goes first, at most 1 in a letter")
    hours = datetime.fromisoformat(second["at"]) - datetime.fromisoformat(first["at"])
    assert timedelta(hours=23) <= hours <= timedelta(hours=25)


def test_an_issue_that_is_held_is_told_with_its_reason(site: Path, why: Any) -> None:
    with open_house(site / "config.toml") as house, house.store.write() as conn:
        made = an_issue(through_seq=9, now=datetime.now(UTC))
        # As the assembly writes it where a letter has an error.
        held = replace(made, newsletter="tides", state=IssueState.HELD, why="no postal address")
        issue = proposals.put(conn, held, [], findings=(), change=0)
    told = why()
    assert (told["fate"], told["issue"]) == ("waiting", issue)
    assert "is held: no postal address; `publisher issues approve 1` sends it" in told["why"]
