"""What senders tell of how letters go: each in rows of its own, added up when they end, few names of many domains."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from sqlalchemy import select

from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome, Verdict
from publisher.send.headway import Headway
from publisher.send.relay import read_relay
from publisher.store import issues, progress, schema
from publisher.store.database import Store
from publisher.store.progress import MOST_NAMED, OTHERS, By, Went
from tests import smtp_servers
from tests.conftest import NOW
from tests.morning import fill, make
from tests.sending import send_by
from tests.test_send_deliver import CONTEXT
from tests.writers import put_issue_on_its_way

LATER = NOW + timedelta(seconds=2)


def relay(name: str, sent: int, deferred: int = 0, failed: int = 0) -> Went:
    return Went(by=By.RELAY, name=name, sent=sent, deferred=deferred, failed=failed)


def domain(name: str, sent: int, deferred: int = 0, failed: int = 0) -> Went:
    return Went(by=By.DOMAIN, name=name, sent=sent, deferred=deferred, failed=failed)


def an_issue(store: Store) -> int:
    fill(store)
    return make(store).issue


def test_what_a_sender_tells_replaces_what_it_told_and_is_added_to_what_others_did(store: Store) -> None:
    issue = an_issue(store)
    with store.write() as conn:
        assert progress.of_issue(conn, issue) == progress.Progress(relays=(), domains=(), at=None)
        progress.put(conn, 1, issue, [relay("main", 2), domain("quay.example", 2)], now=NOW)
        progress.put(conn, 2, issue, [relay("main", 1, 4), domain("lighthouse.example", 1, 4)], now=NOW)
        progress.put(conn, 1, issue, [relay("main", 3, 0, 1), domain("quay.example", 3, 0, 1)], now=LATER)
    with store.read() as conn:
        found = progress.of_issue(conn, issue)
    assert found.relays == (relay("main", 4, 4, 1),)
    assert found.domains == (domain("lighthouse.example", 1, 4), domain("quay.example", 3, 0, 1))
    assert found.at == LATER


def test_what_senders_told_that_ended_stays_and_is_added_up_once(store: Store) -> None:
    issue = an_issue(store)
    for sender in (1, 2):
        with store.write() as conn:
            progress.put(conn, sender, issue, [relay("main", 2), domain("quay.example", 2)], now=NOW)
            progress.fold(conn, [sender])
            progress.fold(conn, [sender])
    with store.read() as conn:
        found = progress.of_issue(conn, issue)
        assert issues.find_issue(conn, issue)
    assert found == progress.Progress(relays=(relay("main", 4),), domains=(domain("quay.example", 4),), at=NOW)


def test_of_many_domains_the_busiest_have_a_name_and_no_answer_is_lost(store: Store) -> None:
    issue = an_issue(store)
    many = {f"d{number}.example": domain(f"d{number}.example", number) for number in range(1, 81)}
    with store.write() as conn:
        for sender in (1, 2):
            progress.put(conn, sender, issue, progress.named(By.DOMAIN, many), now=NOW)
            progress.fold(conn, [sender])
        found = progress.of_issue(conn, issue).domains
    assert len(found) == MOST_NAMED + 1
    assert found[0] == domain("d80.example", 160)
    assert found[-1].name == OTHERS
    assert sum(one.sent for one in found) == 2 * sum(range(1, 81))


def test_a_run_of_the_sender_tells_how_letters_went_by_relay_and_domain(store: Store) -> None:
    issue = put_issue_on_its_way(store, 30)
    with smtp_servers.Relay() as server:
        relay_there = read_relay(server.url(), name="main", timeout=timedelta(seconds=5))
        report = send_by(store, relay_there, context=CONTEXT)
    with store.read() as conn:
        found = progress.of_issue(conn, issue)
        senders = set(conn.execute(select(schema.progress.c.sender)).scalars())
    assert report.sent == 30
    assert found.relays == (relay("main", 30),)
    assert found.domains == (domain("readers.example", 30),)
    assert senders == {progress.NOBODY}


def test_what_a_transaction_that_failed_did_not_write_is_written_by_the_next(sqlite_store: Store) -> None:
    store, issue = sqlite_store, put_issue_on_its_way(sqlite_store, 1)
    headway = Headway(7)
    letter = Delivery(id=1, issue=issue, variant=1, subscription=1, email="ada@Quay.example", name="", attempts=0)
    headway.saw([(letter, "main", Outcome(verdict=Verdict.SENT)), (letter, "main", Outcome(verdict=Verdict.UNSENT))])
    with contextlib.suppress(ZeroDivisionError), store.write() as conn:
        headway.tell(conn, now=NOW)
        raise ZeroDivisionError
    for then in (NOW, NOW + timedelta(seconds=1)):
        with store.write() as conn:
            headway.tell(conn, now=then)
        headway.was_told()
    with store.read() as conn:
        assert progress.of_issue(conn, issue) == progress.Progress(
            relays=(relay("main", 1),), domains=(domain("quay.example", 1),), at=NOW
        )
