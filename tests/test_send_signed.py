"""Signed letters on their way: what comes out of a mail server is what was signed, also at the second try."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from publisher.mail.dkim import Signers
from publisher.send.parcels import Packer
from publisher.send.relay import read_relay
from publisher.send.report import SendReport
from publisher.store import claims, issues
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.sending import send_by
from tests.signed_letters import keys, records, split_signatures, verified_by_dkimpy
from tests.test_send_deliver import CONTEXT
from tests.writers import SENDER, put_issue_on_its_way

KEYS = tuple(replace(key, domain="courier.example") for key in keys())
SIGNED = replace(CONTEXT, signers=Signers(by_domain={"courier.example": KEYS}))
DNS = records(KEYS)


def send(store: Store, server: smtp_servers.Relay, *, now: datetime = NOW) -> SendReport:
    relay = read_relay(server.url(), name="test", timeout=timedelta(seconds=5))
    return send_by(store, relay, context=SIGNED, clock=lambda: now, jitter=lambda: 0.5, reconnect_seconds=(0.01,))


@pytest.mark.parametrize("offer", [smtp_servers.OFFER, None], ids=["pipelining", "HELO"])
@pytest.mark.parametrize("drip", [False, True], ids=["at once", "octet by octet"])
def test_letters_are_as_good_behind_a_server_as_before_it(
    sqlite_store: Store, offer: tuple[str, ...] | None, drip: bool
) -> None:
    put_issue_on_its_way(sqlite_store, 8)
    with smtp_servers.Relay(offer=offer, drip=drip) as server:
        assert send(sqlite_store, server).sent == 8
    assert all(verified_by_dkimpy(letter.body, DNS, at=at) for letter in server.letters for at in range(2))
    assert all(len(split_signatures(letter.body)) == 3 for letter in server.letters)


def test_the_second_try_of_a_letter_is_the_first_octet_by_octet(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 1)

    def not_now(verb: str, argument: str, taken: int) -> bytes | None:
        return b"451 4.7.1 greylisted" if verb == "END" else None

    with smtp_servers.Relay(answer=not_now) as server:
        assert send(sqlite_store, server).deferred == 1
    first = b"".join(server.reads).partition(b"DATA\r\n")[2].partition(b"\r\n.\r\n")[0] + b"\r\n"
    with smtp_servers.Relay() as server:
        assert send(sqlite_store, server, now=NOW + timedelta(hours=3)).sent == 1
    (second,) = server.letters
    assert first == second.body
    assert verified_by_dkimpy(first, DNS, at=0)


def test_a_sender_of_another_domain_is_sent_unsigned(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 1)
    elsewhere = replace(CONTEXT, signers=Signers(by_domain={"elsewhere.example": KEYS}))
    with sqlite_store.write() as conn:
        issues.start_queued(conn, now=NOW)
        (delivery,) = claims.claim(conn, SENDER, limit=9, now=NOW).claimed
        plain, other, signed = (
            Packer(one).stencil_of(conn, delivery).pack(delivery).message for one in (CONTEXT, elsewhere, SIGNED)
        )
    assert plain == other == split_signatures(signed)[-1]
