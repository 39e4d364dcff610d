"""Senders that share limits have their transactions one after the other, and wait for nobody in a circle."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest

from publisher.errors import StorageError
from publisher.model.limit import Limit
from publisher.send.gate import Gate
from publisher.send.relay import read_relay
from publisher.send.route import Route
from publisher.store import relays
from publisher.store.database import Store
from tests.conftest import NOW

RELAY = read_relay("smtp://127.0.0.1", name="post")
LIMIT = Limit(letters=1_000_000, seconds=3600)


def gate(*limits: Limit) -> Gate:
    return Gate([Route(relay=RELAY, limits=limits)], [], zone=UTC)


def open_gate(store: Store, *limits: Limit) -> Gate:
    opened = gate(*limits)
    with store.write() as conn:
        opened.begin(conn)
        opened.open(conn, now=NOW)
    return opened


def is_let_in_beside(store: Store, ours: Gate, theirs: Gate) -> bool:
    """Whether another sender comes to work in its transaction while ours is open."""
    came = threading.Event()

    def other() -> None:
        with store.write() as conn:
            theirs.begin(conn)
            came.set()

    with ThreadPoolExecutor(1) as beside:
        with store.write() as conn:
            ours.begin(conn)
            waiting = beside.submit(other)
            early = came.wait(0.3)
        waiting.result(timeout=10)
    assert came.is_set()
    return early


def test_under_limits_one_sender_waits_at_the_start_until_the_other_is_done(store: Store) -> None:
    assert not is_let_in_beside(store, open_gate(store, LIMIT), open_gate(store, LIMIT))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_limits_nobody_waits_on_a_server(store: Store) -> None:
    assert is_let_in_beside(store, open_gate(store), open_gate(store))


def test_what_a_transaction_did_that_was_taken_back_is_done_by_the_next_try(store: Store) -> None:
    ours = open_gate(store)

    def park(*, fails: bool) -> None:
        with ours.unless_taken_back(), store.write() as conn:
            ours.begin(conn)
            ours.look(conn, now=NOW)
            ours.park(conn, "post", "it refuses the login", now=NOW)
            if fails:
                raise StorageError("the server is restarting", retry=True)

    with pytest.raises(StorageError):
        park(fails=True)
    park(fails=False)
    with store.read() as conn:
        assert relays.states(conn)["post"].is_parked(NOW)
