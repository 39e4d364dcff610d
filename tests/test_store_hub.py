"""What stands in the store about hubs: requests, subscriptions, pings, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.store import feedversions, files, hub, hubrequests, pings
from publisher.store.database import Store
from publisher.store.files import StoredFile
from publisher.store.hub import Failure, HubSubscription
from publisher.store.hubrequests import HubRequest, Room
from tests.conftest import NOW

TOPIC = "https://courier.example/atom.xml"
OTHER = "https://courier.example/harbour/rss.xml"
LATER = NOW + timedelta(minutes=1)
ENDS = NOW + timedelta(days=10)


def wish(callback: str, *, topic: str = TOPIC, mode: str = "subscribe", secret: str = "") -> Mapping[str, object]:
    url = f"https://{callback}.example/hook"
    host = f"{callback}.example"
    return {"topic": topic, "callback": url, "host": host, "mode": mode, "secret": secret, "lease_seconds": 86400}


def asked(conn: Connection, *, now: datetime = NOW) -> list[HubRequest]:
    return hubrequests.ripe(conn, now=now, after=0, most=100)


def subscribe(conn: Connection, callback: str, *, topic: str = TOPIC, due: datetime | None = None) -> HubSubscription:
    hubrequests.put(conn, wish(callback, topic=topic), now=NOW)
    (request,) = [one for one in asked(conn) if one.topic == topic and one.host == f"{callback}.example"]
    assert hubrequests.drop(conn, request)
    hub.confirm(conn, request, ends=ENDS, due=due)
    return found(conn, callback, topic=topic)


def found(conn: Connection, callback: str, *, topic: str = TOPIC) -> HubSubscription:
    subscription = hub.find(conn, topic, f"https://{callback}.example/hook")
    assert subscription
    return subscription


def ripe(conn: Connection, *, now: datetime = NOW, failing: bool = False) -> list[str]:
    return [one.host.partition(".")[0] for one in hub.ripe(conn, now=now, failing=failing, most=100)]


def test_who_asks_again_means_the_newest_only(store: Store) -> None:
    with store.write() as conn:
        hubrequests.put(conn, wish("a", secret="old"), now=NOW)
        (old,) = asked(conn)
        hubrequests.put(conn, wish("a", mode="unsubscribe"), now=LATER)
        (new,) = asked(conn, now=LATER)
        assert new.mode == "unsubscribe"
        assert not hubrequests.drop(conn, old), "what was asked meanwhile is another request"
        assert not hubrequests.put_off(conn, old, until=LATER)
        assert hubrequests.drop(conn, new)


def test_a_request_waits_until_its_time(store: Store) -> None:
    with store.write() as conn:
        hubrequests.put(conn, wish("a"), now=NOW)
        (request,) = asked(conn)
        assert hubrequests.put_off(conn, request, until=LATER)
        assert asked(conn) == []
        (again,) = asked(conn, now=LATER)
        assert again.attempts == 1


def test_room_counts_requests_and_subscriptions_but_not_who_asks(store: Store) -> None:
    with store.write() as conn:
        subscribe(conn, "a")
        subscribe(conn, "a", topic=OTHER)
        hubrequests.put(conn, wish("b"), now=NOW)
        hubrequests.put(conn, wish("c", mode="unsubscribe"), now=NOW)
        of_a = hubrequests.room(conn, TOPIC, "https://a.example/hook", "a.example")
        assert of_a == Room(all=2, at_host=1, asked=2)
        of_new = hubrequests.room(conn, TOPIC, "https://a.example/other", "a.example")
        assert of_new == Room(all=3, at_host=2, asked=2)


def test_a_renewal_keeps_what_was_told(store: Store) -> None:
    with store.write() as conn:
        one = subscribe(conn, "a", due=NOW)
        hub.settle_told(conn, [(one, "v1")])
        hubrequests.put(conn, wish("a", secret="new"), now=LATER)
        (request,) = asked(conn, now=LATER)
        hub.confirm(conn, request, ends=ENDS + timedelta(days=1), due=None)
        renewed = found(conn, "a")
    assert (renewed.id, renewed.since, renewed.secret) == (one.id, "v1", "new")
    assert (renewed.ends, renewed.due) == (ENDS + timedelta(days=1), None)


def test_a_change_makes_everybody_due_who_is_subscribed_to_it(store: Store) -> None:
    with store.write() as conn:
        subscribe(conn, "a")
        subscribe(conn, "b")
        subscribe(conn, "c", topic=OTHER)
        assert hub.make_due(conn, [TOPIC], now=NOW) == 2
        assert ripe(conn) == ["a", "b"]
        hub.settle_told(conn, [(found(conn, "a"), "v1")])
        assert ripe(conn) == ["b"]
        assert found(conn, "a").since == "v1"


def test_what_changed_while_it_was_told_is_told_too(store: Store) -> None:
    with store.write() as conn:
        subscribe(conn, "a", due=NOW)
        read = found(conn, "a")
        hub.make_due(conn, [TOPIC], now=LATER)
        hub.settle_told(conn, [(read, "v1")])
        after = found(conn, "a")
        assert (after.since, after.due, after.next_try) == ("v1", LATER, LATER)
        hub.settle_failed(conn, [(after, Failure(next_try=ENDS, problem="no connection"))])
        assert ripe(conn, now=LATER, failing=True) == []
        hub.settle_failed(conn, [(read, Failure(next_try=None, problem="late news"))])
        assert found(conn, "a").next_try == ENDS, "what was read before the last change puts off nothing"


def test_who_failed_waits_apart_and_is_told_with_the_next_change_at_the_latest(store: Store) -> None:
    with store.write() as conn:
        one = subscribe(conn, "a", due=NOW)
        hub.settle_failed(conn, [(one, Failure(next_try=LATER, problem="it answers 500"))])
        assert ripe(conn, failing=True) == []
        assert ripe(conn, now=LATER) == []
        assert ripe(conn, now=LATER, failing=True) == ["a"]
        hub.settle_failed(conn, [(found(conn, "a"), Failure(next_try=None, problem="it answers 500"))])
        assert ripe(conn, now=ENDS - timedelta(seconds=1), failing=True) == [], "given up"
        hub.make_due(conn, [TOPIC], now=LATER)
        again = found(conn, "a")
        assert (again.attempts, again.failures, again.problem) == (0, 2, "it answers 500")
        hub.settle_told(conn, [(again, "v2")])
        assert (found(conn, "a").failures, found(conn, "a").problem) == (0, "")


def test_those_who_want_the_same_come_together_page_by_page(store: Store) -> None:
    with store.write() as conn:
        for callback, topic, since in [("a", OTHER, "v1"), ("b", TOPIC, "v1"), ("c", OTHER, ""), ("d", TOPIC, "v1")]:
            one = subscribe(conn, callback, topic=topic, due=NOW)
            if since:
                hub.settle_told(conn, [(one, since)])
        hub.make_due(conn, [TOPIC, OTHER], now=NOW)
        seen, place = [], hub.START
        while page := hub.ripe(conn, now=NOW, failing=False, after=place, most=1):
            seen.append((page[0].topic, page[0].since))
            place = page[0].place
    assert seen == [(TOPIC, "v1"), (TOPIC, "v1"), (OTHER, ""), (OTHER, "v1")]


def test_a_lease_ends(store: Store) -> None:
    with store.write() as conn:
        subscribe(conn, "a", due=NOW)
        assert ripe(conn, now=ENDS) == []
        assert hub.expire(conn, now=ENDS - timedelta(seconds=1)) == 0
        assert hub.expire(conn, now=ENDS) == 1
        assert hub.topics(conn) == []


def test_a_subscriber_that_came_back_in_the_place_of_another_was_told_nothing(store: Store) -> None:
    with store.write() as conn:
        gone = subscribe(conn, "a", due=NOW)
        assert hub.end(conn, TOPIC, gone.callback)
        subscribe(conn, "b", due=NOW)
        hub.settle_told(conn, [(gone, "v1")])
        assert found(conn, "b").since == ""
        assert ripe(conn) == ["b"]


def test_a_feed_that_is_no_more_denies_all_who_had_it(store: Store) -> None:
    with store.write() as conn:
        subscribe(conn, "a")
        subscribe(conn, "b", topic=OTHER)
        hubrequests.put(conn, wish("c"), now=NOW)
        assert hubrequests.deny(conn, TOPIC, now=NOW) == 1
        assert [(one.mode, one.host) for one in asked(conn)] == [("denied", "a.example")]
        assert hub.topics(conn) == [OTHER]
        assert hub.counts(conn) == {OTHER: (1, 0, 0)}


def test_a_secret_is_in_no_log(store: Store) -> None:
    with store.write() as conn:
        hubrequests.put(conn, wish("a", secret="over the bar"), now=NOW)
        (request,) = asked(conn)
        hub.confirm(conn, request, ends=ENDS, due=None)
        assert "over the bar" not in repr((request, found(conn, "a")))
        assert found(conn, "a").secret == "over the bar"


def test_a_ping_is_one_row_a_hub_and_feed_and_always_of_the_newest(store: Store) -> None:
    with store.write() as conn:
        pings.put(conn, ["https://hub.example/", "https://push.example/"], [TOPIC, OTHER], now=NOW)
        first, *others = pings.ripe(conn, now=NOW, most=100)
        assert len(others) == 3
        assert pings.ripe(conn, now=NOW, after=first.place, most=100) == others
        pings.put(conn, [first.hub], [first.topic], now=LATER)
        assert not pings.settle(conn, first, next_try=None, problem=""), "it changed once more meanwhile"
        assert len(pings.ripe(conn, now=LATER, most=100)) == 4
        again = pings.ripe(conn, now=LATER, most=1)[0]
        assert pings.settle(conn, again, next_try=None, problem="")
        assert pings.ripe(conn, now=ENDS, most=100) == others
        assert pings.drop_other_hubs(conn, ["https://push.example/"]) == 2
        assert {one.hub for one in pings.get_all(conn)} == {"https://push.example/"}


def publish(conn: Connection, **digests: str) -> None:
    """`atom="d"`: the document to subscribe to is live."""
    for name, digest in digests.items():
        files.put(conn, {f"{name}.xml": StoredFile(digest=digest)}, now=NOW)
        feedversions.remember(conn, f"{name}.xml", etag=digest, entries=[("tag:1", "d")])


def test_what_was_announced_is_known_by_its_digest(store: Store) -> None:
    with store.write() as conn:
        publish(conn, atom="d1", rss="d1", half="")
        files.put(conn, {"index.html": StoredFile(digest="d1")}, now=NOW)
        assert pings.not_announced(conn) == {"atom.xml": "d1", "rss.xml": "d1"}
        pings.announce(conn, pings.not_announced(conn), now=NOW)
        assert pings.not_announced(conn) == {}
        publish(conn, atom="d2")
        assert pings.not_announced(conn) == {"atom.xml": "d2"}
        assert (pings.last_announced(conn, "rss.xml"), pings.last_announced(conn, "x")) == (NOW, None)
        files.forget(conn, ["rss.xml"])
        assert pings.forget_missing(conn) == 1
        publish(conn, rss="d1")
        assert "rss.xml" in pings.not_announced(conn)
