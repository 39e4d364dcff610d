"""Transactions of a run that are done though it is told that they failed, or that nobody waits for any more."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

import pytest
from sqlalchemy import text

from publisher.model.delivery import DeliveryState
from publisher.model.limit import Limit
from publisher.send.deferrals import IN_A_ROW
from publisher.send.route import Route
from publisher.store import destinations, ledger, uses
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.test_send_relays import relay_at, send
from tests.untold_store import UntoldStore, each
from tests.writers import put_issue_on_its_way

LETTERS = 520  # more than are claimed at once


def states(store: Store, issue: int) -> dict[DeliveryState, int]:
    with store.read() as conn:
        return ledger.counts(conn, issue)


def test_of_commits_that_were_not_told_nothing_is_lost_and_nothing_is_sent_twice(store: Store) -> None:
    issue = put_issue_on_its_way(store, LETTERS)
    with smtp_servers.Relay() as server:
        report = send(UntoldStore(store, each(2)), relay_at(server, "one"), patience_seconds=(0.001,))
    assert (report.sent, report.problem) == (LETTERS, "")
    assert max(Counter(server.recipients()).values()) == 1
    assert states(store, issue) == {DeliveryState.SENT: LETTERS}
    with store.read() as conn:
        assert conn.execute(text("SELECT max(attempts) FROM deliveries")).scalar_one() == 1


def test_a_claim_that_is_cut_off_by_ctrl_c_is_given_back_when_the_run_ends(sqlite_store: Store) -> None:
    """Ctrl-C cancels the run's task while the ledger's thread is in the middle of the claim."""
    issue = put_issue_on_its_way(sqlite_store, LETTERS)
    tasks: list[asyncio.Task[object]] = []
    cut_off = threading.Event()

    def cancel_at_the_first_claim() -> bool:
        if not cut_off.is_set() and DeliveryState.CLAIMED in states(sqlite_store, issue):
            loop = tasks[0].get_loop()
            loop.call_soon_threadsafe(tasks[0].cancel)
            loop.call_soon_threadsafe(loop.call_later, 0.02, cut_off.set)
            assert cut_off.wait(10)
        return True

    def stop() -> bool:
        tasks.extend(task for task in [asyncio.current_task()] if task)
        return False

    with smtp_servers.Relay() as server, pytest.raises(asyncio.CancelledError):
        send(UntoldStore(sqlite_store, cancel_at_the_first_claim), relay_at(server, "one"), stop=stop)
    assert states(sqlite_store, issue) == {DeliveryState.DUE: LETTERS}


@pytest.mark.parametrize("done", [True, False], ids=["done and not told", "taken back"])
def test_each_answer_counts_once_for_limits_and_for_domains_that_put_all_off(sqlite_store: Store, done: bool) -> None:
    put_issue_on_its_way(sqlite_store, IN_A_ROW - 1)
    hour = Limit(letters=1000, seconds=3600)

    def later(verb: str, argument: str, taken: int) -> bytes | None:
        return b"451 4.3.2 not so fast" if verb == "RCPT" else None

    with smtp_servers.Relay(answer=later) as server:
        route = Route(relay=relay_at(server, "one"), limits=(hour,))
        report = send(UntoldStore(sqlite_store, each(2), done=done), route, patience_seconds=(0.001,))
    assert report.deferred == IN_A_ROW - 1
    with sqlite_store.read() as conn:
        assert destinations.paused(conn) == {}
        assert sum(uses.used(conn, "relay:one", [hour], now=NOW)[hour.seconds].values()) == IN_A_ROW - 1


@pytest.mark.parametrize("done", [True, False], ids=["done and not told", "taken back"])
def test_an_issue_that_pauses_itself_is_told_all_the_same(sqlite_store: Store, done: bool) -> None:
    issue = put_issue_on_its_way(sqlite_store, 100)

    def spam(verb: str, argument: str, taken: int) -> bytes | None:
        return b"550 5.7.1 this is spam" if verb == "RCPT" else None

    with smtp_servers.Relay(answer=spam) as server:
        report = send(UntoldStore(sqlite_store, each(2), done=done), relay_at(server, "one"), patience_seconds=(0.001,))
    assert [paused.issue for paused in report.paused] == [issue]
