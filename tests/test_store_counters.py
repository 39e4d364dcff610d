"""Counters: numbers that grow, without gaps, also of two writers, on both databases."""

from __future__ import annotations

import threading

from publisher.store import counters
from publisher.store.database import Store


def test_numbers_grow_by_what_was_reserved(store: Store) -> None:
    with store.write() as conn:
        assert counters.last_of(conn, counters.CHANGES) == 0
        assert counters.reserve(conn, counters.CHANGES) == 1
        assert counters.reserve(conn, counters.CHANGES, 5) == 2
        assert counters.last_of(conn, counters.CHANGES) == 6
        assert counters.last_of(conn, counters.POSTS) == 0, "each counts for itself"


def test_who_reads_a_number_reads_all_that_have_lower_ones(store: Store) -> None:
    """A second writer waits for the first one's commit: 6 is never seen before 5."""
    order: list[int] = []

    def second() -> None:
        with store.write() as conn:
            order.append(counters.reserve(conn, counters.CHANGES))

    other = threading.Thread(target=second)
    with store.write() as conn:
        first = counters.reserve(conn, counters.CHANGES)
        other.start()
        other.join(0.2)
        order.append(first)
    other.join(10)
    assert order == [1, 2]
