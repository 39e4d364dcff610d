"""One connection against real servers: TLS, logins, waiting, and what breaks on the wire."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from publisher.model.outcome import Outcome, Verdict
from publisher.send.actions import Trouble
from publisher.send.commands import Parcel
from publisher.send.login import BY_TOKEN, Mechanism
from publisher.send.oauth import Grant, Tokens, limits_of
from publisher.send.relay import Relay, read_relay
from publisher.send.session import Session
from tests import smtp_servers
from tests.smtp_servers import CHUNKS, Fault
from tests.token_servers import TokenServer, token_server

TLS = Path(__file__).parent / "cases" / "send" / "tls"
CA = TLS / "ca.pem"


def server_tls(name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / f"{name}.pem")
    return context


def a_parcel(number: int, body: str = "A letter.", recipient: str = "") -> Parcel:
    return Parcel(
        key=number,
        sender=f"b+{number}@bounce.courier.example",
        recipient=recipient or f"reader{number}@readers.example",
        envelope_id=f"token{number}",
        pieces=[f"Subject: {number}\r\n\r\n".encode(), body.encode(), b"\r\n"],
    )


def deliver(relay: Relay, *parcels: Parcel) -> tuple[dict[int, Outcome], Trouble | None]:
    """Send these over one connection; their outcomes, and what was wrong with the relay."""

    async def run() -> tuple[dict[int, Outcome], Trouble | None]:
        outcomes: dict[int, Outcome] = {}
        changed = asyncio.Event()

        def settled(key: int, outcome: Outcome) -> None:
            outcomes[key] = outcome
            changed.set()

        session = Session(
            relay,
            on_settled=settled,
            on_returned=lambda parcel, outcome: outcomes.__setitem__(parcel.key, outcome),  # there is no other one
            on_change=changed.set,
        )
        await session.connect()
        left = list(parcels)
        while not session.ended:
            changed.clear()
            while left and session.room:
                session.give(left.pop(0))
            if not left:
                session.finish()
            if not session.ended:
                await changed.wait()
        await session.wait_closed()
        return outcomes, session.trouble

    async def in_time() -> tuple[dict[int, Outcome], Trouble | None]:
        async with asyncio.timeout(15):
            return await run()

    return asyncio.run(in_time())


def relay_of(server: smtp_servers.Relay, scheme: str = "smtp", user: str = "", **more: Any) -> Relay:
    facts = {"timeout": timedelta(seconds=5), "password": "secret" if user else "", "ca_file": CA} | more
    return read_relay(server.url(scheme, user), name="test", **facts)


def test_letters_arrive_as_they_were_given() -> None:
    body = ".\r\n..\r\nA line\r\n.dot\r\n\r\n.\r\nend"
    with smtp_servers.Relay() as server:
        outcomes, trouble = deliver(relay_of(server), *(a_parcel(number, body) for number in range(5)))
    assert trouble is None
    assert [outcome.verdict for outcome in outcomes.values()] == [Verdict.SENT] * 5
    assert [letter.body for letter in server.letters] == [a_parcel(number, body).message for number in range(5)]


def test_the_next_group_travels_with_the_end_of_a_letter() -> None:
    with smtp_servers.Relay() as server:
        deliver(relay_of(server), *(a_parcel(number) for number in range(2)))
    joined = [data for data in server.reads if b"\r\n.\r\nMAIL FROM:" in data and data.endswith(b"DATA\r\n")]
    assert len(joined) == 1, "RFC 2920: body, dot, MAIL, RCPT and DATA in one piece"


def test_letters_by_chunks_arrive_as_they_were_given_two_in_flight() -> None:
    body = ".\r\n..\r\nA line\r\n.dot\r\n\r\n.\r\nend"
    with smtp_servers.Relay(offer=CHUNKS) as server:
        outcomes, trouble = deliver(relay_of(server), *(a_parcel(number, body) for number in range(6)))
    assert trouble is None
    assert [outcome.verdict for outcome in outcomes.values()] == [Verdict.SENT] * 6
    assert [letter.body for letter in server.letters] == [a_parcel(number, body).message for number in range(6)]
    assert not any(line.startswith("DATA") for line in server.commands)


def test_a_letter_behind_one_that_is_unanswered_begins_with_rset_and_is_one_write() -> None:
    with smtp_servers.Relay(offer=CHUNKS) as server:
        deliver(relay_of(server), *(a_parcel(number) for number in range(3)))
    said = b"".join(server.reads)
    third = said[said.index(b"RSET\r\nMAIL FROM:<b+2@") :]  # RSET: the second had no answer yet
    assert re.fullmatch(
        rb"RSET\r\nMAIL FROM:.*\r\nRCPT TO:.*\r\nBDAT \d+ LAST\r\n" + re.escape(a_parcel(2).message) + rb"QUIT\r\n",
        third,
    )
    assert any(a_parcel(2).message in data and b"MAIL FROM:<b+2@" in data for data in server.reads)


def test_a_refused_recipient_by_chunks_takes_nobody_else_along() -> None:
    def refuse(verb: str, argument: str, taken: int) -> bytes | None:
        return b"550 5.1.1 nobody" if verb == "RCPT" and re.search(r"reader[258]@", argument) else None

    with smtp_servers.Relay(offer=CHUNKS, answer=refuse) as server:
        outcomes, trouble = deliver(relay_of(server), *(a_parcel(number) for number in range(10)))
    assert trouble is None
    assert {number for number, outcome in outcomes.items() if outcome.verdict is Verdict.NEVER} == {2, 5, 8}
    for letter in server.letters:
        number = letter.recipient.removeprefix("reader").partition("@")[0]
        assert letter.mail.startswith(f"FROM:<b+{number}@"), "each under its own return address"
        assert letter.rcpt == (f"TO:<reader{number}@readers.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;"
                               f"reader{number}@readers.example",)  # fmt: skip
    assert len(server.letters) == 7


def test_a_relay_that_offers_bdat_and_does_not_know_it_gets_data_from_then_on() -> None:
    with smtp_servers.Relay(offer=CHUNKS, knows_bdat=False) as server:
        relay = relay_of(server)
        outcomes, trouble = deliver(relay, a_parcel(1), a_parcel(2))
        assert trouble is not None
        assert not trouble.permanent
        assert "DATA is used instead" in trouble.problem
        assert [outcomes[number].verdict for number in (1, 2)] == [Verdict.LATER, Verdict.UNSENT]
        outcomes, trouble = deliver(relay, a_parcel(1), a_parcel(2))
    assert trouble is None
    assert {outcome.verdict for outcome in outcomes.values()} == {Verdict.SENT}
    assert len(server.letters) == 2


@pytest.mark.parametrize("chunks", [True, False])
def test_a_relay_without_smtputf8_fails_that_recipient_alone(chunks: bool) -> None:
    offer = tuple(word for word in CHUNKS if word != "SMTPUTF8")
    with smtp_servers.Relay(offer=offer) as server:
        relay = relay_of(server, chunking=chunks)
        outcomes, trouble = deliver(relay, a_parcel(1), a_parcel(2, recipient="jürgen@readers.example"), a_parcel(3))
    assert trouble is None
    assert [outcomes[number].verdict for number in (1, 2, 3)] == [Verdict.SENT, Verdict.NEVER, Verdict.SENT]
    assert outcomes[2].enhanced == "5.6.7"
    assert not any("SMTPUTF8" in line or "8BITMIME" in line for line in server.commands)


def test_chunks_can_be_switched_off() -> None:
    with smtp_servers.Relay(offer=CHUNKS) as server:
        deliver(relay_of(server, chunking=False), a_parcel(1))
    assert "DATA" in server.commands


@pytest.mark.parametrize(
    ("verb", "fault", "verdicts"),
    [
        ("MAIL", Fault.CUT, {Verdict.IN_DOUBT}),
        ("RCPT", Fault.RESET, {Verdict.IN_DOUBT}),
        ("BDAT", Fault.SILENCE, {Verdict.IN_DOUBT}),
        ("MAIL", b"421 4.7.0 enough", {Verdict.LATER}),
        ("RCPT", b"421 4.7.0 enough", {Verdict.LATER}),
        ("BDAT", b"421 4.7.0 enough", {Verdict.LATER}),
    ],
)
def test_of_letters_by_chunks_at_most_two_are_in_doubt_and_none_behind_a_421(
    verb: str, fault: Fault | bytes, verdicts: set[Verdict]
) -> None:
    def fail(said: str, argument: str, taken: int) -> Fault | bytes | None:
        return fault if said == verb and taken == 2 else None

    with smtp_servers.Relay(answer=fail, offer=CHUNKS) as server:
        relay = relay_of(server, timeout=timedelta(seconds=0.2))
        outcomes, trouble = deliver(relay, *(a_parcel(number) for number in range(6)))
    assert trouble is not None
    assert [outcomes[number].verdict for number in (0, 1)] == [Verdict.SENT] * 2
    assert {outcomes[number].verdict for number in outcomes if number > 1} <= verdicts | {Verdict.LATER, Verdict.UNSENT}
    assert sum(outcome.verdict is Verdict.IN_DOUBT for outcome in outcomes.values()) <= 2


def test_a_long_letter_by_chunks_cut_in_its_body_is_not_in_doubt() -> None:
    def cut(verb: str, argument: str, taken: int) -> Fault | None:
        return Fault.RESET if verb == "BODY" else None

    with smtp_servers.Relay(answer=cut, offer=("PIPELINING", "CHUNKING")) as server:
        outcomes, _ = deliver(relay_of(server), a_parcel(1, "x" * 40_000_000), a_parcel(2))
    assert [outcomes[number].verdict for number in (1, 2)] == [Verdict.LATER, Verdict.UNSENT]


@pytest.mark.parametrize(
    ("verb", "flood"),
    [
        ("EHLO", b"250-more\r\n" * 300_000),
        ("EHLO", b"250-" + b"x" * 2**20),
        ("MAIL", b"250 ok\r\n" * 300_000),
        ("END", b"250-" + b"x" * 2**20),
        ("END", b"2" * 2**20),
    ],
)
def test_a_relay_that_says_too_much_is_left(verb: str, flood: bytes) -> None:
    def pour(said: str, argument: str, taken: int) -> bytes | None:
        return flood if said == verb else None

    with smtp_servers.Relay(answer=pour) as server:
        outcomes, trouble = deliver(relay_of(server), a_parcel(1), a_parcel(2))
    assert trouble is not None
    begun, behind = {Verdict.LATER, Verdict.IN_DOUBT}, {Verdict.LATER, Verdict.IN_DOUBT, Verdict.UNSENT}
    assert all(outcome.verdict in (begun if number == 1 else behind) for number, outcome in outcomes.items())
    assert len(trouble.problem) < 300


def test_replies_that_come_byte_by_byte_are_read_whole() -> None:
    with smtp_servers.Relay(drip=True) as server:
        outcomes, trouble = deliver(relay_of(server), *(a_parcel(number) for number in range(3)))
    assert (len(outcomes), trouble) == (3, None)


def test_starttls_is_made_and_the_login_goes_through_it() -> None:
    offer = ("PIPELINING", "STARTTLS", "AUTH PLAIN")
    with smtp_servers.Relay(tls=server_tls(), offer=offer) as server:
        outcomes, trouble = deliver(relay_of(server, "smtp+starttls", "desk"), a_parcel(1))
    assert (outcomes[1].verdict, trouble) == (Verdict.SENT, None)
    assert [line.split()[0] for line in server.commands[:4]] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]
    assert base64.b64decode(server.commands[3].split()[2]) == b"\0desk\0secret"


def oauth_relay(server: smtp_servers.Relay, tokens: TokenServer, scheme: str = "smtps", **more: Any) -> Relay:
    grant = Grant(token_url=tokens.url, client_id="desk", refresh_token="hidden-refresh")
    limits = limits_of(tokens.url, site_url="https://courier.example")
    return relay_of(server, scheme, "desk", password="", tokens=Tokens(grant, limits), **more)


@pytest.mark.parametrize(
    ("offer", "mechanism", "used"),
    [
        ("AUTH LOGIN PLAIN XOAUTH2 OAUTHBEARER", None, "OAUTHBEARER"),
        ("AUTH LOGIN XOAUTH2", None, "XOAUTH2"),
        ("AUTH OAUTHBEARER XOAUTH2", Mechanism.XOAUTH2, "XOAUTH2"),
    ],
)
@pytest.mark.parametrize("size", [20, 3000], ids=["short", "long"])
def test_a_login_by_token_speaks_what_is_offered(offer: str, mechanism: Mechanism | None, used: str, size: int) -> None:
    text = "t" * size
    with (
        token_server(says={"access_token": text}) as tokens,
        smtp_servers.Relay(
            tls=server_tls(), implicit_tls=True, offer=("PIPELINING", offer), takes_token=text.__eq__
        ) as server,
    ):
        outcomes, trouble = deliver(oauth_relay(server, tokens, mechanism=mechanism), a_parcel(1))
    assert (outcomes[1].verdict, trouble) == (Verdict.SENT, None)
    assert server.logins == [(used, "desk", text)]
    assert max(len(line) for line in server.commands) <= 510


@pytest.mark.parametrize("mechanism", list(BY_TOKEN))
def test_a_token_that_ended_early_is_got_anew_on_the_same_connection(mechanism: Mechanism) -> None:
    offer = ("PIPELINING", "STARTTLS", f"AUTH {mechanism}")
    with (
        token_server() as tokens,
        smtp_servers.Relay(tls=server_tls(), offer=offer, takes_token=lambda token: token == good[0]) as server,
    ):
        good = ["token-1"]
        relay = oauth_relay(server, tokens, "smtp+starttls")
        assert deliver(relay, a_parcel(1))[1] is None
        assert deliver(relay, a_parcel(2))[1] is None
        good[0] = "token-2"
        outcomes, trouble = deliver(relay, a_parcel(3))
    assert (outcomes[3].verdict, trouble) == (Verdict.SENT, None)
    assert [token for _, _, token in server.logins] == ["token-1", "token-1", "token-1", "token-2"]
    assert (len(tokens.forms), server.connections) == (2, 3)


def test_a_token_got_just_now_and_refused_is_a_login_refused_for_good() -> None:
    offer = ("AUTH XOAUTH2",)
    with (
        token_server() as tokens,
        smtp_servers.Relay(tls=server_tls(), implicit_tls=True, offer=offer, takes_token=lambda _: False) as server,
    ):
        _, trouble = deliver(oauth_relay(server, tokens), a_parcel(1))
    assert trouble is not None
    assert trouble.permanent
    assert "refuses the login of 'desk' (535" in trouble.problem
    assert "token-1" not in trouble.problem
    assert len(tokens.forms) == 1


def test_where_no_token_is_to_be_had_the_reason_is_told_and_nothing_is_said_to_the_relay() -> None:
    offer = ("AUTH XOAUTH2",)
    with (
        token_server(status=400, says={"error": "invalid_grant", "error_description": "hidden-refresh"}) as tokens,
        smtp_servers.Relay(tls=server_tls(), implicit_tls=True, offer=offer, takes_token=lambda _: True) as server,
    ):
        _, trouble = deliver(oauth_relay(server, tokens), a_parcel(1))
    assert trouble is not None
    assert trouble.permanent
    assert "invalid_grant" in trouble.problem
    assert "hidden" not in trouble.problem
    assert [line.split()[0] for line in server.commands] == ["EHLO"]


def test_a_relay_that_goes_away_while_a_token_is_got_is_told() -> None:
    def leave(verb: str, argument: str, taken: int) -> bytes | None:
        return b"250-relay.example\r\n250 AUTH XOAUTH2\r\n421 4.3.2 closing" if verb == "EHLO" else None

    with (
        token_server(pause_seconds=0.2) as tokens,
        smtp_servers.Relay(tls=server_tls(), implicit_tls=True, answer=leave, takes_token=lambda _: True) as server,
    ):
        _, trouble = deliver(oauth_relay(server, tokens), a_parcel(1))
    assert trouble is not None
    assert not trouble.permanent
    assert "421 4.3.2 closing" in trouble.problem
    assert server.logins == []


def test_tls_from_the_first_byte() -> None:
    with smtp_servers.Relay(tls=server_tls(), implicit_tls=True) as server:
        outcomes, trouble = deliver(relay_of(server, "smtps"), a_parcel(1), a_parcel(2, "x" * 300_000))
    assert [outcome.verdict for outcome in outcomes.values()] == [Verdict.SENT] * 2
    assert trouble is None


def test_what_was_said_before_tls_is_forgotten() -> None:
    """Behind its 220 the server (or someone between) has put an answer to the EHLO we say after TLS."""

    def inject(verb: str, argument: str, taken: int) -> bytes | None:
        return b"220 go on\r\n250-evil.example\r\n250 SMTPUTF8" if verb == "STARTTLS" else None

    offer = ("PIPELINING", "STARTTLS")
    with smtp_servers.Relay(tls=server_tls(), offer=offer, answer=inject) as server:
        outcomes, trouble = deliver(
            relay_of(server, "smtp+starttls"), a_parcel(1, recipient="jürgen@readers.example"), a_parcel(2)
        )
    assert trouble is None
    assert outcomes[2].verdict is Verdict.SENT
    assert outcomes[1].enhanced == "5.6.7", "the SMTPUTF8 offered in the clear is not believed"


def test_what_is_said_in_the_clear_a_moment_after_the_220_is_not_believed_either() -> None:
    """It comes in a piece of its own, when the 220 was read and TLS has perhaps not begun."""
    offer = ("PIPELINING", "STARTTLS")

    def inject(verb: str, argument: str, taken: int) -> bytes | None:
        return b"220 go on\r\n220 again" if verb == "STARTTLS" else None

    for _ in range(10):
        with smtp_servers.Relay(tls=server_tls(), offer=offer, answer=inject, drip=True) as server:
            outcomes, trouble = deliver(relay_of(server, "smtp+starttls"), a_parcel(1))
        # Dropped where it was read in the clear; what TLS itself read is no TLS, and breaks it off.
        assert (trouble is None and outcomes[1].verdict is Verdict.SENT) or (
            trouble is not None and "TLS with it fails" in trouble.problem
        )


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_of_another_host_is_refused_for_good(scheme: str) -> None:
    tls, offer = server_tls("elsewhere"), ("STARTTLS",)
    with smtp_servers.Relay(tls=tls, implicit_tls=scheme == "smtps", offer=offer) as server:
        outcomes, trouble = deliver(relay_of(server, scheme, "desk"), a_parcel(1))
    assert trouble is not None
    assert trouble.permanent
    assert "certificate is not trusted" in trouble.problem
    assert not any("AUTH" in line or "MAIL" in line for line in server.commands)
    assert outcomes == {}


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_of_nobody_we_trust_is_refused_for_good(scheme: str) -> None:
    with smtp_servers.Relay(tls=server_tls(), implicit_tls=scheme == "smtps", offer=("STARTTLS",)) as server:
        _, trouble = deliver(relay_of(server, scheme, ca_file=None), a_parcel(1))
    assert trouble is not None
    assert trouble.permanent


def test_a_relay_without_starttls_gets_neither_login_nor_letter() -> None:
    with smtp_servers.Relay(offer=("AUTH PLAIN",)) as server:
        _, trouble = deliver(relay_of(server, "smtp+starttls", "desk"), a_parcel(1))
    assert trouble is not None
    assert "does not offer STARTTLS" in trouble.problem
    assert [line.split()[0] for line in server.commands] == ["EHLO"]


def test_a_plain_server_on_the_port_of_tls_is_told() -> None:
    with smtp_servers.Relay() as server:
        _, trouble = deliver(relay_of(server, "smtps"), a_parcel(1))
    assert trouble is not None
    assert "TLS with it fails" in trouble.problem


def test_a_tls_handshake_that_never_comes_ends() -> None:
    def mute(verb: str, argument: str, taken: int) -> Fault | None:
        return Fault.SILENCE if verb == "GREETING" else None

    with smtp_servers.Relay(answer=mute) as server:
        _, trouble = deliver(relay_of(server, "smtps", timeout=timedelta(seconds=0.3)), a_parcel(1))
    assert trouble is not None
    assert "within 0.3 seconds" in trouble.problem


@pytest.mark.parametrize(
    ("verb", "fault", "verdict"),
    [
        ("MAIL", Fault.CUT, Verdict.LATER),
        ("RCPT", Fault.RESET, Verdict.LATER),
        ("DATA", Fault.CUT, Verdict.LATER),
        ("DATA", Fault.SILENCE, Verdict.LATER),
        ("END", Fault.CUT, Verdict.IN_DOUBT),
        ("END", Fault.RESET, Verdict.IN_DOUBT),
        ("END", Fault.SILENCE, Verdict.IN_DOUBT),
    ],
)
@pytest.mark.parametrize("offer", [smtp_servers.OFFER, ()], ids=["pipelining", "step by step"])
def test_what_is_known_of_a_letter_when_the_relay_goes_away(
    verb: str, fault: Fault, verdict: Verdict, offer: tuple[str, ...]
) -> None:
    def fail(said: str, argument: str, taken: int) -> Fault | None:
        return fault if said == verb and taken == 1 else None

    with smtp_servers.Relay(answer=fail, offer=offer) as server:
        relay = relay_of(server, timeout=timedelta(seconds=0.2))
        outcomes, trouble = deliver(relay, *(a_parcel(number) for number in range(4)))
    assert outcomes[0].verdict is Verdict.SENT
    assert outcomes[1].verdict is verdict
    assert all(outcomes[other].verdict in (Verdict.LATER, Verdict.UNSENT) for other in outcomes if other > 1)
    assert trouble is not None
    assert not trouble.permanent


def test_a_long_letter_cut_in_its_body_is_not_in_doubt() -> None:
    """Its dot was still in our own buffer: more than the network could hold was not yet sent."""

    def cut(verb: str, argument: str, taken: int) -> Fault | None:
        return Fault.RESET if verb == "BODY" else None

    with smtp_servers.Relay(answer=cut, offer=("PIPELINING",)) as server:
        outcomes, _ = deliver(relay_of(server), a_parcel(1, "x" * 40_000_000), a_parcel(2))
    assert outcomes[1].verdict is Verdict.LATER
    assert outcomes[2].verdict is Verdict.LATER


def test_a_relay_that_answers_slowly_but_in_time_is_waited_for_at_each_letter() -> None:
    pause = threading.Event()

    def slow(verb: str, argument: str, taken: int) -> None:
        if verb == "END":
            pause.wait(0.15)

    with smtp_servers.Relay(answer=slow) as server:
        relay = relay_of(server, timeout=timedelta(seconds=0.2))
        outcomes, trouble = deliver(relay, *(a_parcel(number) for number in range(4)))
    assert trouble is None
    assert {outcome.verdict for outcome in outcomes.values()} == {Verdict.SENT}


def test_a_web_server_is_no_relay() -> None:
    def web(verb: str, argument: str, taken: int) -> bytes | None:
        return b"HTTP/1.1 400 Bad Request" if verb == "GREETING" else None

    with smtp_servers.Relay(answer=web) as server:
        _, trouble = deliver(relay_of(server), a_parcel(1))
    assert trouble is not None
    assert trouble.permanent
    assert "does not speak SMTP" in trouble.problem


def test_a_host_that_does_not_exist_is_told() -> None:
    _, trouble = deliver(read_relay("smtp://nowhere.invalid", name="test", timeout=timedelta(seconds=5)), a_parcel(1))
    assert trouble is not None
    assert trouble.problem.startswith("it cannot be reached")


class Recorder:
    """Handler of aiosmtpd."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 taken"


