"""A letter of service comes to an issue that somebody else finishes or cancels at the same moment: on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueEvent, IssueState
from publisher.store import issues, ledger, schema
from publisher.store.database import Store, open_store
from tests.conftest import NOW
from tests.test_assemble_service import Counter

A_MINUTE = timedelta(minutes=1)
WAITS_SECONDS = 0.3  # long enough for a transaction that is not kept waiting


@pytest.fixture
def counter(postgres_database: str, tmp_path: Path) -> Iterator[Counter]:
    """All letters of the hour are sent, and its issue is not finished yet."""
    store = open_store(postgres_database, root=tmp_path)
    counter = Counter(store)
    counter.ask("iva@readers.example")
    with store.write() as conn:
        issues.start_queued(conn, now=NOW)
        conn.execute(update(schema.deliveries).values(state=DeliveryState.SENT))
    yield counter
    store.close()


def finish(conn: Connection) -> object:
    return issues.finish_done(conn, now=NOW)


def cancel(conn: Connection) -> object:
    assert issues.move_if(conn, 1, IssueEvent.CANCEL, now=NOW)
    return ledger.cancel(conn, 1, now=NOW)


def states(store: Store) -> tuple[IssueState, list[str]]:
    ledger_ = schema.deliveries
    with store.read() as conn:
        letters = conn.execute(select(ledger_.c.state).order_by(ledger_.c.id)).scalars().all()
        return issues.get_issue(conn, 1).state, list(letters)


@pytest.mark.parametrize(
    ("other", "after"),
    [
        (finish, (IssueState.SENDING, ["sent", "due"])),
        (cancel, (IssueState.CANCELLED, ["sent", "skipped"])),
    ],
)
def test_who_finishes_or_cancels_an_issue_sees_the_letter_that_is_just_coming(
    counter: Counter, other: Callable[[Connection], object], after: tuple[IssueState, list[str]]
) -> None:
    def do() -> None:
        with counter.store.write() as conn:
            other(conn)

    thread = threading.Thread(target=do)

    def meanwhile() -> None:
        thread.start()
        thread.join(WAITS_SECONDS)

    counter.at_the_end = meanwhile
    counter.ask("jon@readers.example", after=A_MINUTE)
    thread.join()
    assert states(counter.store) == after


def test_a_letter_that_comes_while_its_issue_is_being_finished_opens_it_again(counter: Counter) -> None:
    thread = threading.Thread(target=counter.ask, args=["jon@readers.example"], kwargs={"after": A_MINUTE})
    with counter.store.write() as conn:
        assert issues.finish_done(conn, now=NOW + A_MINUTE) == [1]
        thread.start()
        thread.join(WAITS_SECONDS)
    thread.join()
    assert states(counter.store) == (IssueState.QUEUED, ["sent", "due"])
