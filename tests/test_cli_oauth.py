"""From config.toml to the wire: a relay that wants access tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.cli import run
from tests import smtp_servers
from tests.letter_stand import edit
from tests.test_send_session import CA, server_tls
from tests.token_servers import TokenServer, token_server


@pytest.fixture
def site(courier: Path) -> Path:
    (courier / "grant").write_text("hidden-refresh\n", encoding="utf-8")
    return courier


def through(folder: Path, relay: smtp_servers.Relay, tokens: TokenServer, more: str = "") -> None:
    oauth = [
        f'token_url = "{tokens.url}"',
        'client_id = "desk"',
        'refresh_token = { file = "grant" }',
        f'ca_file = "{CA}"',
        *([more] if more else []),
    ]
    lines = (f'url = "{relay.url("smtps", "desk")}"', f'ca_file = "{CA}"', f"oauth = {{ {', '.join(oauth)} }}")
    edit(folder, 'url = "catcher://"', "\n".join(lines))


def test_letters_go_by_token_and_a_newer_grant_is_kept_below_var(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offer = ("PIPELINING", "AUTH PLAIN XOAUTH2 OAUTHBEARER")
    with (
        token_server(tls=server_tls(), says={"refresh_token": "hidden-newer"}) as tokens,
        smtp_servers.Relay(
            tls=server_tls(), implicit_tls=True, offer=offer, takes_token=lambda token: token.startswith("token-")
        ) as relay,
    ):
        through(site, relay, tokens)
        assert run(["config", "check"]) == 0
        for _ in range(2):
            assert run(["test-send", "morning", "desk@courier.example"]) == 0
    assert len(relay.letters) == 2
    assert relay.logins == [("OAUTHBEARER", "desk", "token-1"), ("OAUTHBEARER", "desk", "token-2")]
    assert [form["refresh_token"] for form in tokens.forms] == ["hidden-refresh", "hidden-newer"]
    (kept,) = (site / "var" / "oauth").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    told = capsys.readouterr()
    assert "hidden" not in told.out + told.err


def test_what_is_wrong_with_the_grant_is_one_sentence_without_it(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offer, says = ("AUTH XOAUTH2",), {"error": "invalid_grant", "error_description": "hidden-refresh has ended."}
    with (
        token_server(tls=server_tls(), status=400, says=says) as tokens,
        smtp_servers.Relay(tls=server_tls(), implicit_tls=True, offer=offer) as relay,
    ):
        through(site, relay, tokens, 'mechanism = "xoauth2"')
        assert run(["test-send", "morning", "desk@courier.example"]) != 0
    told = capsys.readouterr()
    assert "invalid_grant: ... has ended; check the keys of `oauth`" in told.out + told.err
    assert "hidden" not in told.out + told.err


def test_what_is_missing_for_a_token_is_told_by_config_check_and_before_anything_is_sent(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with token_server() as tokens, smtp_servers.Relay() as relay:
        through(site, relay, tokens)
    (site / "grant").unlink()
    edit(site, f'ca_file = "{CA}" }}', 'ca_file = "none.pem" }')
    assert run(["config", "check"]) == 0
    told = capsys.readouterr()
    assert ".oauth.refresh_token: " in told.out + told.err
    assert ".oauth.ca_file: there is no none.pem" in told.out + told.err
    (site / "grant").write_text("hidden-refresh", encoding="utf-8")
    assert run(["test-send", "morning", "desk@courier.example"]) != 0
    assert "oauth.ca_file: none.pem cannot be used: No such file" in capsys.readouterr().err
