"""`publisher users`, and the link that `publisher serve` prints while nobody has an account."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from publisher.cli import run
from publisher.house.opened import open_house, utc_now
from publisher.model.user import Role
from publisher.store import audit, users
from publisher.store.audit import Only
from tests.desk_things import CONFIG


@pytest.fixture
def courier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "config.toml"


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(["users", *arguments]) == code
    told = capsys.readouterr()
    return told.out if code == 0 else told.err


def test_accounts_are_made_listed_changed_and_shut_from_a_shell(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nobody has an account" in said(capsys, "list")
    assert "owner of everything" in said(capsys, "invite", "mira@courier.example", "--role", "editor", code=2)
    out = said(capsys, "invite", "Mira@courier.example", "--name", "Mira Voss", "--role", "owner")
    assert re.search(r"^https://courier.example/desk/invite/[\w-]{43}$", out, re.M)
    out = said(capsys, "invite", "jon@courier.example", "--role", "viewer", "--role", "sender:morning", "--json")
    made = json.loads(out)
    assert (made["email"], "/desk/invite/" in made["link"]) == ("jon@courier.example", True)
    assert "is now editor who may not send of everything" in said(capsys, "role", "jon@courier.example", "editor")
    assert "was before" in said(capsys, "role", "jon@courier.example", "editor")
    assert "cannot sign in any more" in said(capsys, "disable", "jon@courier.example")
    assert "could not sign in before" in said(capsys, "disable", "jon@courier.example")
    assert "enable the account first" in said(capsys, "reset", "jon@courier.example", code=2)
    assert "may sign in again" in said(capsys, "enable", "jon@courier.example")
    assert "could sign in before" in said(capsys, "enable", "jon@courier.example")
    assert "/desk/invite/" in said(capsys, "reset", "JON@courier.example", "--second-factor")
    out = said(capsys, "list")
    assert "mira@courier.example (Mira Voss)  invited  owner of everything  seen never" in out
    listed = json.loads(said(capsys, "list", "--json"))
    assert [(one["email"], one["roles"]) for one in listed] == [
        ("jon@courier.example", {"*": "editor"}),
        ("mira@courier.example", {"*": "owner"}),
    ]
    with open_house(courier) as house, house.store.read() as conn:
        rows = audit.newest(conn, only=Only(act="user"), limit=99)
        assert {row.who for row in rows} == {"command line"}
        assert [row.act for row in rows] == [
            "user.link", "user.enable", "user.disable", "user.roles", "user.invite", "user.invite",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("reset", "nobody@courier.example"), "has no account"),
        (("disable", "mira@courier.example"), "somebody has to own the site"),
        (("role", "mira@courier.example", "viewer"), "somebody has to own the site"),
        (("role", "mira@courier.example", "king"), "there is no role 'king'; there are: owner, sender, editor, viewer"),
        (("role", "mira@courier.example", "sender:noon"), "there is no newsletter 'noon'; there are: evening, morning"),
        (("role", "mira@courier.example", "owner:morning"), "an owner owns the whole site"),
        (("role", "mira@courier.example", "owner", "viewer"), "two roles for everything"),
        (("invite", "mira@courier.example", "--role", "viewer"), "has an account already"),
        (("invite", "mira", "--role", "viewer"), "is not a mail address"),
        (("invite", "jon@courier.example"), "choose a role"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    courier: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    said(capsys, "invite", "mira@courier.example", "--role", "owner")
    assert told in said(capsys, *arguments, code=2)
    with open_house(courier) as house, house.store.read() as conn:
        (only,) = users.get_all(conn)
        assert (only.roles, only.disabled) == ({"": Role.OWNER}, None)


def test_an_address_with_an_account_is_the_same_in_any_case(courier: Path) -> None:
    with open_house(courier) as house, house.store.write() as conn:
        made = users.add(conn, "Mira@Courier.example", name="", roles={"": Role.OWNER}, now=utc_now())
        assert users.find(conn, "mira@COURIER.example") == made
