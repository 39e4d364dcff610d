"""Whole issues by BDAT: the ledger on one side, on the other relays that take it well, badly, or not at all."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import timedelta

import pytest

from publisher.model.delivery import DeliveryState
from publisher.send.wellbeing import Limits
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.smtp_servers import CHUNKS, Fault
from tests.test_send_deliver import relay_of, send, states
from tests.writers import put_issue_on_its_way


def test_every_reader_gets_one_letter_by_chunks(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 60)
    with smtp_servers.Relay(offer=CHUNKS) as server:
        report = send(sqlite_store, relay_of(server, connections=3))
    assert (report.sent, report.problem, report.finished) == (60, "", (issue,))
    assert Counter(server.recipients()) == Counter(f"reader{number}@readers.example" for number in range(60))
    assert not any(line == "DATA" for line in server.commands)


def test_a_relay_that_does_not_know_what_it_offers_costs_one_try_and_no_reader(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 30)
    with smtp_servers.Relay(offer=CHUNKS, knows_bdat=False) as server:
        relay = relay_of(server, connections=3)
        first = send(sqlite_store, relay)
        assert (first.sent, first.deferred, first.problem) == (30 - first.deferred, first.deferred, "")
        assert 1 <= first.deferred <= 6, "what was on the connections that found it out"
        send(sqlite_store, relay, clock=lambda: NOW + timedelta(minutes=2))
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 30}
    assert len(server.recipients()) == len(set(server.recipients())) == 30


def test_a_relay_that_closes_after_every_few_letters_puts_none_in_doubt(sqlite_store: Store) -> None:
    issue, closed = put_issue_on_its_way(sqlite_store, 40), set[int]()

    def close_often(verb: str, argument: str, taken: int) -> bytes | None:
        if verb != "MAIL" or taken % 5 != 4 or taken > 20 or taken in closed:
            return None
        closed.add(taken)
        return b"421 4.7.0 enough for now"

    with smtp_servers.Relay(offer=CHUNKS, answer=close_often) as server:
        send(sqlite_store, relay_of(server, connections=2))
        send(sqlite_store, relay_of(server), clock=lambda: NOW + timedelta(minutes=2))
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 40}
    assert len(server.recipients()) == len(set(server.recipients())) == 40


WHATEVER_COMES = Limits(refused_percent=100, blamed=200)  # so many refusals would pause an issue
FAULTS: tuple[tuple[str, bytes | Fault], ...] = (
    ("MAIL", b"451 4.3.0 no space"), ("RCPT", b"450 4.2.0 greylisted"), ("RCPT", b"452 4.5.3 too many"),
    ("RCPT", b"550 5.1.1 nobody"), ("BDAT", b"554 5.6.0 not this one"), ("BDAT", b"451 4.3.0 later"),
    ("MAIL", b"421 4.3.2 closing"), ("BDAT", b"421 4.3.2 closing"), ("MAIL", Fault.CUT), ("BODY", Fault.RESET),
    ("BDAT", Fault.CUT),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_under_all_kinds_of_faults_nobody_is_lost_and_who_is_doubled_was_in_doubt(
    sqlite_store: Store, seed: int
) -> None:
    issue, dice, lock = put_issue_on_its_way(sqlite_store, 120), random.Random(seed), threading.Lock()

    def fail(verb: str, argument: str, taken: int) -> bytes | Fault | None:
        with lock:
            fault = dice.choice(FAULTS)
            return fault[1] if fault[0] == verb and dice.random() < 0.2 else None

    with smtp_servers.Relay(offer=CHUNKS, answer=fail) as server:
        for minutes in range(0, 600, 60):
            now = NOW + timedelta(minutes=minutes)
            send(sqlite_store, relay_of(server, connections=3), clock=lambda now=now: now, limits=WHATEVER_COMES)
        server.answer = smtp_servers.as_usual
        last = NOW + timedelta(minutes=700)
        send(sqlite_store, relay_of(server, connections=3), clock=lambda: last, limits=WHATEVER_COMES)
    found = states(sqlite_store, issue)
    assert set(found) <= {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.IN_DOUBT}
    assert sum(found.values()) == 120
    assert max(Counter(server.recipients()).values()) == 1, "nobody is sent a second letter"
    assert len(server.recipients()) >= found[DeliveryState.SENT]
