"""`publisher subscribers segments`, `tag`, `untag`, `tags`, `list --segment`: readers told apart by an admin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.cli import run

PATRONS = '\n[segments.patrons]\ntags = ["Patron"]\nwithout_tags = ["gone"]\n[segments.dutch]\nlanguage = ["nl"]\n'


@pytest.fixture
def site(courier: Path) -> Path:
    config = courier / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace("[newsletters.morning]\n", '[newsletters.morning]\naudience = "patrons"\n') + PATRONS
    )
    return courier


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["subscribers", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def add(capsys: pytest.CaptureFixture[str], *names: str) -> None:
    for name in names:
        assert typed(capsys, "add", f"{name}@readers.example", "--newsletter", "morning")[0] == 0


def test_readers_are_tagged_and_told_apart(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(capsys, "ada", "bo")
    assert typed(capsys, "tag", "ada@readers.example", "patron", "founding member")[:2] == (
        0,
        "ada@readers.example: tagged patron, founding member\n",
    )
    assert typed(capsys, "tag", "ada@readers.example", "PATRON")[1] == "ada@readers.example: had these tags before\n"
    assert typed(capsys, "tags")[1] == "founding member  1\npatron  1\n"
    assert "patrons  1 reader  " in typed(capsys, "segments")[1]
    listed = typed(capsys, "list", "--segment", "patrons", "--limit", "0")[1]
    assert "ada@readers.example" in listed
    assert "bo@readers.example" not in listed
    assert typed(capsys, "untag", "ada@readers.example", "Patron")[1] == "ada@readers.example: 1 tag taken away\n"
    assert typed(capsys, "untag", "ada@readers.example", "Patron")[1] == "ada@readers.example: had no such tag\n"
    assert "ada@readers.example" not in typed(capsys, "list", "--segment", "patrons")[1]
    tagged = typed(capsys, "list", "--tag", "Founding member", "--json")[1]
    assert [one["email"] for one in json.loads(tagged)] == ["ada@readers.example"]


def test_segments_say_what_they_are_and_whose_audience(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "segments", "--json")
    assert code == 0
    patrons, dutch = json.loads(out)
    assert patrons == {
        "segment": "patrons", "readers": 0, "says": patrons["says"], "audience_of": ["morning"],
    }  # fmt: skip
    assert set(patrons["says"].split("; ")) == {"tags Patron", "without_tags gone"}
    assert (dutch["says"], dutch["audience_of"]) == ("language nl", [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--segment", "patron"], "there is no segment 'patron'"),
        (["tag", "nobody@readers.example", "x"], "there is no reader nobody@readers.example"),
        (["tag", "ada@readers.example", " "], "cannot be a tag"),
    ],
)
def test_what_is_not_there_is_told(
    site: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code, _, err = typed(capsys, *arguments)
    assert code == 2
    assert said in err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[segments.none]\n", "says nothing, so it is everybody"),
        ('[segments.s]\ncolumns = ["nowhere"]\n', "is not one of the columns"),
        ("[segments.s]\njoined_after = 2026-02-01\njoined_before = 2026-01-01\n", "nobody belongs to it"),
        ('[newsletters.other]\nname = "O"\nas_it_happens = true\naudience = "patron"\n', "is not one of the segments"),
    ],
)
def test_a_segment_that_cannot_be_is_told_with_its_line(
    site: Path, capsys: pytest.CaptureFixture[str], wrong: str, said: str
) -> None:
    config = site / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + wrong, encoding="utf-8")
    code, _, err = typed(capsys, "segments")
    assert code == 2
    assert said in err
    assert "config.toml:" in err
