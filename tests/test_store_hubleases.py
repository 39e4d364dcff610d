"""Leases of hubs and what hubs sent, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from publisher.model.lease import Lease, LeaseState
from publisher.store import hubleases, pushes
from publisher.store.database import Store
from tests.conftest import NOW

HOUR = timedelta(hours=1)
LEASE = Lease(
    token="t1",
    source="wire",
    hub="https://hub.example/",
    topic="https://wire.example/feed",
    secret="s",
    callback="https://courier.example/websub/t1",
    state=LeaseState.ACTIVE,
    ends=NOW + 10 * HOUR,
    pushed=NOW,
    next_try=NOW + 8 * HOUR,
)
GIVEN_UP = replace(LEASE, token="t0", state=LeaseState.LEAVING, next_try=NOW)
NEVER_ASKED = replace(LEASE, token="t2", source="blog", callback="", state=LeaseState.FOUND, ends=None, next_try=None)


def test_a_lease_comes_back_as_it_was_put_and_one_stands_for_a_source(store: Store) -> None:
    with store.write() as conn:
        hubleases.put(conn, [LEASE, GIVEN_UP, NEVER_ASKED])
    with store.read() as conn:
        assert hubleases.find(conn, "t1") == LEASE
        assert hubleases.find(conn, "T1") is None
        assert hubleases.find_standing(conn, "wire") == LEASE
        assert hubleases.find_standing(conn, "other") is None
        assert hubleases.get_standing(conn) == {"wire": LEASE, "blog": NEVER_ASKED}
    with store.write() as conn:
        hubleases.put(conn, [replace(LEASE, failures=3, problem="no\0answer")])
        hubleases.drop(conn, ["t0", "t2"])
        hubleases.drop(conn, [])
    with store.read() as conn:
        assert hubleases.get_standing(conn) == {"wire": replace(LEASE, failures=3, problem="no\\x00answer")}


def test_due_is_what_is_to_be_asked_or_has_ended(store: Store) -> None:
    with store.write() as conn:
        hubleases.put(conn, [LEASE, GIVEN_UP, NEVER_ASKED, replace(LEASE, token="t3", ends=NOW, next_try=NOW + HOUR)])
    with store.read() as conn:
        assert [lease.token for lease in hubleases.due(conn, now=NOW, limit=9)] == ["t0", "t3"]
        assert [lease.token for lease in hubleases.due(conn, now=NOW + 8 * HOUR, limit=9)] == ["t0", "t3", "t1"]
        assert len(hubleases.due(conn, now=NOW + 8 * HOUR, limit=1)) == 1


def test_leases_whose_hub_calls_at_another_address_are_found(store: Store) -> None:
    odd = replace(LEASE, token="t3", callback="https://courierxexample/websub/t3")
    with store.write() as conn:
        hubleases.put(conn, [LEASE, NEVER_ASKED, odd])
    with store.read() as conn:
        assert hubleases.called_elsewhere(conn, "https://courier.example/websub/") == [odd]
        assert hubleases.called_elsewhere(conn, "https://courier_example/websub/") == [LEASE, odd]


def test_pushes_wait_in_the_order_in_which_they_came(store: Store) -> None:
    content = bytes(range(256)) * 1000
    with store.write() as conn:
        for number in range(3):
            pushes.put(conn, token="t1", source="wire", content_type=f"a/{number}", content=content, came=NOW)
    with store.read() as conn:
        first = pushes.first_after(conn, 0)
        assert first
        assert (first.content, first.content_type, first.came, first.attempts) == (content, "a/0", NOW, 0)
        second = pushes.first_after(conn, first.id)
        assert second
        assert second.content_type == "a/1"
        assert (pushes.count(conn, "t1"), pushes.count(conn, "t2")) == (3, 0)
    with store.write() as conn:
        pushes.drop(conn, first.id)
        pushes.try_again(conn, second.id)
    with store.read() as conn:
        assert pushes.first_after(conn, 0) == replace(second, attempts=1)
