"""`publisher subscribers erase`, and what `show` tells of consents."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.cli import run
from publisher.model.asking import Choice, Proof
from publisher.model.subscriber import Cadence
from publisher.store import moving, signups, subscribers
from tests.letter_stand import house_of
from tests.warm import Warm

ADDRESS = "ada@readers.example"
ASKED = datetime(2026, 11, 20, 6, tzinfo=UTC)


@pytest.fixture
def site(courier: Path) -> Path:
    """The courier's site, and Ada, who confirmed `morning` and wants another address."""
    with house_of(courier) as house, house.store.write() as conn:
        proof = Proof(ip="192.0.2.7", form=signups.keep_text(conn, "We will send one letter.", now=ASKED), at=ASKED)
        choice = Choice(newsletter="morning", cadence=Cadence.DAILY)
        asked = signups.ask(conn, ADDRESS, [choice], proof)
        assert signups.confirm(conn, asked.subscription, {"morning": ()}, ip="192.0.2.8", now=ASKED, name="Ada")
        reader = subscribers.find(conn, ADDRESS)
        assert reader
        assert moving.ask_to_move(conn, reader.id, "ada@elsewhere.example", proof)
    return courier


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["subscribers", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_show_tells_what_was_asked_and_confirmed_from_where_and_by_what_words(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = typed(capsys, "show", ADDRESS)
    assert " from 192.0.2.7 for morning; confirmed 2026-11-20 " in out
    assert " from 192.0.2.8\n" in out
    assert " from 192.0.2.7 for ada@elsewhere.example; confirmed not yet\n" in out
    joined, moves = json.loads(typed(capsys, "show", ADDRESS, "--json")[1])["consents"]
    assert (joined["page_said"], joined["confirmed_from"]) == ("We will send one letter.", "192.0.2.8")
    assert (moves["newsletter"], moves["address"], moves["confirmed"]) == (None, "ada@elsewhere.example", None)
    assert "asked for, and not confirmed yet" in typed(capsys, "show", "ada@elsewhere.example")[1]


def test_an_erase_says_what_stays_and_where_the_address_still_is(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = site / "var" / "imports" / "list-20261120T060000Z.csv"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_text("email\nADA@readers.example\n", encoding="utf-8")
    (left.parent / "other.csv").write_text("email\nbo@readers.example\n", encoding="utf-8")
    (left.parent / "older").mkdir()
    code, _, err = typed(capsys, "erase", ADDRESS)
    assert code == 2  # nobody can be asked here
    assert "--yes" in err
    assert typed(capsys, "show", ADDRESS)[0] == 0
    code, out, _ = typed(capsys, "erase", "Ada@Readers.example", "--yes")
    assert code == 0
    assert out.startswith(f"{ADDRESS}: erased. A keyed hash of the address stays")
    assert f"still in {left}: " in out
    assert "other.csv" not in out
    assert "backups" in out
    assert "Ada" not in typed(capsys, "list")[1]
    assert typed(capsys, "erase", ADDRESS, "--yes")[0] == 2
    assert typed(capsys, "erase", "no address", "--yes")[0] == 2


def test_programs_are_told_of_an_erase(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(capsys, "erase", ADDRESS, "--yes", "--json")
    assert (code, json.loads(out)) == (0, {"erased": ADDRESS, "still_in": []})


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 1)])
def test_at_a_terminal_it_asks(site: Path, capsys: pytest.CaptureFixture[str], answer: bytes, code: int) -> None:
    ours, theirs = pty.openpty()
    command = ["-m", "publisher", "subscribers", "erase", ADDRESS]
    with Warm(command, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, cwd=site) as process:
        seen = b""
        while b"cannot be undone" not in seen and select.select([ours], [], [], 20)[0]:
            seen += os.read(ours, 4096)
        os.write(ours, answer)
        process.wait(20)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == code
    assert ("nobody reads with it" in typed(capsys, "show", ADDRESS)[1]) == (code == 0)
