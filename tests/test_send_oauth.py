"""Access tokens: got once for all, kept until shortly before their end, and never told to anybody."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.send.actions import Token, Trouble
from publisher.send.oauth import Grant, Tokens, limits_of
from publisher.send.tls import tls_context
from tests.test_send_session import CA, server_tls
from tests.token_servers import TokenServer, token_server

SECRETS = ("hidden-client", "hidden-refresh", "hidden-newer")


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def tokens_of(
    server: TokenServer, clock: Clock | None = None, kept: Path | None = None, *, seconds: float = 8, **more: str
) -> Tokens:
    facts = {"client_secret": SECRETS[0], "refresh_token": SECRETS[1], "scope": "https://mail.example/"} | more
    grant = Grant(token_url=server.url, client_id="desk", kept=kept, **facts)
    limits = limits_of(server.url, site_url="https://courier.example", tls=tls_context(CA))
    return Tokens(grant, replace(limits, timeout=timedelta(seconds=seconds)), clock=clock or Clock())


def text_of(found: Token | Trouble) -> str:
    assert isinstance(found, Token), found
    return found.text


def trouble_in(found: Token | Trouble) -> Trouble:
    assert isinstance(found, Trouble), found
    assert not any(secret in found.problem for secret in SECRETS)
    return found


def test_a_refresh_token_is_exchanged_by_https_as_the_standard_says() -> None:
    with token_server(tls=server_tls()) as server:
        assert tokens_of(server).get() == Token(text="token-1", fresh=True)
    assert server.forms == [
        {
            "grant_type": "refresh_token",
            "client_id": "desk",
            "client_secret": "hidden-client",
            "refresh_token": "hidden-refresh",
            "scope": "https://mail.example/",
        }
    ]
    assert server.heads[0]["content-type"] == "application/x-www-form-urlencoded"
    assert server.heads[0]["accept"] == "application/json"


def test_without_a_refresh_token_the_program_logs_in_as_itself() -> None:
    with token_server() as server:
        tokens_of(server, refresh_token="", scope="").get()
    assert server.forms == [{"grant_type": "client_credentials", "client_id": "desk", "client_secret": "hidden-client"}]


def test_a_token_is_used_until_shortly_before_its_end() -> None:
    clock = Clock()
    with token_server() as server:
        tokens = tokens_of(server, clock)
        assert tokens.get() == Token(text="token-1", fresh=True)
        clock.seconds += 3600 - 300 - 1
        assert tokens.get() == Token(text="token-1", fresh=False)
        clock.seconds += 1
        assert tokens.get() == Token(text="token-2", fresh=True)


@pytest.mark.parametrize(
    ("life", "used_seconds"), [(60, 54), ("600", 540), (None, 3300), (True, 3300), (-5, 3300), ([], 3300)]
)
def test_a_tokens_life_is_what_the_server_says_or_an_hour(life: object, used_seconds: int) -> None:
    clock = Clock()
    with token_server(says={"expires_in": life}) as server:
        tokens = tokens_of(server, clock)
        tokens.get()
        clock.seconds += used_seconds - 0.5
        assert text_of(tokens.get()) == "token-1"
        clock.seconds += 1
        assert text_of(tokens.get()) == "token-2"


def test_a_refused_token_is_got_anew_once_for_all_who_were_refused() -> None:
    with token_server() as server:
        tokens = tokens_of(server)
        tokens.get()
        assert tokens.get(refused="token-1") == Token(text="token-2", fresh=True)
        assert tokens.get(refused="token-1") == Token(text="token-2", fresh=False)
    assert len(server.forms) == 2


def test_many_connections_at_once_ask_once() -> None:
    with token_server(pause_seconds=0.2) as server, ThreadPoolExecutor(8) as threads:
        tokens = tokens_of(server)
        found = list(threads.map(lambda _: tokens.get(), range(8)))
    assert {text_of(one) for one in found} == {"token-1"}
    assert len(server.forms) == 1


def test_many_connections_share_one_failure_and_the_next_asks_again() -> None:
    with token_server(pause_seconds=0.2, status=503) as server, ThreadPoolExecutor(8) as threads:
        tokens = tokens_of(server)
        found = list(threads.map(lambda _: tokens.get(), range(8)))
        assert len(server.forms) == 1
        assert not any(trouble_in(one).permanent for one in found)
        server.status = 200
        assert text_of(tokens.get()) == "token-2"


@pytest.mark.parametrize(
    ("status", "says", "permanent", "words"),
    [
        (400, {"error": "invalid_grant", "error_description": "hidden-refresh\r\nwas revoked."}, True, "invalid_grant"),
        (401, {"error": "invalid_client"}, True, "invalid_client"),
        (400, b"<html>", True, "holds no token"),
        (302, {}, True, "holds no token"),
        (429, {"error": "slow_down"}, False, "slow_down"),
        (500, {"error": "server_error"}, False, "server_error"),
        (200, b"", True, "holds no token"),
        (200, b"[" * 60_000, True, "holds no token"),
        (200, b'["a"]', True, "holds no token"),
        (200, {"access_token": 7}, True, "holds no token"),
        (200, {"access_token": "a\x01b"}, True, "another kind than Bearer"),
        (200, {"access_token": ""}, True, "another kind than Bearer"),
        (200, {"token_type": "mac"}, True, "another kind than Bearer"),
    ],
)
def test_an_answer_without_a_token_is_one_clear_sentence(
    status: int, says: dict[str, object] | bytes, permanent: bool, words: str
) -> None:
    with token_server(status=status, says=says) as server:
        trouble = trouble_in(tokens_of(server).get())
    assert trouble.permanent is permanent
    assert words in trouble.problem
    assert server.url in trouble.problem
    assert trouble.problem.isprintable()


def test_a_server_that_cannot_be_reached_or_does_not_answer_is_told() -> None:
    with token_server() as server:
        pass
    gone = trouble_in(tokens_of(server).get())
    assert not gone.permanent
    assert "no connection" in gone.problem
    with token_server(pause_seconds=0.5) as server:
        slow = trouble_in(tokens_of(server, seconds=0.2).get())
    assert not slow.permanent
    assert "collect." not in slow.problem


def test_a_certificate_that_nobody_vouches_for_gets_no_secret() -> None:
    with token_server(tls=server_tls("elsewhere")) as server:
        trouble = trouble_in(tokens_of(server).get())
    assert "certificate" in trouble.problem
    assert server.forms == []


def test_a_newer_refresh_token_is_kept_for_the_next_start(tmp_path: Path) -> None:
    kept, clock = tmp_path / "oauth" / "post.json", Clock()
    with token_server(says={"refresh_token": "hidden-newer"}) as server:
        tokens = tokens_of(server, clock, kept)
        tokens.get()
        tokens.get(refused="token-1")
        tokens_of(server, kept=kept).get()
        tokens_of(server, kept=kept, refresh_token="another").get()
    used = [form["refresh_token"] for form in server.forms]
    assert used == ["hidden-refresh", "hidden-newer", "hidden-newer", "another"], "who changes the config means it"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "hidden-refresh" not in kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"instead_of": 1, "refresh_token": "x"}', b"[" * 50_000])
def test_a_kept_file_that_is_not_ours_is_passed_over(tmp_path: Path, content: bytes) -> None:
    kept = tmp_path / "post.json"
    kept.write_bytes(content)
    with token_server() as server:
        assert text_of(tokens_of(server, kept=kept).get()) == "token-1"
    assert server.forms[0]["refresh_token"] == "hidden-refresh"


def test_a_newer_refresh_token_that_cannot_be_kept_stops_the_relay_and_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / "oauth").write_text("in the way", encoding="utf-8")
    kept = tmp_path / "oauth" / "post.json"
    with token_server(says={"refresh_token": "hidden-newer"}) as server:
        tokens = tokens_of(server, kept=kept)
        assert "cannot write" in trouble_in(tokens.get()).problem
        (tmp_path / "oauth").unlink()
        server.says = {}
        assert text_of(tokens.get()) == "token-2"
    assert server.forms[1]["refresh_token"] == "hidden-newer"


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["access_token", "token_type", "expires_in", "refresh_token", "error", "error_description"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.text(max_size=3), max_size=2),
    )
)
def test_whatever_a_server_says_gives_a_good_token_or_one_line(says: dict[str, object]) -> None:
    with token_server(says=json.dumps(says).encode()) as server:
        found = tokens_of(server).get()
    assert found.text.isascii() if isinstance(found, Token) else found.problem.isprintable()
