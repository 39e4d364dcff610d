"""The embedded engine over a real ledger: enqueue, send, cancel, count."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.engine import embedded
from publisher.engine.embedded import EmbeddedEngine
from publisher.engine.port import Engine, Job, Stats
from publisher.errors import RelayError
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueEvent, IssueState
from publisher.model.outcome import Outcome, Verdict
from publisher.store import claims, issues, ledger, proposals
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import SENDER, a_post, an_issue, freeze_for_all, put_issue_on_its_way, put_posts, put_readers

PATIENCE_SECONDS = 10


class Sender:
    """Hands every letter that may go now to a relay that takes it, and remembers to whom."""

    def __init__(
        self, store: Store, *, clock: Callable[[], datetime] = lambda: NOW, first: Callable[[], object] = lambda: None
    ) -> None:
        self.store = store
        self.clock = clock
        self.first = first
        self.sent: list[int] = []
        self.calls = 0
        self.called = threading.Event()

    def __call__(self, stop: threading.Event) -> bool:
        self.calls += 1
        self.first()
        now = self.clock()
        with self.store.write() as conn:
            ready = [one.id for one in claims.claim(conn, SENDER, limit=100, now=now).claimed]
            marked = ledger.mark_sending(conn, SENDER, ready, now=now)
            taken = Outcome(verdict=Verdict.SENT, code=250)
            ledger.settle(conn, SENDER, [ledger.Settled(id=one, outcome=taken) for one in marked], now=now)
            issues.finish_done(conn, now=now)
        self.sent += sorted(marked)
        self.called.set()
        return True


def engine_of(store: Store, send: Callable[[threading.Event], bool]) -> EmbeddedEngine:
    return EmbeddedEngine(store, send, lambda: NOW)


def as_port(engine: Engine) -> Engine:
    """For the type checker: the embedded engine fits the port."""
    return engine


@contextmanager
def working(engine: Engine) -> Iterator[None]:
    stop = threading.Event()
    worker = threading.Thread(target=engine.run_worker, args=(stop,))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(PATIENCE_SECONDS)
        assert not worker.is_alive()


def wait_until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


def state_of(store: Store, issue: int) -> IssueState:
    with store.read() as conn:
        return issues.get_issue(conn, issue).state


def put_queued_issue(store: Store, readers: int = 3) -> int:
    with store.write() as conn:
        put_posts(conn, [a_post(1)])
        put_readers(conn, readers)
        return freeze_for_all(conn)


def test_an_enqueued_issue_is_sent(sqlite_store: Store) -> None:
    sender = Sender(sqlite_store)
    engine = engine_of(sqlite_store, sender)
    with working(as_port(engine)):
        sender.called.wait(PATIENCE_SECONDS)
        with sqlite_store.write() as conn:
            put_posts(conn, [a_post(1)])
            put_readers(conn, 3)
            issue = freeze_for_all(conn)
            assert engine.enqueue(conn, Job(issue=issue))
        wait_until(lambda: state_of(sqlite_store, issue) is IssueState.SENT)
    assert len(sender.sent) == 3


def test_what_another_process_queued_is_found_without_a_word(sqlite_store: Store) -> None:
    sender = Sender(sqlite_store)
    with working(engine_of(sqlite_store, sender)):
        sender.called.wait(PATIENCE_SECONDS)
        issue = put_queued_issue(sqlite_store)
        wait_until(lambda: state_of(sqlite_store, issue) is IssueState.SENT)


def test_nothing_is_enqueued_by_a_transaction_that_is_rolled_back(sqlite_store: Store) -> None:
    issue = put_queued_issue(sqlite_store)
    engine = engine_of(sqlite_store, Sender(sqlite_store))
    with sqlite_store.write() as conn:
        issues.move_if(conn, issue, IssueEvent.PAUSE, now=NOW)
    with sqlite_store.write() as conn:
        assert engine.enqueue(conn, Job(issue=issue))
        conn.rollback()
    assert state_of(sqlite_store, issue) is IssueState.PAUSED


def test_paused_and_sent_issues_are_queued_again_and_a_cancelled_one_never(sqlite_store: Store) -> None:
    issue = put_queued_issue(sqlite_store)
    engine = engine_of(sqlite_store, Sender(sqlite_store))
    for moves in ((IssueEvent.PAUSE,), (IssueEvent.START, IssueEvent.FINISH), ()):
        with sqlite_store.write() as conn:
            assert all(issues.move_if(conn, issue, event, now=NOW) for event in moves)
            assert engine.enqueue(conn, Job(issue=issue))
        assert state_of(sqlite_store, issue) is IssueState.QUEUED
    assert engine.cancel(issue)
    with sqlite_store.write() as conn:
        assert not engine.enqueue(conn, Job(issue=issue))
        assert not engine.enqueue(conn, Job(issue=issue + 1))


@pytest.mark.parametrize("state", proposals.PROPOSED)
def test_a_proposal_is_not_sent_and_can_be_cancelled(sqlite_store: Store, state: IssueState) -> None:
    engine = engine_of(sqlite_store, Sender(sqlite_store))
    with sqlite_store.write() as conn:
        put_readers(conn, 1)
        issue = proposals.put(conn, replace(an_issue(), state=state), [], findings=(), change=0)
        assert not engine.enqueue(conn, Job(issue=issue))
    assert state_of(sqlite_store, issue) is state
    assert engine.cancel(issue)
    assert state_of(sqlite_store, issue) is IssueState.CANCELLED


def test_cancelling_keeps_letters_that_are_not_on_the_wire(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 3)
    sender = Sender(sqlite_store)
    engine = engine_of(sqlite_store, sender)
    assert engine.cancel(issue)
    assert not engine.cancel(issue)
    sender(threading.Event())
    with sqlite_store.read() as conn:
        assert ledger.counts(conn, issue) == {DeliveryState.SKIPPED: 3}
    assert sender.sent == []


def test_stats_count_what_is_not_at_its_end(sqlite_store: Store) -> None:
    sender = Sender(sqlite_store)
    engine = engine_of(sqlite_store, sender)
    assert engine.stats() == Stats(issues={}, deliveries={})
    issue = put_issue_on_its_way(sqlite_store, 3)
    assert engine.stats() == Stats(issues={IssueState.SENDING: 1}, deliveries={DeliveryState.DUE: 3})
    sender(threading.Event())
    assert state_of(sqlite_store, issue) is IssueState.SENT
    assert engine.stats() == Stats(issues={}, deliveries={})


def test_a_deferred_letter_is_tried_when_it_is_ripe(sqlite_store: Store) -> None:
    issue = put_issue_on_its_way(sqlite_store, 1)
    with sqlite_store.write() as conn:
        (one,) = claims.claim(conn, SENDER, limit=1, now=NOW).claimed
        ledger.mark_sending(conn, SENDER, [one.id], now=NOW)
        later = Outcome(verdict=Verdict.LATER, code=451)
        ledger.settle(
            conn, SENDER, [ledger.Settled(id=one.id, outcome=later, next_try=NOW + timedelta(hours=1))], now=NOW
        )
    moments = [NOW]
    sender = Sender(sqlite_store, clock=lambda: moments[-1])
    with working(EmbeddedEngine(sqlite_store, sender, lambda: moments[-1])):
        wait_until(sender.called.is_set)
        assert sender.sent == []
        moments.append(NOW + timedelta(hours=1))
        wait_until(lambda: state_of(sqlite_store, issue) is IssueState.SENT)
    assert sender.sent == [one.id]


def test_trouble_with_the_relay_makes_the_worker_rest_and_not_die(sqlite_store: Store) -> None:
    refused = threading.Event()

    def refuse() -> None:
        refused.set()
        raise RelayError("relay main: the login was refused; check `password`")

    sender = Sender(sqlite_store, first=refuse)
    issue = put_queued_issue(sqlite_store)
    with working(engine_of(sqlite_store, sender)):
        assert refused.wait(PATIENCE_SECONDS)
        time.sleep(1.5 * embedded.POLL_SECONDS)
    assert sender.calls == 1
    assert state_of(sqlite_store, issue) is IssueState.SENDING
    with sqlite_store.read() as conn:
        assert ledger.counts(conn, issue) == {DeliveryState.DUE: 3}


def test_a_fault_of_the_program_while_sending_is_logged_and_the_worker_lives(
    sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with working(engine_of(sqlite_store, Sender(sqlite_store, first=lambda: 1 / 0))):
        wait_until(lambda: "sending stopped by a fault of the program" in caplog.text)
    assert "ZeroDivisionError" in caplog.text


def test_a_queue_that_cannot_be_read_for_a_while_is_read_again(
    sqlite_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sender = Sender(sqlite_store)
    with (
        closing(sqlite3.connect(tmp_path / "publisher.db", isolation_level=None)) as other_hand,
        working(engine_of(sqlite_store, sender)),
    ):
        wait_until(sender.called.is_set)
        other_hand.execute("ALTER TABLE issues RENAME TO mislaid")
        wait_until(lambda: "the queue could not be read" in caplog.text)
        other_hand.execute("ALTER TABLE mislaid RENAME TO issues")
        issue = put_queued_issue(sqlite_store)
        wait_until(lambda: state_of(sqlite_store, issue) is IssueState.SENT)


def test_the_worker_stops_at_once(sqlite_store: Store) -> None:
    took = []
    for _ in range(4):  # the machine may be busy with other tests
        sender = Sender(sqlite_store)
        with working(engine_of(sqlite_store, sender)):
            sender.called.wait(PATIENCE_SECONDS)
            begun = time.monotonic()
        took.append(time.monotonic() - begun)
    assert min(took) < 0.9 * embedded.POLL_SECONDS
