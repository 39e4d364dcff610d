"""Sending an issue whole: the ledger on one side, a real relay on the other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.mail.wire import LetterHead
from publisher.model.delivery import DeliveryState
from publisher.model.issue import Issue, IssueState
from publisher.send.catcher import Catcher
from publisher.send.deliver import send_due
from publisher.send.parcels import Context
from publisher.send.relay import Relay, read_relay
from publisher.send.report import SendReport
from publisher.store import issues, ledger, subscribers
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.smtp_servers import Fault
from tests.writers import put_issue_on_its_way


def head_of(issue: Issue) -> LetterHead:
    return LetterHead(
        from_name="The Harbour Courier",
        from_address="courier@courier.example",
        list_name="Morning",
        list_id="morning.courier.example",
        date=issue.due,
        mail_domain="courier.example",
    )


CONTEXT = Context(
    keys=(b"k" * 32,), site_url="https://courier.example", bounce_domain="bounce.courier.example", head_of=head_of
)


def relay_of(server: smtp_servers.Relay, **wishes: int) -> Relay:
    return read_relay(server.url(), name="test", timeout=timedelta(seconds=5), **wishes)  # type: ignore[arg-type]


def send(store: Store, relay: Relay, stop: Callable[[], bool] = lambda: False, **more: object) -> SendReport:
    more = {"clock": lambda: NOW, "reconnect_seconds": (0.01, 0.02), "drain_seconds": 1.0} | more
    return send_due(store, relay, CONTEXT, stop=stop, **more)  # type: ignore[arg-type]


def states(store: Store, issue: int) -> dict[DeliveryState, int]:
    with store.read() as conn:
        return ledger.counts(conn, issue)


def test_every_reader_gets_one_letter_and_the_issue_is_finished(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 60)
    with smtp_servers.Relay() as server:
        report = send(sqlite_store, relay_of(server))
    assert (report.sent, report.problem, report.finished) == (60, "", (issue,))
    assert Counter(server.recipients()) == Counter(f"reader{number}@readers.example" for number in range(60))
    assert states(sqlite_store, issue) == {DeliveryState.SENT: 60}
    with sqlite_store.read() as conn:
        assert issues.get_issue(conn, issue).state is IssueState.SENT
