"""`publisher posts`: a newsroom's corrections, typed by hand."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from publisher.cli import run
from publisher.house.editing import changes_in, document_of
from publisher.house.opened import open_house
from publisher.store import issues
from tests.writers import a_post, freeze_for_all, put_readers

SITE = Path(__file__).parent / "cases" / "life" / "gazette"
LAMPS = "tide-table/eleven-lamps"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("gazette") / "site"
    shutil.copytree(SITE, folder)
    assert run(["collect", "--config", str(folder / "config.toml")]) == 0
    return folder


@pytest.fixture
def site(collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A copy of a site whose posts were collected, to work in."""
    folder = tmp_path / "site"
    shutil.copytree(collected, folder)
    monkeypatch.chdir(folder)
    capsys.readouterr()
    return folder


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command that prints JSON."""

    def tell(*arguments: str) -> Any:
        assert run([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return tell


def test_posts_are_listed_by_words_of_their_title(site: Path, capsys: pytest.CaptureFixture[str], told: Any) -> None:
    assert run(["posts", "list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [LAMPS, "tide-table/the-second-boat"]
    assert run(["posts", "list", "LAMPS"]) == 0
    assert capsys.readouterr().out == f"{LAMPS}  2026-02-10  Eleven lamps\n"
    assert run(["posts", "list", "whales"]) == 0
    assert capsys.readouterr().out == "no such post\n"
    assert [one["name"] for one in told("posts", "list", "--column", "tide-table", "--limit", "1")] == [LAMPS]
    assert run(["posts", "list", "--column", "tides"]) == 2
    assert "there are: tide-table" in capsys.readouterr().err


def test_a_post_is_named_by_whatever_is_at_hand(site: Path, told: Any) -> None:
    wanted = told("posts", "show", LAMPS)
    assert wanted["title"] == "Eleven lamps"
    for name in (wanted["id"], wanted["page"], "eleven-lamps", "Eleven lamps", "lamps", f"{LAMPS}.html"):
        assert told("posts", "show", name) == wanted


def test_a_name_that_fits_none_or_several_is_told(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["posts", "show", "whale"]) == 2
    assert "there is no post 'whale'" in capsys.readouterr().err
    assert run(["posts", "edit", "Eleven lamps", "--title", "The second lamp"]) == 0
    assert run(["posts", "show", "the second"]) == 2
    message = capsys.readouterr().err
    assert "say which by COLUMN/SLUG" in message
    assert LAMPS in message
    assert "tide-table/the-second-boat" in message


def test_an_edit_stays_although_the_source_says_otherwise(
    site: Path, capsys: pytest.CaptureFixture[str], told: Any
) -> None:
    before = told("posts", "show", LAMPS)
    arguments = ["--title", "Twelve  lamps", "--note", "There are twelve.", "--tag", "light", "--tag", "light"]
    assert run(["posts", "edit", LAMPS, *arguments]) == 0
    assert capsys.readouterr().out == f"{LAMPS}: changed\n"
    after = told("posts", "show", LAMPS)
    assert (after["title"], after["note"], after["tags"]) == ("Twelve lamps", "There are twelve.", ["light"])
    assert (after["id"], after["page"], after["revision"]) == (before["id"], before["page"], before["revision"] + 1)
    assert after["edited"] == ["title", "tags"]
    assert after["updated"] > before["updated"]
    file = next((site / "columns" / "tide-table").glob("*eleven-lamps.md"))
    file.write_text(file.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    assert run(["collect"]) == 0
    capsys.readouterr()
    again = told("posts", "show", LAMPS)
    assert (again["title"], again["revision"]) == ("Twelve lamps", after["revision"] + 1)
    assert "More." in again["body"]


def test_the_same_edit_twice_changes_nothing(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["posts", "edit", LAMPS, "--no-tags", "--summary", "New."]) == 0
    assert run(["posts", "edit", LAMPS, "--no-tags", "--summary", "New."]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{LAMPS}: changed", f"{LAMPS}: as before"]


def test_a_field_is_let_go(site: Path, capsys: pytest.CaptureFixture[str], told: Any) -> None:
    told("posts", "edit", LAMPS, "--title", "Twelve lamps")
    assert told("posts", "edit", LAMPS, "--release", "title")["edited"] == []
    assert run(["collect"]) == 0
    capsys.readouterr()
    assert told("posts", "show", LAMPS)["title"] == "Eleven lamps"


def test_a_text_comes_from_a_file_clean_and_with_its_pictures(
    site: Path, capsys: pytest.CaptureFixture[str], told: Any
) -> None:
    picture = Path(__file__).parent / "cases" / "feed" / "dot.png"
    (site / "lamp.png").write_bytes(picture.read_bytes())
    text = "# Other\n\nTwelve *lamps*.\n\n![A lamp](lamp.png)\n\n<script>alert(1)</script>\n"
    (site / "new.md").write_text(text, encoding="utf-8")
    assert run(["posts", "edit", LAMPS, "--body", "new.md"]) == 0
    assert "begins with 'Other'" in capsys.readouterr().err
    body = told("posts", "show", LAMPS)["body"]
    assert "<em>lamps</em>" in body
    assert "script" not in body
    name = body.partition("media:")[2].partition('"')[0]
    assert (site / "var" / "media" / name).read_bytes() == picture.read_bytes()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\0\1", "binary file"),
        (b"", "no text in it"),
        (b"---\ntitle: x\n", "line 1"),
        (b"---\ndraft: true\n---\nSoon.", "is a draft"),
        (None, "nothing.md"),
    ],
)
def test_a_text_that_cannot_be_read_is_told_and_nothing_is_changed(
    site: Path, capsys: pytest.CaptureFixture[str], told: Any, content: bytes | None, problem: str
) -> None:
    before = told("posts", "show", LAMPS)
    if content is not None:
        (site / "nothing.md").write_bytes(content)
    assert run(["posts", "edit", LAMPS, "--body", "nothing.md"]) == 2
    message = capsys.readouterr().err
    assert problem in message
    assert "nothing.md" in message
    assert told("posts", "show", LAMPS) == before


def an_editor(folder: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor program that a person would use by `command`, which gets the file as $1."""
    editor = folder / "editor"
    editor.write_text(f"#!/bin/sh\n{command}\nsleep 0.01\ntouch -d '+5 seconds' \"$1\"\n", encoding="utf-8")
    editor.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(editor))


