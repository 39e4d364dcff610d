"""Trying a relay over one connection, against real servers: what it offers, what is wrong with it, and nothing sent."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from publisher.send.login import Mechanism
from publisher.send.probe import Probe, probe
from tests import smtp_servers
from tests.smtp_servers import CHUNKS, Fault
from tests.test_send_session import oauth_relay, relay_of, server_tls
from tests.token_servers import token_server


def answering(verb: str, reply: bytes | Fault) -> Any:
    return lambda said, argument, taken: reply if said == verb else None


def test_it_tells_what_is_offered_and_sends_nothing() -> None:
    with smtp_servers.Relay(offer=CHUNKS) as server:
        found = probe(relay_of(server))
    assert found.problem == ""
    offer = found.offer
    assert (offer.pipelining, offer.chunking, offer.dsn, offer.smtputf8, offer.eight_bit) == (True,) * 5
    assert offer.largest_bytes == 10_000_000
    assert (found.login, found.tls, found.certificate_ends) == (None, "", None)
    assert [line.split()[0] for line in server.commands] == ["EHLO", "QUIT"]
    assert server.letters == []


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_tls_and_login_are_as_the_sender_has_them(scheme: str) -> None:
    offer = ("PIPELINING", "STARTTLS", "AUTH PLAIN LOGIN")
    with smtp_servers.Relay(tls=server_tls(), implicit_tls=scheme == "smtps", offer=offer) as server:
        found = probe(relay_of(server, scheme, "desk"))
    assert found.problem == ""
    assert found.tls in ("TLSv1.2", "TLSv1.3")
    assert found.login is Mechanism.PLAIN
    assert found.certificate_ends is not None
    assert found.certificate_ends > datetime(2026, 1, 1, tzinfo=UTC)


def test_a_relay_that_wants_tokens_is_given_one() -> None:
    with (
        token_server() as tokens,
        smtp_servers.Relay(
            tls=server_tls(), implicit_tls=True, offer=("AUTH XOAUTH2",), takes_token=lambda _: True
        ) as server,
    ):
        found = probe(oauth_relay(server, tokens))
    assert (found.problem, found.login) == ("", Mechanism.XOAUTH2)
    assert server.logins == [("XOAUTH2", "desk", "token-1")]


def test_where_no_token_is_to_be_had_that_is_the_problem() -> None:
    with (
        token_server(status=400, says={"error": "invalid_grant"}) as tokens,
        smtp_servers.Relay(tls=server_tls(), implicit_tls=True, offer=("AUTH XOAUTH2",)) as server,
    ):
        found = probe(oauth_relay(server, tokens))
    assert "invalid_grant" in found.problem


@pytest.mark.parametrize(
    ("verb", "reply", "problem"),
    [
        ("GREETING", b"554 5.7.1 not you", "it answers the connection with: 554 5.7.1 not you"),
        ("GREETING", b"421 4.3.2 later", "421 4.3.2 later"),
        ("GREETING", b"hello", "it does not speak SMTP: not a reply: 'hello'"),
        ("GREETING", Fault.CUT, "it closed the connection"),
        ("EHLO", Fault.CUT, "it closed the connection"),
        ("AUTH", b"535 5.7.8 no", "it refuses the login of 'desk' (535 5.7.8 no); check user and password"),
        ("AUTH", Fault.CUT, "it closed the connection"),
    ],
)
def test_what_is_wrong_is_one_sentence(verb: str, reply: bytes | Fault, problem: str) -> None:
    offer = ("AUTH PLAIN",)
    with smtp_servers.Relay(tls=server_tls(), implicit_tls=True, offer=offer, answer=answering(verb, reply)) as server:
        found = probe(relay_of(server, "smtps", "desk"))
    assert problem in found.problem
    assert found.login is None


def test_a_relay_without_starttls_is_not_talked_to_unencrypted() -> None:
    with smtp_servers.Relay(offer=("AUTH PLAIN",)) as server:
        found = probe(relay_of(server, "smtp+starttls", "desk"))
    assert "does not offer STARTTLS" in found.problem
    assert not any(line.startswith("AUTH") for line in server.commands)


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_that_is_not_trusted_is_told(scheme: str) -> None:
    offer = ("STARTTLS",)
    with smtp_servers.Relay(tls=server_tls("elsewhere"), implicit_tls=scheme == "smtps", offer=offer) as server:
        found = probe(relay_of(server, scheme))
    assert "its certificate is not trusted" in found.problem


def test_a_relay_that_does_not_speak_tls_is_told() -> None:
    with smtp_servers.Relay() as server:
        found = probe(relay_of(server, "smtps"))
    assert found.problem.startswith("TLS with it fails")


def test_a_relay_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with smtp_servers.Relay() as server:
        relay = relay_of(server)
    server.port = port
    found = probe(relay_of(server))
    assert found.problem == "it cannot be reached: Connection refused; check its url and the network"
    assert probe(relay).problem.startswith("it cannot be reached")


@pytest.mark.parametrize("verb", ["GREETING", "EHLO"])
def test_a_relay_that_says_nothing_is_waited_for_no_longer_than_its_time(verb: str) -> None:
    with smtp_servers.Relay(answer=answering(verb, Fault.SILENCE)) as server:
        found = probe(relay_of(server, timeout=timedelta(seconds=0.2)))
    assert found.problem == "it did not answer within 0.2 seconds; check its url and the network"


def test_a_relay_that_drips_is_waited_for_no_longer_either() -> None:
    with smtp_servers.Relay(drip=True, answer=answering("EHLO", b"250-" + b"x" * 4000)) as server:
        found = probe(relay_of(server, timeout=timedelta(seconds=0.3)))
    assert found.problem.startswith("it did not answer within 0.3 seconds") or "SMTP" in found.problem
    assert found.seconds < 5


def test_a_relay_from_before_ehlo_offers_nothing_and_works() -> None:
    with smtp_servers.Relay(offer=None) as server:
        found = probe(relay_of(server))
    assert found.problem == ""
    assert found.offer == Probe().offer
    assert [line.split()[0] for line in server.commands] == ["EHLO", "HELO", "QUIT"]


def test_how_it_says_farewell_matters_to_nobody() -> None:
    with smtp_servers.Relay(answer=answering("QUIT", Fault.RESET)) as server:
        assert probe(relay_of(server)).problem == ""
