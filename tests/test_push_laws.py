"""Whatever order changes, deliveries, failures and deaths come in: nobody who is subscribed loses a change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from publisher.store import hub, schema
from publisher.store.database import Store
from publisher.store.hub import Failure, HubSubscription
from tests.conftest import NOW
from tests.test_store_hub import TOPIC, subscribe
from tests.web_site import own_store

CALLBACKS = ("a", "b", "c")
STEPS = st.one_of(
    st.tuples(st.sampled_from(["change", "read", "die"]), st.just(0)),
    st.tuples(st.sampled_from(["told", "failed", "given up"]), st.integers(0, 2)),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with own_store(tmp_path_factory.mktemp("laws")) as opened:
        yield opened


class Hub:
    """The hub's bookkeeping, step by step; what is in hand is what a crew would have in memory."""

    def __init__(self, store: Store) -> None:
        self.store, self.now, self.version = store, NOW, 0
        self.in_hand: dict[int, tuple[HubSubscription, str]] = {}
        self.given_up: set[int] = set()
        with store.write() as conn:
            conn.execute(delete(schema.hub_subscriptions))
            conn.execute(delete(schema.hub_requests))
            self.ids = [subscribe(conn, callback).id for callback in CALLBACKS]

    def step(self, what: str, which: int) -> None:
        self.now += timedelta(seconds=1)
        with self.store.write() as conn:
            match what:
                case "change":
                    self.version += 1
                    self.given_up.clear()
                    hub.make_due(conn, [TOPIC], now=self.now)
                case "read":
                    for failing in (False, True):
                        for one in hub.ripe(conn, now=self.now, failing=failing, most=100):
                            self.in_hand.setdefault(one.id, (one, f"v{self.version}"))
                case "die":
                    self.in_hand.clear()
                case _ if self.ids[which] in self.in_hand:
                    one, tag = self.in_hand.pop(self.ids[which])
                    if what == "told":
                        hub.settle_told(conn, [(one, tag)])
                    else:
                        then = None if what == "given up" else self.now + timedelta(minutes=1)
                        hub.settle_failed(conn, [(one, Failure(next_try=then, problem="no answer"))])
                        if what == "given up" and one.due == self.standing()[one.id].due:
                            self.given_up.add(one.id)

    def standing(self) -> dict[int, HubSubscription]:
        with self.store.read() as conn:
            found = (hub.find(conn, TOPIC, f"https://{callback}.example/hook") for callback in CALLBACKS)
            return {one.id: one for one in found if one}

    def check(self) -> None:
        for number, one in self.standing().items():
            knows = self.version == 0 or one.since == f"v{self.version}"
            assert knows or one.next_try is not None or number in self.given_up
            assert one.due is not None or one.next_try is None, "what is told is not tried again"

    def tell_all(self) -> None:
        self.step("die", 0)
        self.now += timedelta(minutes=2)
        self.step("read", 0)
        for which in range(len(CALLBACKS)):
            self.step("told", which)


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(STEPS, max_size=14))
def test_nobody_loses_a_change(store: Store, steps: list[tuple[str, int]]) -> None:
    hub_ = Hub(store)
    for what, which in steps:
        hub_.step(what, which)
        hub_.check()
    hub_.tell_all()
    hub_.check()
    hub_.step("change", 0)
    hub_.tell_all()
    assert {one.since for one in hub_.standing().values()} == {f"v{hub_.version}"}
    assert {one.next_try for one in hub_.standing().values()} == {None}