@pytest.fixture
def strict_server() -> Iterator[Controller]:
    """Somebody else's server: TLS required, login required."""

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        return AuthResult(success=(login.login, login.password) == (b"desk", b"secret"), handled=False)

    controller = Controller(
        Recorder(), hostname="127.0.0.1", port=0, tls_context=server_tls(), require_starttls=True,
        auth_required=True, authenticator=authenticate, auth_exclude_mechanism=["PLAIN"], enable_SMTPUTF8=True,
    )  # fmt: skip
    # Its own start() connects to the port it was told, and 0 is none.
    controller.port = free_port()
    controller.start()
    yield controller
    controller.stop()


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_somebody_elses_server_takes_our_letters_over_tls_and_login(strict_server: Controller) -> None:
    relay = read_relay(
        f"smtp+starttls://desk@127.0.0.1:{strict_server.port}", name="test", password="secret", ca_file=CA
    )
    outcomes, trouble = deliver(relay, a_parcel(1), a_parcel(2, recipient="jürgen@readers.example"), a_parcel(3))
    assert trouble is None
    assert {outcome.verdict for outcome in outcomes.values()} == {Verdict.SENT}
    envelopes = strict_server.handler.envelopes
    assert [envelope.rcpt_tos for envelope in envelopes] == [
        ["reader1@readers.example"], ["jürgen@readers.example"], ["reader3@readers.example"]
    ]  # fmt: skip
    assert envelopes[0].content == a_parcel(1).message


def test_somebody_elses_server_refuses_a_wrong_password_for_good(strict_server: Controller) -> None:
    url = f"smtp+starttls://desk@127.0.0.1:{strict_server.port}"
    _, trouble = deliver(read_relay(url, name="test", password="guess", ca_file=CA), a_parcel(1))
    assert trouble is not None
    assert trouble.permanent
    assert "refuses the login of 'desk'" in trouble.problem
    assert "guess" not in trouble.problem


def test_ehlo_says_our_name_or_our_address() -> None:
    with smtp_servers.Relay() as server:
        deliver(replace(relay_of(server), host="127.0.0.1"), a_parcel(1))
        deliver(replace(relay_of(server), hello="courier.example"), a_parcel(1))
    assert server.commands[0] == "EHLO [127.0.0.1]"
    assert "EHLO courier.example" in server.commands