def test_without_options_the_post_is_opened_in_an_editor(
    site: Path, monkeypatch: pytest.MonkeyPatch, told: Any
) -> None:
    an_editor(site, 'sed -i -e "s/Eleven lamps/Ten lamps/" -e "s/^note:.*/note: We counted again./" "$1"', monkeypatch)
    before = told("posts", "show", LAMPS)
    after = told("posts", "edit", LAMPS)
    assert (after["title"], after["note"], after["edited"]) == ("Ten lamps", "We counted again.", ["title"])
    assert after["body"] == before["body"]


def test_what_an_editor_wrote_is_kept_where_it_cannot_be_used(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], told: Any
) -> None:
    an_editor(site, 'sed -i -e "s/^title:.*/title: [/" "$1"', monkeypatch)
    assert run(["posts", "edit", LAMPS]) == 2
    message = capsys.readouterr().err
    kept = site / "var" / "edited-eleven-lamps.html"
    assert f"{kept.relative_to(site)}: line " in message or f"{kept}: line " in message
    assert "--from" in message
    kept.write_text(kept.read_text(encoding="utf-8").replace("title: [", "title: Nine lamps"), encoding="utf-8")
    assert told("posts", "edit", LAMPS, "--from", str(kept))["title"] == "Nine lamps"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--title", " "], "the title is empty"),
        (["--tag", "a", "--no-tags"], "at once"),
        (["--title", "A", "--release", "title"], "at once"),
        (["--from", "new.html", "--note", "x"], "no other option"),
        (["--from", "strange.html"], "strange.html: line 2: `author` cannot be changed here"),
        (["--from", "nowhere.html"], "nowhere.html"),
    ],
)
def test_wishes_that_cannot_be_met_are_told(
    site: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    (site / "strange.html").write_text("---\nauthor: me\n---\n<p>Hello.</p>", encoding="utf-8")
    assert run(["posts", "edit", LAMPS, *arguments]) == 2
    assert problem in capsys.readouterr().err


def test_a_document_that_is_not_changed_changes_nothing() -> None:
    post = a_post(1, title='A "colon": [and more] # not a comment')
    assert changes_in(document_of(post), post, base_url="https://x.example/") == {}
    assert changes_in(document_of(post).replace("[and", "[or"), post, base_url="https://x.example/") == {
        "title": 'A "colon": [or more] # not a comment'
    }


def test_a_post_is_withdrawn_and_comes_back(site: Path, capsys: pytest.CaptureFixture[str], told: Any) -> None:
    assert run(["posts", "withdraw", LAMPS]) == 0
    assert run(["posts", "withdraw", LAMPS]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{LAMPS}: withdrawn", f"{LAMPS}: as before"]
    assert [one["name"] for one in told("posts", "list", "--withdrawn")] == [LAMPS]
    assert run(["posts", "show", LAMPS]) == 0
    assert "  withdrawn  " in capsys.readouterr().out
    assert told("posts", "restore", LAMPS)["withdrawn"] is None
    assert told("posts", "list", "--withdrawn") == []


@pytest.mark.parametrize(("answer", "code", "said"), [("n", 1, "nothing was changed"), ("y", 0, ": withdrawn")])
def test_at_a_terminal_a_withdrawal_is_asked_about(site: Path, answer: str, code: int, said: str, told: Any) -> None:
    ours, theirs = pty.openpty()
    try:
        os.write(ours, f"{answer}\n".encode())
        arguments = [sys.executable, "-m", "publisher", "posts", "withdraw", LAMPS]
        done = subprocess.run(arguments, check=False, stdin=theirs, capture_output=True, timeout=60)
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == code
    assert said in (done.stdout + done.stderr).decode()
    assert (told("posts", "show", LAMPS)["withdrawn"] is None) is (answer == "n")


def test_issues_that_still_go_out_with_a_withdrawn_post_are_told(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_house(Path("config.toml")) as house, house.store.write() as conn:
        put_readers(conn, 1, newsletter="tides")
        put_readers(conn, 1)
        issue = freeze_for_all(conn, seqs=(1, 2))
    assert run(["posts", "withdraw", LAMPS, "--yes"]) == 0
    told = capsys.readouterr()
    assert told.out == f"{LAMPS}: withdrawn\n"
    assert f"issue {issue} with this post as it was is about to be sent" in told.err
    assert f"publisher issues pause {issue}" in told.err
    assert run(["issues", "cancel", str(issue)]) == 0
    assert run(["posts", "restore", LAMPS]) == 0
    assert capsys.readouterr().err == ""


def test_another_date_is_the_newsroom_s_and_not_in_the_future(
    site: Path, capsys: pytest.CaptureFixture[str], told: Any
) -> None:
    after = told("posts", "redate", LAMPS, "2026-01-05 07:30")
    assert after["published"] == "2026-01-05T06:30:00+00:00"
    assert after["name"] == LAMPS
    assert told("posts", "redate", LAMPS, "2026-01-05T06:30:00Z")["revision"] == after["revision"]
    for when, problem in (("2999-01-01", "future"), ("soon", "is no date"), ("1066-10-14", "before")):
        assert run(["posts", "redate", LAMPS, when]) == 2
        assert problem in capsys.readouterr().err


def test_a_withdrawn_post_is_in_no_issue_made_later(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["subscribers", "import", "readers.csv", "--newsletter", "tides"]) == 0
    assert run(["posts", "withdraw", LAMPS]) == 0
    assert run(["assemble", "tides"]) == 0
    with open_house(Path("config.toml")) as house, house.store.read() as conn:
        letter = issues.find_letter(conn, 1)
    assert letter is not None
    assert "The second boat" in letter.text
    assert "Eleven lamps" not in letter.text
    capsys.readouterr()
