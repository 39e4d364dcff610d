"""Letters that relays carried lately are counted by what became of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.store import carried, relays, schema
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import put_issue_on_its_way

HOUR = timedelta(hours=1)


def settle(store: Store, number: int, state: DeliveryState, relay: int | None, *, hours_ago: float) -> None:
    row = update(schema.deliveries).where(schema.deliveries.c.id == number)
    with store.write() as conn:
        conn.execute(row.values(state=state, relay=relay, changed=NOW - hours_ago * HOUR))


def test_each_relay_has_its_letters_since_a_moment_and_none_that_it_was_not_handed(store: Store) -> None:
    put_issue_on_its_way(store, 7)
    with store.write() as conn:
        ids = relays.ids_of(conn, ["mill", "quay"])
    mill, quay = ids["mill"], ids["quay"]
    settle(store, 1, DeliveryState.SENT, mill, hours_ago=1)
    settle(store, 2, DeliveryState.SENT, mill, hours_ago=3)
    settle(store, 3, DeliveryState.FAILED, mill, hours_ago=0)
    settle(store, 4, DeliveryState.DEFERRED, quay, hours_ago=1.5)
    settle(store, 5, DeliveryState.SENDING, quay, hours_ago=0)
    settle(store, 6, DeliveryState.DUE, quay, hours_ago=0)
    settle(store, 7, DeliveryState.FAILED, None, hours_ago=0)
    with store.read() as conn:
        found = carried.since(conn, NOW - 2 * HOUR)
    assert found == {
        mill: {DeliveryState.SENT: 1, DeliveryState.FAILED: 1},
        quay: {DeliveryState.DEFERRED: 1, DeliveryState.SENDING: 1},
    }


def test_an_issue_that_was_finished_before_is_not_looked_at(store: Store) -> None:
    issue = put_issue_on_its_way(store, 1)
    with store.write() as conn:
        mill = relays.ids_of(conn, ["mill"])["mill"]
        finished = {"state": IssueState.SENT, "finished": NOW - HOUR}
        conn.execute(update(schema.issues).where(schema.issues.c.id == issue).values(finished))
    settle(store, 1, DeliveryState.SENT, mill, hours_ago=0)
    with store.read() as conn:
        assert carried.since(conn, NOW - HOUR / 2) == {}
        assert carried.since(conn, NOW - 2 * HOUR) == {mill: {DeliveryState.SENT: 1}}
