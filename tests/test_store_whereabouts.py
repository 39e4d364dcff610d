"""What stands written of one reader and one post."""

from __future__ import annotations

from datetime import timedelta

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.outcome import Outcome, Verdict
from publisher.model.subscriber import Cadence, SubscriptionState
from publisher.store import claims, issues, ledger, subscribers, whereabouts
from publisher.store.database import Store
from publisher.store.ledger import Settled
from tests.conftest import NOW
from tests.writers import SENDER, a_post, freeze_for_all, put_posts, put_readers

LATER = NOW + timedelta(minutes=5)


def test_a_subscription_is_told_with_its_history(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 1)
        put_readers(conn, 1, newsletter="evening")
        reader = subscribers.find(conn, "reader0@readers.example")
        assert reader
        evening = next(one.id for one in reader.subscriptions if one.newsletter == "evening")
        subscribers.leave(conn, evening, now=LATER, how="one-click")
        found = whereabouts.standings(conn, reader.id)
    assert sorted(found) == ["evening", "morning"]
    assert (found["morning"].state, found["morning"].left_at) == (SubscriptionState.ACTIVE, None)
    assert (found["morning"].joined, found["morning"].cadence) == (NOW, Cadence.DAILY)
    assert (found["evening"].state, found["evening"].left_at) == (SubscriptionState.LEFT, LATER)
    assert (found["evening"].left_how, found["evening"].columns, found["evening"].ahead) == ("one-click", (), ())


def test_the_letters_with_a_post_are_told_as_the_ledger_has_them(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(1), a_post(2)])
        put_readers(conn, 2)
        first = freeze_for_all(conn, seqs=(1,))
        second = freeze_for_all(conn, slot="2026-11-23", seqs=(2, 1))
        issues.start_queued(conn, now=NOW)
        (claimed, _) = (one.id for one in claims.claim(conn, SENDER, limit=2, now=NOW).claimed)
        ledger.mark_sending(conn, SENDER, [claimed], now=NOW)
        refused = Outcome(verdict=Verdict.LATER, code=451, enhanced="4.7.1", text="come back later")
        ledger.settle(conn, SENDER, [Settled(id=claimed, outcome=refused, next_try=LATER)], now=NOW)
        reader = subscribers.find(conn, "reader0@readers.example")
        assert reader
        (wish,) = reader.subscriptions
        of_one, of_two, of_none = (whereabouts.traces(conn, wish.id, seq) for seq in (1, 2, 3))
    assert [trace.issue for trace in of_one] == [first, second]
    assert (of_one[0].state, of_one[0].next_try, of_one[0].code) == (DeliveryState.DEFERRED, LATER, 451)
    assert (of_one[0].enhanced, of_one[0].reply) == ("4.7.1", "come back later")
    assert (of_one[0].issue_state, of_one[0].due, of_one[0].corrects) == (IssueState.SENDING, NOW, False)
    assert [trace.state for trace in of_two] == [DeliveryState.DUE]
    assert of_none == []
