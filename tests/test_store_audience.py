"""Who would get an issue, counted however many they are."""

from __future__ import annotations

from publisher.model.subscriber import Cadence
from publisher.store import audience
from publisher.store.database import Store
from tests.queryplan import steps_of


def test_wishes_are_counted_in_the_order_of_an_index_that_has_all_of_them(sqlite_store: Store) -> None:
    with sqlite_store.read() as conn:
        steps = steps_of(conn, lambda: audience.wishes(conn, "morning", Cadence.DAILY))
    among = "COVERING INDEX ix_subscriptions_wish (newsletter=? AND cadence=? AND state=?)"
    assert f"SEARCH subscriptions USING {among}" in steps
    assert not [step for step in steps if "TEMP B-TREE" in step], "a million wishes are not sorted"
