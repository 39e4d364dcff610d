"""What was counted for limits, on both databases; and senders that count at the same time."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.limit import SLOTS, Limit, slot_at
from publisher.send.limits import allowance
from publisher.store import relays, schema, uses
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import a_post, freeze_for_all, put_posts, put_readers

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LIMITS = (Limit(letters=5, seconds=1), Limit(letters=100, seconds=60), Limit(letters=50, seconds=60))
KEY = "relay:mill"


def counted(store: Store, key: str = KEY, *, now: datetime = NOW) -> Mapping[int, Sequence[int]]:
    """By window, what counts now, the oldest first."""
    with store.read() as conn:
        found = uses.used(conn, key, LIMITS, now=now)
    return {seconds: [letters for _, letters in sorted(slots.items())] for seconds, slots in found.items()}


def count(store: Store, letters: int, *, key: str = KEY, now: datetime = NOW) -> None:
    with store.write() as conn:
        uses.count(conn, key, LIMITS, letters, now=now)


def test_letters_are_counted_once_for_each_window_in_the_slot_of_now(store: Store) -> None:
    count(store, 3)
    count(store, 2)
    count(store, 4, now=NOW + SECOND / 4)
    count(store, 9, key="destination:readers.example")
    count(store, 0)
    assert counted(store) == {1: [5, 4], 60: [9]}
    with store.read() as conn:
        assert uses.used(conn, KEY, LIMITS[:1], now=NOW) == {1: {slot_at(NOW, 1): 5, slot_at(NOW, 1) + SLOTS // 4: 4}}
        assert uses.used(conn, KEY, [], now=NOW) == {}
        assert uses.used(conn, "relay:other", LIMITS, now=NOW) == {1: {}, 60: {}}


def test_what_is_too_old_does_not_count_and_is_dropped_when_more_is_counted(store: Store) -> None:
    count(store, 3)
    assert counted(store, now=NOW + SECOND) == {1: [3], 60: [3]}, "the window reaches back into its slot"
    assert counted(store, now=NOW + 1.1 * SECOND) == {1: [], 60: [3]}
    count(store, 1, now=NOW + 1.1 * SECOND)
    count(store, 1, now=NOW + MINUTE)
    with store.read() as conn:
        kept = conn.execute(select(schema.uses.c.seconds, schema.uses.c.letters).order_by(schema.uses.c.slot)).all()
    assert kept == [(60, 3), (60, 1), (60, 1), (1, 1)]


def test_a_clock_that_was_ahead_and_is_right_again_stops_nothing_for_longer_than_two_windows(store: Store) -> None:
    wrong = NOW + timedelta(days=1000)
    count(store, 3, now=wrong)
    count(store, 2)
    count(store, 1, now=NOW + SECOND / 2)  # a host's clock that is a little ahead is left alone
    with store.write() as conn:
        assert uses.put_right(conn, now=NOW) == 3
        assert uses.put_right(conn, now=NOW) == 0
    assert counted(store) == {1: [5, 1], 60: [6]}
    with store.write() as conn:
        assert uses.put_right(conn, now=NOW + timedelta(days=1)) == 0
        assert not conn.execute(select(schema.uses)).all(), "what no longer counts is dropped, of whatever key"


A_STEP = st.tuples(st.integers(-90_000_000, 90_000_000), st.integers(1, 9), st.integers(0, 4))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(A_STEP, max_size=12))
def test_what_counts_is_what_was_counted_within_the_window_whatever_the_clock_did(
    store: Store, steps: list[tuple[int, int, int]]
) -> None:
    """A list of all letters; its clock is set back and forth, and put right now and then."""
    with store.write() as conn:
        conn.execute(delete(schema.uses))
    answered: list[tuple[datetime, int]] = []
    now = NOW
    for microseconds, letters, look in steps:
        now += timedelta(microseconds=microseconds)
        count(store, letters, now=now)
        # What was too old by a clock that is ahead is forgotten, also when that clock is set right.
        kept = [(moment, number) for moment, number in answered if slot_at(moment, 60) >= slot_at(now, 60) - SLOTS]
        answered = [*kept, (now, letters)]
        if not look:
            with store.write() as conn:
                uses.put_right(conn, now=now)
            too_far = slot_at(now, 60) + SLOTS
            answered = [(now if slot_at(moment, 60) > too_far else moment, number) for moment, number in answered]
        with store.read() as conn:
            (found,) = uses.used(conn, KEY, [Limit(letters=1, seconds=60)], now=now).values()
        within = sum(letters for moment, letters in answered if now - MINUTE < moment <= now + MINUTE)
        reaches_back = sum(letters for moment, letters in answered if now - MINUTE - SECOND < moment)
        assert within <= sum(found.values()) <= reaches_back


def put_issues(store: Store, number: int, *, readers: int) -> list[int]:
    with store.write() as conn:
        put_posts(conn, [a_post(1)])
        put_readers(conn, readers)
        return [freeze_for_all(conn, slot=f"2026-11-{22 + day}") for day in range(number)]


def test_what_is_on_the_wire_is_found_in_all_issues_that_may_have_some(store: Store) -> None:
    ids = put_issues(store, 3, readers=3)
    with store.write() as conn:
        numbers = relays.ids_of(conn, ["mill", "harbour"])
        assert uses.in_flight(conn) == []
        rows = conn.execute(select(schema.deliveries.c.id).order_by(schema.deliveries.c.id)).scalars().all()
        for row, relay in ((rows[0], "mill"), (rows[3], "harbour"), (rows[8], "mill")):
            sending = {"state": DeliveryState.SENDING, "relay": numbers[relay]}
            conn.execute(update(schema.deliveries).where(schema.deliveries.c.id == row).values(sending))
        conn.execute(update(schema.deliveries).where(schema.deliveries.c.id == rows[1]).values(state="sending"))
        conn.execute(update(schema.deliveries).where(schema.deliveries.c.id == rows[3]).values(sender=7))
        for issue, state in zip(ids, (IssueState.SENDING, IssueState.PAUSED, IssueState.CANCELLED), strict=True):
            conn.execute(update(schema.issues).where(schema.issues.c.id == issue).values(state=state))
        assert sorted(uses.in_flight(conn), key=str) == sorted(
            [(numbers[name], "readers.example") for name in ("mill", "harbour", "mill")] + [(None, "readers.example")],
            key=str,
        )
        assert len(uses.lost(conn, [])) == 4
        assert (numbers["harbour"], "readers.example") not in uses.lost(conn, [7]), "its sender lives"
        assert len(uses.lost(conn, [7, 8])) == 3


def test_letters_on_the_wire_are_found_without_a_look_at_those_that_are_settled(sqlite_store: Store) -> None:
    query = str(uses._ON_THE_WIRE.compile(compile_kwargs={"literal_binds": True}))
    with sqlite_store.read() as conn:
        plan = [row[-1] for row in conn.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
    assert any("deliveries USING INDEX ix_deliveries_unsettled (issue=? AND state=?)" in step for step in plan), plan


def test_until_when_letters_are_put_off_is_kept_by_key(store: Store) -> None:
    with store.write() as conn:
        assert uses.queue_end(conn, "relays:a,b") is None
        uses.set_queue_end(conn, "relays:a,b", NOW)
        uses.set_queue_end(conn, "relays:a,b", NOW + MINUTE)
        uses.set_queue_end(conn, "destination:readers.example", NOW)
    with store.read() as conn:
        assert uses.queue_end(conn, "relays:a,b") == NOW + MINUTE
        assert uses.queue_end(conn, "destination:readers.example") == NOW


def test_senders_that_count_at_the_same_time_do_not_go_beyond_a_limit_together(store: Store) -> None:
    limit = Limit(letters=40, seconds=3600)
    begin = threading.Barrier(4)

    def take_three_at_a_time() -> int:
        begin.wait()
        taken = 0
        while True:
            with store.write() as conn:
                uses.lock(conn, [KEY])
                used = uses.used(conn, KEY, [limit], now=NOW)[limit.seconds]
                letters = min(3, allowance(limit, used, in_flight=0, now=NOW).letters or 0)
                uses.count(conn, KEY, [limit], letters, now=NOW)
            taken += letters
            if not letters:
                return taken

    with ThreadPoolExecutor(4) as senders:
        taken = [future.result() for future in [senders.submit(take_three_at_a_time) for _ in range(4)]]
    assert sum(taken) == 40


def test_who_counts_two_relays_in_whatever_order_waits_for_nobody_in_a_circle(store: Store) -> None:
    begin = threading.Barrier(2)

    def count_both(keys: Sequence[str]) -> None:
        begin.wait()
        for _ in range(25):
            with store.write() as conn:
                for key in keys:
                    uses.count(conn, key, LIMITS, 1, now=NOW)

    with ThreadPoolExecutor(2) as senders:
        for future in [senders.submit(count_both, keys) for keys in (("a", "b"), ("b", "a"))]:
            future.result()
    assert counted(store, "a") == counted(store, "b") == {1: [50], 60: [50]}


def test_without_a_key_nobody_waits(store: Store) -> None:
    with store.write() as conn:
        uses.lock(conn, [])
        uses.count(conn, KEY, [], 7, now=NOW)
    assert counted(store) == {1: [], 60: []}
