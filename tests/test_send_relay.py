"""A relay's URL, read or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import RelayError
from publisher.send.login import BY_TOKEN
from publisher.send.oauth import Grant, Tokens, limits_of
from publisher.send.relay import read_relay


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smtp://relay.example", "smtp://relay.example:25"),
        ("smtp+starttls://relay.example", "smtp+starttls://relay.example:587"),
        ("smtps://relay.example", "smtps://relay.example:465"),
        ("smtp://[::1]:2525", "smtp://[::1]:2525"),
        ("smtps://bücher.example", "smtps://xn--bcher-kva.example:465"),
        ("smtps://straße.example", "smtps://xn--strae-oqa.example:465"),  # RFC 5891, where older rules said `strasse`
    ],
)
def test_ports_follow_the_scheme(url: str, told: str) -> None:
    assert read_relay(url, name="house").describe() == f"house ({told})"


def test_a_user_may_be_an_address_and_a_password_is_never_told() -> None:
    relay = read_relay("smtps://desk%40courier.example@relay.example", name="house", password="se:cr/et")
    assert relay.user == "desk@courier.example"
    assert "se:cr/et" not in repr(relay) + relay.describe()


@pytest.mark.parametrize(
    ("url", "password", "says"),
    [
        ("smtp://desk@relay.example", "secret", "unencrypted"),
        ("smtps://desk@relay.example", "", "no password"),
        ("smtps://relay.example", "secret", "no user"),
        ("smtps://desk@relay.example", "sec\0ret", "NUL"),
        ("http://relay.example", "", "cannot be read"),
        ("smtp://", "", "names no host"),
        ("smtp://relay.example:99999", "", "cannot be read"),
        ("smtp://[::1", "", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_name(url: str, password: str, says: str) -> None:
    with pytest.raises(RelayError, match=says) as wrong:
        read_relay(url, name="house", password=password)
    assert str(wrong.value).startswith("relay house")
    assert not password or password not in str(wrong.value)


def test_a_login_may_go_unencrypted_to_this_machine() -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert read_relay(f"smtp://desk@{host}", name="house", password="secret").is_loopback


def test_a_missing_file_of_certificates_is_told(tmp_path: Path) -> None:
    with pytest.raises(RelayError, match=r"correct `ca_file`"):
        read_relay("smtps://relay.example", name="house", ca_file=tmp_path / "none.pem")


def test_a_login_by_token_has_a_user_and_no_password() -> None:
    grant = Grant(token_url="https://tokens.example/", client_id="desk", client_secret="hidden-client")
    tokens = Tokens(grant, limits_of(grant.token_url, site_url="https://courier.example"))
    relay = read_relay("smtps://desk@relay.example", name="house", tokens=tokens)
    assert relay.login is not None
    assert relay.login.mechanisms == BY_TOKEN
    assert "hidden-client" not in repr(relay) + repr(grant)
    for url, password in (("smtps://relay.example", ""), ("smtps://desk@relay.example", "hidden-password")):
        with pytest.raises(RelayError, match="by token") as wrong:
            read_relay(url, name="house", password=password, tokens=tokens)
        assert "hidden" not in str(wrong.value)
