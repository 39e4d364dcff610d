"""`publisher config`: check, show, schema."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from publisher.cli import run
from publisher.config.load import read_config

TOP = Path(__file__).parent.parent
EXAMPLE = str(TOP / "config.toml")


def test_check_counts_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "check", "--config", EXAMPLE]) == 0
    told = capsys.readouterr()
    assert told.out == f"{EXAMPLE} can be used: 2 columns, 2 authors, 2 sources, 1 newsletter, 1 relay\n"
    assert told.err == ""


def test_check_warns_of_templates_that_would_hold_every_letter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path(EXAMPLE).read_text(encoding="utf-8").partition("[newsletters.morning]")
    wrong = 'subject = "{{ lead.title"\ngreeting = "Hi {{ nmae }}"\ntemplate = "nowhere"\n'
    (tmp_path / "config.toml").write_text(f"{text[0]}{text[1]}\n{wrong}{text[2]}", encoding="utf-8")
    assert run(["config", "check", "--config", str(tmp_path / "config.toml")]) == 0
    found = [line for line in capsys.readouterr().err.splitlines() if "newsletters." in line]
    assert found[0].startswith("Warning: newsletters.morning.subject: unexpected end of template")
    assert found[1] == "Warning: newsletters.morning.greeting: `nmae` is not known here; known are: name"
    assert found[2].startswith(
        "Warning: newsletters.morning.template: letter/nowhere.html: there is no such template in "
    )
    assert len(found) == 4


def test_check_warns_of_templates_that_no_newsletter_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text(Path(EXAMPLE).read_text(encoding="utf-8"), encoding="utf-8")
    own = tmp_path / "templates" / "letter"
    own.mkdir(parents=True)
    (own / "service.html").write_text("{% if %}", encoding="utf-8")
    (own / "correction.txt").write_text("{{", encoding="utf-8")
    assert run(["config", "check", "--config", str(tmp_path / "config.toml")]) == 0
    told = capsys.readouterr().err
    assert f"Warning: {own / 'service.html'}:1: " in told
    assert f"Warning: {own / 'correction.txt'}:1: " in told


def test_check_warns_of_what_is_not_there_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LANTERN_PASSWORD", raising=False)
    text = Path(EXAMPLE).read_text(encoding="utf-8").replace('relay = "tryout"', 'relay = "post"')
    text += (
        '[relays.post]\nurl = "smtps://desk@mail.example"\npassword = { env = "LANTERN_PASSWORD" }\nca_file = "ca"\n'
    )
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    assert run(["config", "check", "--json", "--config", str(tmp_path / "config.toml")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["relays"] == 2
    assert [warning.partition(":")[0] for warning in found["warnings"]] == [
        "sources.harbour-notes.path",
        "sources.night-desk.path",
        "relays.post.password",
        "relays.post.ca_file",
    ]


def test_show_prints_a_config_that_can_be_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "show", "--config", EXAMPLE]) == 0
    (tmp_path / "config.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    assert read_config(tmp_path / "config.toml").config == read_config(Path(EXAMPLE)).config


def test_show_says_where_a_secret_is_found_and_what_was_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "show", "--config", EXAMPLE]) == 0
    shown = tomllib.loads(capsys.readouterr().out)
    assert shown["site"]["secret"] == {"file": "var/secret.key"}
    assert shown["mail"]["lifetime"] == "1d"


def test_show_for_programs_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "show", "--json", "--config", EXAMPLE]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["newsletters"]["morning"]["grace"] == "6h"
    assert shown["mail"]["from"] == "The Courier <desk@courier.example>"


def test_the_schema_is_json_schema_with_the_names_of_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert "from" in schema["$defs"]["Mail"]["properties"]
    assert schema["$defs"]["NewsletterTable"]["properties"]["grace"]["type"] == "string"
    assert schema["additionalProperties"] is False
