"""Letters that relays and destinations cannot carry in their lifetime are told in numbers, beforehand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.cli import run
from tests.letter_stand import edit

TWO = 'url = "catcher://"\n'
LIMITED = """
[destinations."readers.example"]
also = ["spare.example"]
limit = { day = 1 }

[destinations."quay.example"]
connections = 2
"""
BY_RELAYS = (
    "2 letters are more than its relays carry within 1d (`mail.lifetime`): tryout 1 at most; "
    "1 would come too late and fail: raise limits or lifetime, or add a relay"
)
BY_DESTINATION = (
    "2 letters to readers.example and spare.example are more than `destinations` lets go there within 1d "
    "(`mail.lifetime`): 1 at most; 1 would come too late and fail: raise limit or lifetime"
)


def limit_relays(site: Path) -> None:
    edit(site, TWO, TWO + "limit = { day = 1 }\n")


def limit_destinations(site: Path) -> None:
    edit(site, TWO, TWO + LIMITED)


def test_what_is_too_much_for_relays_is_told_by_the_check_and_when_an_issue_is_made(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limit_relays(courier)
    assert run(["check", "letters", "morning"]) == 0
    assert f"  Warning: {BY_RELAYS}\n" in capsys.readouterr().out
    assert run(["check", "letters", "weekend", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["too_many"] == []
    assert run(["assemble", "morning", "--cadence", "daily"]) == 0
    assert f"; {BY_RELAYS}\n" in capsys.readouterr().out


def test_what_is_too_much_for_a_destination_is_told_as_well(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limit_destinations(courier)
    assert run(["check", "letters", "morning", "--json"]) == 0
    assert [one["too_many"] for one in json.loads(capsys.readouterr().out)] == [
        [BY_DESTINATION],
        [],
        [],
    ]  # of service: none
    assert run(["assemble", "morning", "--cadence", "daily"]) == 0
    assert f"; {BY_DESTINATION}\n" in capsys.readouterr().out


def test_capacity_shows_what_carries_and_what_gets_how_many_letters(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limit_destinations(courier)
    assert run(["capacity", "morning"]) == 1
    assert capsys.readouterr().out.startswith(
        f"""\
morning, daily: 2 letters, to go within 1d
  tryout           carries any number
  readers.example  gets 2 letters (with spare.example), may get 1 at most
  quay.example     gets 0 letters, may get any number
  Warning: {BY_DESTINATION}
"""
    )
    assert run(["capacity", "weekend"]) == 0


def test_capacity_is_told_to_programs(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limit_relays(courier)
    assert run(["capacity", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(one["newsletter"], one["cadence"]) for one in found] == [
        ("morning", "daily"), ("morning", "as-it-happens"), ("weekend", "weekly"),
    ]  # fmt: skip
    daily = found[0]
    assert (daily["letters"], daily["late"], daily["problems"]) == (2, 1, [BY_RELAYS])
    assert (daily["relays"], daily["destinations"]) == ([{"relay": "tryout", "at_most": 1}], [])


def test_a_newsletter_that_is_not_there_is_named_with_those_that_are(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["capacity", "evening"]) == 2
    assert (
        f"there is no newsletter 'evening' in {courier}/config.toml; there are: morning, weekend"
        in capsys.readouterr().err
    )
