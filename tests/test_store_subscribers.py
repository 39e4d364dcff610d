"""Readers: who comes, who is there already, who left and stays away."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.store import audience, columns, schema, subscribers
from publisher.store.database import Store
from publisher.store.subscribers import Joined, Joiner
from tests.conftest import NOW
from tests.writers import a_post, an_issue, freeze_for_all, put_posts, put_readers

LATER = NOW + timedelta(days=1)
ADA = Joiner(
    email="ada@readers.example",
    name="Ada",
    newsletter="morning",
    cadence=Cadence.DAILY,
    columns=("kitchen", "harbour"),
    consent="a card at the market",
)


@pytest.fixture(autouse=True)
def newsletters(store: Store) -> None:
    with store.write() as conn:
        columns.put_newsletters(conn, [("morning", "Morning"), ("weekend", "Weekend")], now=NOW)


def join(store: Store, joiner: Joiner = ADA) -> Joined:
    with store.write() as conn:
        return subscribers.join(conn, joiner, now=NOW)


def suppress(conn: Connection, email: str) -> None:
    people = schema.subscribers
    conn.execute(update(people).where(people.c.email == email).values(state=SubscriberState.SUPPRESSED))


def test_who_joins_is_kept_with_the_consent(store: Store) -> None:
    assert join(store) is Joined.ADDED
    with store.read() as conn:
        ada = subscribers.find(conn, "ada@readers.example")
    assert ada
    assert (ada.email, ada.name, ada.state) == ("ada@readers.example", "Ada", SubscriberState.CONFIRMED)
    assert (ada.consent, ada.joined) == ("a card at the market", NOW)
    (wish,) = ada.subscriptions
    assert (wish.newsletter, wish.cadence, wish.columns) == ("morning", Cadence.DAILY, ("harbour", "kitchen"))
    assert (wish.state, wish.seen_seq) == (SubscriptionState.ACTIVE, 0)


def test_who_is_there_stays_as_he_is(store: Store) -> None:
    join(store)
    again = ADA._replace(name="Someone Else", cadence=Cadence.WEEKLY, columns=(), consent="a list that was bought")
    with store.read() as conn:
        before = subscribers.find(conn, ADA.email)
    assert join(store, again) is Joined.ALREADY
    with store.read() as conn:
        assert subscribers.find(conn, ADA.email) == before


def test_addresses_that_differ_by_case_are_one_reader(store: Store) -> None:
    join(store)
    assert join(store, ADA._replace(email="Ada@readers.example")) is Joined.ALREADY
    with store.read() as conn:
        assert subscribers.count(conn) == 1
        found = subscribers.find(conn, "ADA@READERS.EXAMPLE")
        assert found
        assert found.email == "ada@readers.example"


def test_letters_that_only_fold_alike_are_two_mailboxes(store: Store) -> None:
    join(store, ADA._replace(email="straße@readers.example"))
    assert join(store, ADA._replace(email="strasse@readers.example")) is Joined.ADDED


def test_a_second_newsletter_is_a_second_wish_of_the_same_reader(store: Store) -> None:
    join(store)
    assert join(store, ADA._replace(newsletter="weekend", cadence=Cadence.WEEKLY)) is Joined.ADDED
    with store.read() as conn:
        assert subscribers.count(conn) == 1
        (ada,) = subscribers.get_all(conn)
    assert [wish.newsletter for wish in ada.subscriptions] == ["morning", "weekend"]


def test_who_left_is_not_brought_back(store: Store) -> None:
    join(store)
    with store.write() as conn:
        assert subscribers.leave_all(conn, ADA.email, now=NOW, how="by hand") == 1
    assert join(store) is Joined.LEFT
    assert join(store, ADA._replace(email="ADA@readers.example", cadence=Cadence.WEEKLY)) is Joined.LEFT
    with store.read() as conn:
        assert subscribers.count(conn) == 0


def test_who_must_not_get_mail_is_added_to_nothing(store: Store) -> None:
    join(store)
    with store.write() as conn:
        suppress(conn, ADA.email)
    assert join(store) is Joined.SUPPRESSED
    assert join(store, ADA._replace(newsletter="weekend")) is Joined.SUPPRESSED
    with store.read() as conn:
        ada = subscribers.find(conn, ADA.email)
        assert ada
        assert [wish.newsletter for wish in ada.subscriptions] == ["morning"]
        assert subscribers.count(conn) == 0


def test_a_reader_who_waited_for_confirmation_is_vouched_for(store: Store) -> None:
    join(store)
    with store.write() as conn:
        people = schema.subscribers
        conn.execute(update(people).values(state=SubscriberState.PENDING))
        assert subscribers.count(conn) == 0
    assert join(store, ADA._replace(newsletter="weekend")) is Joined.ADDED
    with store.read() as conn:
        assert subscribers.count(conn) == 1


def test_news_of_who_joins_now_begins_after_the_last_issue(store: Store) -> None:
    with store.write() as conn:
        put_posts(conn, [a_post(number) for number in range(1, 5)])
        put_readers(conn, 1)
        freeze_for_all(conn, seqs=(1, 2, 3))
        subscribers.join(conn, ADA, now=LATER)
        ada = subscribers.find(conn, ADA.email)
        assert ada
        assert ada.subscriptions[0].seen_seq == 3
        weekly = ADA._replace(email="bo@readers.example", cadence=Cadence.WEEKLY)
        subscribers.join(conn, weekly, now=LATER)  # of that cadence there was no issue yet
        bo = subscribers.find(conn, weekly.email)
        assert bo
        assert bo.subscriptions[0].seen_seq == 0


@pytest.mark.parametrize(("cadence", "days"), [(Cadence.DAILY, 1), (Cadence.WEEKLY, 7), (Cadence.MONTHLY, 31)])
def test_who_joins_a_newsletter_without_issues_gets_what_one_issue_covers(
    store: Store, cadence: Cadence, days: int
) -> None:
    """A newsletter that stood without readers for a year does not send the first one that year."""
    covered = NOW - timedelta(days=days)
    moments = [covered - timedelta(days=300), covered - timedelta(seconds=1), covered, NOW]
    with store.write() as conn:
        put_posts(conn, [replace(a_post(number), first_seen=moment) for number, moment in enumerate(moments)])
        subscribers.join(conn, ADA._replace(cadence=cadence), now=NOW)
        ada = subscribers.find(conn, ADA.email)
        assert ada
        assert ada.subscriptions[0].seen_seq == 2


def test_leaving_is_final_and_may_be_said_again(store: Store) -> None:
    join(store)
    with store.write() as conn:
        (wish,) = subscribers.find(conn, ADA.email).subscriptions
        assert subscribers.leave(conn, wish.id, now=NOW, how="one-click") is True
        assert subscribers.leave(conn, wish.id, now=LATER, how="page") is False
        row = conn.execute(schema.subscriptions.select()).mappings().one()
        assert (row["state"], row["left_at"], row["left_how"]) == (SubscriptionState.LEFT, NOW, "one-click")
        assert subscribers.leave(conn, 4711, now=NOW, how="one-click") is None


def test_leaving_one_newsletter_leaves_the_others(store: Store) -> None:
    join(store)
    join(store, ADA._replace(newsletter="weekend"))
    with store.write() as conn:
        morning, _ = subscribers.find(conn, ADA.email).subscriptions
        subscribers.leave(conn, morning.id, now=NOW, how="one-click")
        assert subscribers.count(conn) == 1
        assert subscribers.leave_all(conn, "ada@READERS.example", now=NOW, how="by hand") == 1
        assert subscribers.leave_all(conn, ADA.email, now=NOW, how="by hand") == 0
        assert subscribers.leave_all(conn, "nobody@readers.example", now=NOW, how="by hand") is None
        assert subscribers.count(conn) == 0


def test_a_subscription_tells_whose_it_is(store: Store) -> None:
    join(store)
    join(store, ADA._replace(newsletter="weekend"))
    with store.read() as conn:
        ada = subscribers.find(conn, ADA.email)
        assert ada
        for wish in ada.subscriptions:
            assert subscribers.find_of_subscription(conn, wish.id) == (ada, wish)
        assert subscribers.find_of_subscription(conn, 4711) is None
        assert subscribers.find(conn, "nobody@readers.example") is None


def test_many_readers_are_read_in_pages_in_the_order_they_came(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 503, start=2000)
        put_readers(conn, 500, start=1000)
    with store.read() as conn:
        people = list(subscribers.get_all(conn))
        assert subscribers.count(conn) == 1003
    came = [*range(2000, 2503), *range(1000, 1500)]
    assert [person.email for person in people] == [f"reader{number}@readers.example" for number in came]
    assert all(len(person.subscriptions) == 1 for person in people)


def test_the_same_reader_joins_from_four_sides_at_once_and_is_there_once(store: Store) -> None:
    ready = threading.Barrier(4)
    results: list[Joined] = []

    def come() -> None:
        ready.wait()
        results.append(join(store))

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == sorted([Joined.ADDED, Joined.ALREADY, Joined.ALREADY, Joined.ALREADY])
    with store.read() as conn:
        assert subscribers.count(conn) == 1


def test_a_wish_for_a_newsletter_that_was_never_put_is_refused_whole(store: Store) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        join(store, ADA._replace(newsletter="nowhere"))
    with store.read() as conn:
        assert subscribers.find(conn, ADA.email) is None


def test_wishes_are_counted_in_groups(store: Store) -> None:
    with store.write() as conn:
        put_readers(conn, 3)
        subscribers.join(conn, ADA, now=NOW)
        subscribers.join(conn, ADA._replace(email="bo@readers.example", columns=("harbour", "kitchen")), now=NOW)
        subscribers.join(conn, ADA._replace(email="cy@readers.example", cadence=Cadence.WEEKLY), now=NOW)
        issue = an_issue()
        wishes = audience.wishes(conn, issue.newsletter, issue.cadence)
    assert {wish.columns: readers for wish, readers in wishes.items()} == {(): 3, ("harbour", "kitchen"): 2}
