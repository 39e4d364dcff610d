"""`publisher bounces` and `publisher suppressions`, as an MTA and a person use them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from publisher.cli import run
from publisher.store import fates, suppressions
from tests import smtp_servers
from tests.letter_stand import edit, house_of
from tests.returned_mail import address_of, bounce_of

ADA = "ada@readers.example"


@pytest.fixture
def said(courier: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command that goes well prints."""

    def say(*arguments: str) -> str:
        capsys.readouterr()
        assert run([*arguments]) == 0
        return capsys.readouterr().out

    return say


@pytest.fixture
def piped(courier: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The exit code for a message on standard input."""

    def pipe(octets: bytes, *arguments: str) -> int:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(octets)))
        return run(["bounces", "ingest", *arguments])

    return pipe


def letter_to(courier: Path, email: str) -> tuple[int, str]:
    """A delivery to a reader that was sent, and its return address."""
    with house_of(courier) as house, house.store.read() as conn:
        found = next(one for number in (1, 2) if (one := fates.find(conn, number)) and one.email == email)
        return found.id, address_of(found.id, house.keys)


def test_a_bounce_from_a_pipe_is_kept_told_of_and_acted_on(
    courier: Path, said: Callable[..., str], piped: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    said("run", "--once", "--now")
    _, address = letter_to(courier, ADA)
    octets = bounce_of(0, ADA, to="postmaster@courier.example")
    capsys.readouterr()
    assert piped(octets, "--came-to", address) == 0
    assert "message 1: bounce: the address is suppressed" in capsys.readouterr().out
    assert piped(octets, "--came-to", address) == 0  # the MTA was not told, and brings it again
    assert said("bounces", "list").splitlines()[0].endswith(f"bounce (user unknown)  {ADA}: suppressed")
    told = said("bounces", "show", "1")
    assert f"issue 1, to {ADA}" in told
    assert "user unknown: nobody has this address" in told
    assert "550 5.1.1 no such user" in told
    shown: Any = json.loads(said("bounces", "show", "1", "--json"))
    assert (shown["reader"], shown["issue"], shown["acted"], shown["reason"]) == (ADA, 1, "suppressed", "user-unknown")
    assert len(json.loads(said("bounces", "list", "--json", "--kind", "bounce", "--acted", "suppressed"))) == 1
    assert json.loads(said("bounces", "list", "--json", "--kind", "complaint")) == []
    assert said("bounces", "show", "1", "--raw").encode() == octets
    assert f"gone: <{ADA}>: 550 5.1.1 no such user (message 1)" in said("suppressions", "list")
    assert "message:  publisher bounces show 1\n" in said("suppressions", "show", ADA)
    assert "must not get mail any more" in said("subscribers", "add", ADA, "--newsletter", "morning")
    told = said("subscribers", "show", ADA)
    assert "message 1: user unknown; suppressed" in told
    assert f", gone: <{ADA}>: 550 5.1.1 no such user" in told
    (back,) = json.loads(said("subscribers", "show", ADA, "--json"))["came_back"]
    assert (back["message"], back["reason"]) == (1, "user-unknown")
    assert "        1  of those came back: user unknown 1" in said("issues", "show", "1")
    assert json.loads(said("issues", "show", "1", "--json"))["came_back"] == {"bounce": {"user-unknown": 1}}
    told = said("why", ADA, "harbour-notes/fog-and-the-people-who-like-it")
    assert "morning: no: issue 1 " in told
    assert "and came back: nobody has this address" in told


def test_an_mta_is_told_whether_to_keep_a_message(
    courier: Path, piped: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert piped(b"") == 65
    assert piped(b"Subject: hello\n\nhello\n", "--config", "elsewhere.toml") == 75
    (courier / "var" / "publisher.db").write_bytes(b"this is no database" * 100)
    assert piped(b"Subject: hello\n\nhello\n") == 75
    assert "is not a SQLite database" in capsys.readouterr().err


def test_a_person_suppresses_an_address_and_takes_it_back(courier: Path, said: Callable[..., str]) -> None:
    assert "gets no mail any more" in said("suppressions", "add", ADA, "--why", "asked by telephone")
    assert "was suppressed before" in said("suppressions", "add", "Ada@readers.example", "--why", "again")
    (one,) = json.loads(said("suppressions", "list", "--json"))
    assert (one["email"], one["why"], one["detail"]) == (ADA, "by hand", "asked by telephone")
    told = said("suppressions", "show", ADA.upper())
    assert told.startswith(f"{ADA}  gets no mail any more\nsince:    ")
    assert told.endswith(f"why:      by hand: asked by telephone\nreader:   yes: publisher subscribers show {ADA}\n")
    assert run(["suppressions", "show", "bo@readers.example"]) == 2
    assert run(["suppressions", "remove", "bo@readers.example", "--why", "a mistake"]) == 2
    assert run(["suppressions", "remove", ADA, "--why", "  "]) == 2
    assert "if they agree, type: publisher subscribers add" in said("suppressions", "remove", ADA, "--why", "a mistake")
    assert said("suppressions", "list") == "0 addresses suppressed\n"
    with house_of(courier) as house, house.store.read() as conn:
        kept = suppressions.find(conn, ADA)
    assert kept
    assert kept.detail.startswith("asked by telephone; lifted: by a person's word on ")
    assert f"{ADA}  may get mail again" in said("suppressions", "show", ADA)
    shown = json.loads(said("suppressions", "show", ADA, "--json"))
    assert (shown["lifted"], shown["reader"], shown["why"]) == (
        kept.lifted and kept.lifted.isoformat(),
        True,
        "by hand",
    )
    assert "suppressed" not in said("subscribers", "add", ADA, "--newsletter", "morning")
    assert said("subscribers", "suppress", ADA, "--why", "she called again")
    assert "she called again" in said("suppressions", "list")


def test_what_is_not_there_is_said_in_a_sentence(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bounces", "show", "9"]) == 2
    assert "there is no message 9; `publisher bounces list` shows what came back" in capsys.readouterr().err
    assert run(["bounces", "list"]) == 0
    assert capsys.readouterr().out == "nothing came back\n"


def nobody_called_ada(verb: str, argument: str, taken: int) -> bytes | None:
    return b"550 5.1.1 nobody here has this name" if verb == "RCPT" and "ada@" in argument else None


def test_what_a_relay_refuses_while_it_is_sent_counts_at_the_end_of_the_run(
    courier: Path, said: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    with smtp_servers.Relay(answer=nobody_called_ada) as relay:
        edit(courier, '"catcher://"', f'"{relay.url()}"')
        said("run", "--once", "--now")
    (one,) = json.loads(said("suppressions", "list", "--json"))
    assert (one["email"], one["why"], one["message"]) == (ADA, "gone", None)
    assert one["detail"] == "550 5.1.1 nobody here has this name"
    assert "must not get mail any more" in said("subscribers", "add", ADA, "--newsletter", "weekend")
