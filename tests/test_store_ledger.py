"""The ledger against a model: whatever happens in whatever order, each reader gets the letter once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import event

from publisher.model.delivery import DELIVERY_MOVES, UNSETTLED, DeliveryEvent, DeliveryState
from publisher.model.issue import IssueEvent, IssueState
from publisher.model.moves import move
from publisher.model.outcome import SETTLES, Outcome, Verdict
from publisher.model.reason import Reason
from publisher.model.subscriber import SubscriptionState
from publisher.store import backlog, claims, entries, issues, ledger, schema, subscribers, troubles
from publisher.store.database import Store, open_store
from publisher.store.ledger import Settled
from tests.conftest import NOW
from tests.writers import SENDER, put_issue_on_its_way

LATER = Outcome(verdict=Verdict.LATER, code=451, enhanced="4.7.1", text="come back later")
SENT = Outcome(verdict=Verdict.SENT, code=250, enhanced="2.0.0", text="queued as 4711")
NEVER = Outcome(verdict=Verdict.NEVER, code=550, enhanced="5.1.1", text="no such user")
LOST = Outcome(verdict=Verdict.IN_DOUBT, text="no answer after the end of data")
UNSENT = Outcome(verdict=Verdict.UNSENT, text="its relay went down before its turn")
SENDERS = st.sampled_from([1, 2])


def test_a_claimed_delivery_is_not_claimed_twice(store: Store) -> None:
    put_issue_on_its_way(store, 5)
    with store.write() as conn:
        first = claims.claim(conn, SENDER, limit=3, now=NOW).claimed
        second = claims.claim(conn, SENDER, limit=10, now=NOW).claimed
    assert len(first) == 3
    assert len(second) == 2
    assert not {one.id for one in first} & {one.id for one in second}


def test_a_delivery_brings_what_the_sender_needs(store: Store) -> None:
    issue = put_issue_on_its_way(store, 1)
    with store.write() as conn:
        (delivery,) = claims.claim(conn, SENDER, limit=1, now=NOW).claimed
        assert (delivery.issue, delivery.email, delivery.name) == (issue, "reader0@readers.example", "Reader 0")
        assert issues.get_letter(conn, delivery.variant).subject == "A morning"


def test_outcomes_are_kept_with_the_relays_words(store: Store) -> None:
    issue = put_issue_on_its_way(store, 4)
    with store.write() as conn:
        ids = [one.id for one in claims.claim(conn, SENDER, limit=9, now=NOW).claimed]
        assert ledger.mark_sending(conn, SENDER, ids, now=NOW) == set(ids)
        settled = [
            Settled(id=ids[0], outcome=SENT),
            Settled(id=ids[1], outcome=LATER, next_try=NOW + timedelta(minutes=5)),
            Settled(id=ids[2], outcome=NEVER),
            Settled(id=ids[3], outcome=LOST),
        ]
        assert ledger.settle(conn, SENDER, settled, now=NOW) == 4
    with store.read() as conn:
        assert set(ledger.counts(conn, issue).items()) == {
            (DeliveryState.SENT, 1),
            (DeliveryState.DEFERRED, 1),
            (DeliveryState.FAILED, 1),
            (DeliveryState.IN_DOUBT, 1),
        }
        (failed,) = entries.of(conn, issue, [DeliveryState.FAILED], limit=5)
        assert (failed.code, failed.enhanced, failed.reply, failed.attempts) == (550, "5.1.1", "no such user", 1)
        assert ledger.next_ripe(conn) == NOW + timedelta(minutes=5)


def test_a_deferred_delivery_is_claimed_when_it_is_ripe_and_not_before(store: Store) -> None:
    put_issue_on_its_way(store, 1)
    later = NOW + timedelta(minutes=5)
    with store.write() as conn:
        ids = [one.id for one in claims.claim(conn, SENDER, limit=1, now=NOW).claimed]
        ledger.mark_sending(conn, SENDER, ids, now=NOW)
        ledger.settle(conn, SENDER, [Settled(id=ids[0], outcome=LATER, next_try=later)], now=NOW)
        assert claims.claim(conn, SENDER, limit=1, now=later - timedelta(seconds=1)).claimed == []
        assert [one.attempts for one in claims.claim(conn, SENDER, limit=1, now=later).claimed] == [1]


def test_what_no_relay_was_told_of_is_due_again_and_was_no_attempt(store: Store) -> None:
    issue = put_issue_on_its_way(store, 2)
    with store.write() as conn:
        ids = [one.id for one in claims.claim(conn, SENDER, limit=2, now=NOW).claimed]
        for _ in range(2):  # its first commit was done, and that was not told
            assert ledger.mark_sending(conn, SENDER, ids, now=NOW) == set(ids)
        settled = [Settled(id=ids[0], outcome=LATER, next_try=NOW), Settled(id=ids[1], outcome=UNSENT)]
        for moved in (2, 0):
            assert ledger.settle(conn, SENDER, settled, now=NOW) == moved
        assert [one.attempts for one in claims.claim(conn, SENDER, limit=2, now=NOW).claimed] == [1, 0]
        ledger.mark_sending(conn, SENDER, ids, now=NOW)
        ledger.settle(conn, SENDER, [Settled(id=one, outcome=UNSENT) for one in ids], now=NOW)
        told = entries.of(conn, issue, [DeliveryState.DUE], limit=2)
        assert [(one.attempts, one.code, one.reply) for one in told] == [
            (1, LATER.code, LATER.text),
            (0, 0, UNSENT.text),
        ]


def test_who_leaves_after_the_claim_is_skipped_when_marked(store: Store) -> None:
    issue = put_issue_on_its_way(store, 2)
    with store.write() as conn:
        claimed = claims.claim(conn, SENDER, limit=2, now=NOW).claimed
        assert subscribers.leave(conn, claimed[0].subscription, now=NOW, how="one-click")
        assert ledger.mark_sending(conn, SENDER, [one.id for one in claimed], now=NOW) == {claimed[1].id}
        assert ledger.counts(conn, issue)[DeliveryState.SKIPPED] == 1


def test_a_paused_issue_takes_back_what_was_claimed(store: Store) -> None:
    issue = put_issue_on_its_way(store, 2)
    with store.write() as conn:
        ids = [one.id for one in claims.claim(conn, SENDER, limit=2, now=NOW).claimed]
        assert issues.move_if(conn, issue, IssueEvent.PAUSE, now=NOW)
        assert ledger.mark_sending(conn, SENDER, ids, now=NOW) == set()
        assert ledger.counts(conn, issue) == {DeliveryState.DUE: 2}
        assert claims.claim(conn, SENDER, limit=2, now=NOW).claimed == []


def test_a_crash_makes_claimed_readers_due_and_marked_ones_doubtful(store: Store) -> None:
    issue = put_issue_on_its_way(store, 5)
    with store.write() as conn:
        ids = [one.id for one in claims.claim(conn, SENDER, limit=5, now=NOW).claimed]
        ledger.mark_sending(conn, SENDER, ids[:2], now=NOW)
    with store.write() as conn:
        recovered = claims.recover(conn, [], now=NOW)
        assert (recovered.released, recovered.in_doubt) == (3, 2)
        assert ledger.counts(conn, issue) == {DeliveryState.DUE: 3, DeliveryState.IN_DOUBT: 2}
        assert len(claims.claim(conn, SENDER, limit=9, now=NOW).claimed) == 3


def test_what_was_not_marked_cannot_be_settled(store: Store) -> None:
    put_issue_on_its_way(store, 1)
    with store.write() as conn:
        ids = [one.id for one in claims.claim(conn, SENDER, limit=1, now=NOW).claimed]
        assert ledger.settle(conn, SENDER, [Settled(id=ids[0], outcome=SENT)], now=NOW) == 0


def test_an_issue_is_sent_when_nothing_of_it_can_still_go_out(store: Store) -> None:
    issue = put_issue_on_its_way(store, 2)
    with store.write() as conn:
        ids = [one.id for one in claims.claim(conn, SENDER, limit=2, now=NOW).claimed]
        ledger.mark_sending(conn, SENDER, ids, now=NOW)
        ledger.settle(conn, SENDER, [Settled(id=ids[0], outcome=SENT)], now=NOW)
        assert issues.finish_done(conn, now=NOW) == []
        ledger.settle(conn, SENDER, [Settled(id=ids[1], outcome=LOST)], now=NOW)
        assert issues.finish_done(conn, now=NOW) == [issue]
        assert issues.get_issue(conn, issue).state is IssueState.SENT


def test_a_lifetime_that_is_over_fails_what_still_waits(store: Store) -> None:
    issue = put_issue_on_its_way(store, 2)
    with store.write() as conn:
        assert ledger.expire(conn, now=NOW + timedelta(hours=23)) == 0
        assert ledger.expire(conn, now=NOW + timedelta(hours=24)) == 2
        assert ledger.counts(conn, issue) == {DeliveryState.FAILED: 2}
        assert troubles.by_reason(conn, issue) == {DeliveryState.FAILED: {"expired": 2}}


def test_what_was_put_off_for_a_reason_fails_for_it(store: Store) -> None:
    issue = put_issue_on_its_way(store, 3)
    full = replace(LATER, text="over quota", reason=Reason.MAILBOX_FULL)
    with store.write() as conn:
        ids = [one.id for one in claims.claim(conn, SENDER, limit=3, now=NOW).claimed]
        ledger.mark_sending(conn, SENDER, ids, now=NOW)
        settled = [
            Settled(id=ids[0], outcome=full, next_try=NOW + timedelta(minutes=5)),
            Settled(id=ids[1], outcome=full),
            Settled(id=ids[2], outcome=LATER),
        ]
        ledger.settle(conn, SENDER, settled, now=NOW)
        assert ledger.expire(conn, now=NOW + timedelta(hours=24)) == 1
        assert troubles.by_reason(conn, issue) == {DeliveryState.FAILED: {"mailbox-full": 2, "expired": 1}}


def test_a_person_decides_about_doubt(store: Store) -> None:
    issue = put_issue_on_its_way(store, 2)
    with store.write() as conn:
        ids = [one.id for one in claims.claim(conn, SENDER, limit=2, now=NOW).claimed]
        ledger.mark_sending(conn, SENDER, ids, now=NOW)
        ledger.settle(conn, SENDER, [Settled(id=one, outcome=LOST) for one in ids], now=NOW)
        assert ledger.decide(conn, issue, DeliveryEvent.SEND_AGAIN, now=NOW) == 2
        assert {one.id for one in claims.claim(conn, SENDER, limit=2, now=NOW).claimed} == set(
            ids
        )  # the same letters, the same ids


class LedgerMachine(RuleBasedStateMachine):
    """The store and a model of it live through the same history."""

    url = ""
    root = Path()

    def __init__(self) -> None:
        super().__init__()
        self.store = open_store(self.url, root=self.root)
        with self.store.write() as conn:  # each history begins with an empty house
            for table in reversed(schema.metadata.sorted_tables):
                conn.execute(table.delete())
            conn.execute(schema.counters.insert(), [{"name": name, "value": 0} for name in ("posts", "changes")])
        self.issue = put_issue_on_its_way(self.store, 6)
        self.now = NOW
        with self.store.read() as conn:
            rows = conn.execute(schema.deliveries.select()).mappings().all()
        self.model = {row["id"]: DeliveryState.DUE for row in rows}
        self.subscription = {row["id"]: row["subscription"] for row in rows}
        self.left: set[int] = set()
        self.may_have_arrived = dict.fromkeys(self.model, 0)
        self.allowed = dict.fromkeys(self.model, 1)
        self.holder: dict[int, int] = {}  # who has claimed or marked it
        self.not_before = dict.fromkeys(self.model, NOW)

    def teardown(self) -> None:
        self.store.close()

    def apply(self, delivery: int, event: DeliveryEvent) -> None:
        self.model[delivery] = move(DELIVERY_MOVES, self.model[delivery], event)

    def of(self, *states: DeliveryState) -> list[int]:
        return [delivery for delivery, state in self.model.items() if state in states]

    @rule(sender=SENDERS, limit=st.integers(1, 4), late=st.booleans())
    def claim(self, sender: int, limit: int, late: bool) -> None:
        """With `late`, a limit puts off every second one."""
        until = self.now + timedelta(minutes=2)

        def put_off(candidates: Sequence[claims.Candidate]) -> dict[int, datetime]:
            return {one.id: until for one in candidates[1::2]}

        with self.store.write() as conn:
            chunk = claims.claim(conn, sender, limit=limit, now=self.now, put_off=put_off if late else None)
            waits = {
                row["id"] for row in conn.execute(schema.deliveries.select()).mappings() if row["next_try"] == until
            }
        assert len(chunk.claimed) <= limit
        for delivery in waits & set(self.of(DeliveryState.DUE, DeliveryState.DEFERRED)):
            self.apply(delivery, DeliveryEvent.PUT_OFF)
            self.not_before[delivery] = until
        for one in chunk.claimed:
            assert self.not_before[one.id] <= self.now
            self.apply(one.id, DeliveryEvent.CLAIM)
            self.holder[one.id] = sender

    @rule(sender=SENDERS, data=st.data())
    def mark(self, sender: int, data: st.DataObject) -> None:
        chosen = data.draw(st.lists(st.sampled_from(sorted(self.model)), unique=True))
        with self.store.write() as conn:
            marked = ledger.mark_sending(conn, sender, chosen, now=self.now)
        for delivery in chosen:
            held = self.model[delivery] in (DeliveryState.CLAIMED, DeliveryState.SENDING)
            if not held or self.holder[delivery] != sender:
                assert delivery not in marked
            elif self.subscription[delivery] in self.left:
                assert delivery not in marked
                self.apply(delivery, DeliveryEvent.LEAVE)
            else:
                assert delivery in marked
                self.apply(delivery, DeliveryEvent.MARK)

    @precondition(lambda self: self.of(DeliveryState.SENDING))
    @rule(data=st.data(), sender=SENDERS, outcome=st.sampled_from([SENT, LATER, NEVER, LOST, UNSENT]))
    def settle(self, data: st.DataObject, sender: int, outcome: Outcome) -> None:
        delivery = data.draw(st.sampled_from(self.of(DeliveryState.SENDING)))
        again = self.now + timedelta(minutes=3) if outcome.verdict is Verdict.LATER else None
        ours = self.holder[delivery] == sender
        with self.store.write() as conn:
            one = Settled(id=delivery, outcome=outcome, next_try=again)
            assert ledger.settle(conn, sender, [one], now=self.now) == ours
        if ours:
            self.apply(delivery, SETTLES[outcome.verdict])
            self.not_before[delivery] = again or self.now
            self.may_have_arrived[delivery] += outcome.verdict in (Verdict.SENT, Verdict.IN_DOUBT)

    @rule(sender=SENDERS)
    def one_dies(self, sender: int) -> None:
        with self.store.write() as conn:
            claims.recover(conn, [other for other in (1, 2) if other != sender], now=self.now)
        for delivery in [one for one in self.of(DeliveryState.SENDING) if self.holder[one] == sender]:
            self.may_have_arrived[delivery] += 1
            self.apply(delivery, DeliveryEvent.LOSE)
        for delivery in [one for one in self.of(DeliveryState.CLAIMED) if self.holder[one] == sender]:
            self.apply(delivery, DeliveryEvent.RELEASE)

    @rule(sender=SENDERS)
    def one_gives_back(self, sender: int) -> None:
        claimed = self.of(DeliveryState.CLAIMED)
        with self.store.write() as conn:
            given = claims.release(conn, sender, claimed, now=self.now)
        own = [one for one in claimed if self.holder[one] == sender]
        assert given == len(own)
        for delivery in own:
            self.apply(delivery, DeliveryEvent.RELEASE)

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        subscription = data.draw(st.sampled_from(sorted(self.subscription.values())))
        with self.store.write() as conn:
            assert subscribers.leave(conn, subscription, now=self.now, how="a test") is (subscription not in self.left)
            assert (
                conn.execute(schema.subscriptions.select().where(schema.subscriptions.c.id == subscription))
                .mappings()
                .one()["state"]
                == SubscriptionState.LEFT
            )
        self.left.add(subscription)

    @rule()
    def a_person_sends_the_doubtful_again(self) -> None:
        with self.store.write() as conn:
            moved = ledger.decide(conn, self.issue, DeliveryEvent.SEND_AGAIN, now=self.now)
        doubtful = self.of(DeliveryState.IN_DOUBT)
        assert moved == len(doubtful)
        for delivery in doubtful:
            self.allowed[delivery] += 1
            self.apply(delivery, DeliveryEvent.SEND_AGAIN)

    @rule(minutes=st.integers(1, 10))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def the_ledger_says_what_happened(self) -> None:
        with self.store.read() as conn:
            rows = conn.execute(schema.deliveries.select()).mappings().all()
        assert {row["id"]: row["state"] for row in rows} == self.model

    @invariant()
    def nobody_gets_it_twice_unless_a_person_said_so(self) -> None:
        for delivery, times in self.may_have_arrived.items():
            assert times <= self.allowed[delivery]

    @invariant()
    def nobody_is_forgotten(self) -> None:
        with self.store.read() as conn:
            counted = ledger.counts(conn, self.issue)
        assert sum(counted.values()) == len(self.model)
        assert sum(counted.get(state, 0) for state in UNSETTLED) == len(self.of(*UNSETTLED))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_ledger_agrees_with_its_model(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    class Machine(LedgerMachine):
        url = "sqlite:///ledger.db" if kind == "sqlite" else request.getfixturevalue("postgres_database")
        root = tmp_path

    budget = settings(max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Machine, settings=budget)


def test_no_question_about_unsettled_letters_looks_through_settled_ones(sqlite_store: Store) -> None:
    put_issue_on_its_way(sqlite_store, 3)
    asked: list[tuple[str, Sequence[object]]] = []
    with sqlite_store.write() as conn:

        def note(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            asked.append((statement, parameters if isinstance(parameters, tuple) else ()))

        event.listen(conn, "before_cursor_execute", note)
        claims.claim(conn, SENDER, limit=9, now=NOW, put_off=lambda some: {some[0].id: NOW})
        claims.recover(conn, [SENDER], now=NOW)
        claims.put_off_no_longer(conn)
        ledger.expire(conn, now=NOW)
        ledger.next_ripe(conn)
        issues.finish_done(conn, now=NOW)
        backlog.waiting(conn, now=NOW)
        event.remove(conn, "before_cursor_execute", note)
        of_ledger = [(sql, given) for sql, given in asked if "deliveries" in sql and "json_each" not in sql]
        plans = {sql: conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all() for sql, given in of_ledger}
    assert len(plans) >= 9
    for sql, plan in plans.items():
        for step in [row[3] for row in plan if " deliveries " in f"{row[3]} "]:
            assert "ix_deliveries_unsettled" in step or "USING INTEGER PRIMARY KEY" in step, (step, sql)
