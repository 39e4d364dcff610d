"""A feed, its hub and our site, each on a socket of its own: from the first visit to what a hub pushes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.collect.collector import Collected, Desk, Source
from publisher.collect.identify import Context
from publisher.collect.rounds import Round, collect_all
from publisher.collect.visit import PUSHED, Call
from publisher.collect.websub.asking import Errand, ask_hubs, sort_out
from publisher.collect.websub.pushed import Told, take_pushes
from publisher.fetch.web import Limits
from publisher.model.lease import Lease, LeaseState
from publisher.model.source import SourceState
from publisher.store import columns, hubleases, posts, pushes, sources
from publisher.store.database import Store
from publisher.templating import open_templates
from publisher.web.app import build_app
from publisher.web.server import serve_in_thread
from tests.conftest import NOW
from tests.hub_stand import Hub, get, hub_stand, send
from tests.web_site import site_of
from tests.web_stand import Answer, Stand, web_stand

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ITEM = (
    "<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title><a:updated>{updated}</a:updated>"
    "<pubDate>Sat, 21 Nov 2026 1{guid}:00:00 GMT</pubDate></item>"
)
LARGEST = 100_000


def feed(*guids: int, hub: str = "", title: str = "Post", updated: str = "") -> bytes:
    items = "".join(ITEM.format(guid=guid, title=f"{title} {guid}", updated=updated) for guid in guids)
    link = f"<a:link rel='hub' href='{hub}'/>" if hub else ""
    return (
        f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>Wire</title>{link}{items}"
        "</channel></rss>"
    ).encode()


@dataclass
class Newsroom:
    """Our side: a store, a clock that tests move, and a site that hubs can call."""

    store: Store
    stand: Stand
    hub: Hub
    desk: Desk
    address: str = ""
    now: datetime = NOW

    @property
    def source(self) -> Source:
        context = Context(
            source="wire",
            column="notes",
            tagging_entity="post.example,2026",
            base_url="https://post.example/notes/",
            backlog="archive",
        )
        return Source(kind="feed", url=self.stand.url("/feed"), context=context)

    @property
    def errand(self) -> Errand:
        return Errand(
            store=self.store,
            limits=self.desk.limits,
            callbacks=f"{self.address}/websub/",
            clock=lambda: self.now,
            stop=lambda: False,
        )

    def publish(self, *guids: int, **how: str) -> None:
        """What the feed says from now on."""
        self.stand.answers["/feed"] = Answer(feed(*guids, **{"hub": self.hub.url, **how}))

    def visit(self, call: Call = Call.ALL) -> list[Collected]:
        return collect_all(self.store, [self.source], self.desk, Round(now=self.now, call=call))

    def ask(self) -> int:
        return ask_hubs(self.errand)

    def subscribe(self) -> None:
        """Visit, ask and be verified."""
        self.visit()
        assert self.ask() == 1
        assert self.hub.verify() == (200, "a-challenge")

    def take(self, *others: Source) -> Told:
        by_name = {source.name: source for source in others or [self.source]}
        return take_pushes(self.store, by_name, self.desk, clock=lambda: self.now, stop=lambda: False)

    def lease(self) -> Lease:
        with self.store.read() as conn:
            found = hubleases.find_standing(conn, "wire")
        assert found
        return found

    def state(self) -> SourceState:
        with self.store.read() as conn:
            return sources.get_state(conn, "wire")

    def waiting(self) -> int:
        with self.store.read() as conn:
            return pushes.count(conn, self.lease().token)

    def titles(self) -> list[str]:
        with self.store.read() as conn:
            return sorted(post.title for post in posts.newest(conn, columns=["notes"], limit=50))


@pytest.fixture
def newsroom(sqlite_store: Store, tmp_path: Path) -> Iterator[Newsroom]:
    with sqlite_store.write() as conn:
        columns.put_if_new(conn, "notes", feed_id="tag:post.example,2026:feed/notes", now=NOW)
    limits = Limits(
        max_bytes=LARGEST,
        timeout=timedelta(seconds=5),
        site_url="https://post.example",
        private_hosts=frozenset({"127.0.0.1"}),
    )
    desk = Desk(zone=ZoneInfo("UTC"), media=tmp_path / "media", limits=limits)
    with web_stand() as stand, hub_stand() as hub:
        room = Newsroom(store=sqlite_store, stand=stand, hub=hub, desk=desk)
        facts = replace(site_of(tmp_path / "feeds"), largest_push_bytes=LARGEST)
        app = build_app(facts, store=sqlite_store, templates=open_templates(None), clock=lambda: room.now)
        server = serve_in_thread(app, "127.0.0.1", 0)
        room.address = f"http://127.0.0.1:{server.port}"
        room.publish(1)
        try:
            yield room
        finally:
            server.stop()


def test_a_feed_that_names_a_hub_is_heard_at_once_from_then_on(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    (asked,) = newsroom.hub.asked
    assert asked["hub.topic"] == newsroom.stand.url("/feed")
    assert asked["hub.callback"].startswith(f"{newsroom.address}/websub/")
    assert len(asked["hub.secret"]) == 64
    assert newsroom.lease().ends == NOW + timedelta(seconds=1000)
    assert newsroom.hub.push(feed(2)) == 202
    assert newsroom.titles() == ["Post 1"], "it is answered first and taken after"
    assert newsroom.take() == Told(new=1)
    assert newsroom.titles() == ["Post 1", "Post 2"]
    assert newsroom.waiting() == 0
    with newsroom.store.read() as conn:
        news = {post.title: post.mailable for post in posts.newest(conn, columns=["notes"], limit=9)}
    assert news == {"Post 1": False, "Post 2": True}, "what is pushed is news"


def test_a_hub_may_verify_before_it_answers(newsroom: Newsroom) -> None:
    newsroom.hub.verifies_first = True
    newsroom.visit()
    newsroom.ask()
    assert newsroom.lease().state is LeaseState.ACTIVE


def test_only_what_we_asked_is_verified(newsroom: Newsroom) -> None:
    newsroom.visit()
    newsroom.ask()
    assert newsroom.hub.verify(topic="https://other.example/feed")[0] == 404
    assert newsroom.hub.verify(mode="unsubscribe")[0] == 404
    assert get(f"{newsroom.address}/websub/{'0' * 64}?hub.mode=subscribe&hub.topic=x&hub.challenge=c")[0] == 404
    assert get(newsroom.hub.asked[0]["hub.callback"])[0] == 404
    newsroom.now += 2 * DAY
    assert newsroom.hub.verify()[0] == 404, "that was too long ago"
    assert newsroom.lease().state is LeaseState.FOUND


def test_a_challenge_is_said_back_as_plain_text_whatever_it_is(newsroom: Newsroom) -> None:
    newsroom.visit()
    newsroom.ask()
    assert newsroom.hub.verify(challenge="<script>alert(1)</script>&é") == (200, "<script>alert(1)</script>&é")


def test_a_forged_push_is_thanked_for_and_has_the_source_looked_at_soon_no_more(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    quiet = newsroom.state().next_visit
    newsroom.now += HOUR
    for signature in ("", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "md5=x"):
        assert newsroom.hub.push(feed(6), signature=signature) == 202
    assert (newsroom.waiting(), newsroom.take()) == (0, Told())
    after = newsroom.state()
    assert quiet
    assert after.next_visit == newsroom.now < quiet
    assert after.why == "its hub may have news"


def test_forged_pushes_do_not_make_us_ask_the_source_more_than_it_likes(newsroom: Newsroom) -> None:
    newsroom.stand.answers["/feed"] = Answer(
        feed(1, hub=newsroom.hub.url).replace(b"<item>", b"<ttl>60</ttl><item>", 1)
    )
    newsroom.subscribe()
    for _ in range(30):
        newsroom.now += MINUTE
        newsroom.hub.push(feed(6), signature="")
        newsroom.visit(Call.DUE)
    assert len(newsroom.stand.asked) == 1
    newsroom.now += 31 * MINUTE
    newsroom.visit(Call.DUE)
    assert len(newsroom.stand.asked) == 2


def test_a_replayed_push_neither_doubles_nor_takes_back(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    old = feed(2, title="First words", updated="2026-11-22T06:00:00Z")
    newsroom.hub.push(old)
    newsroom.take()
    newsroom.now += 10 * MINUTE
    newsroom.hub.push(feed(2, title="Corrected", updated="2026-11-22T07:05:00Z"))
    assert newsroom.take() == Told(revised=1)
    newsroom.now += 10 * MINUTE
    assert newsroom.hub.push(old) == 202
    assert newsroom.take() == Told()
    assert newsroom.titles() == ["Corrected 2", "Post 1"]
    assert newsroom.state().next_visit == newsroom.now, "the feed itself is asked what is true"


def test_a_change_that_does_not_say_when_is_looked_up_at_the_source(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    newsroom.now += HOUR
    newsroom.hub.push(feed(1, title="Changed"))
    assert newsroom.take() == Told()
    newsroom.publish(1, title="Changed")
    (visited,) = newsroom.visit(Call.DUE)
    assert visited.revised == 1


def test_while_a_hub_tells_all_its_source_is_visited_less_and_as_before_when_it_misses_one(newsroom: Newsroom) -> None:
    newsroom.publish(1, 2, 3, 4, 5)
    newsroom.subscribe()
    usual = newsroom.state().next_visit
    assert usual
    assert usual - newsroom.now < PUSHED / 2
    newsroom.hub.lease_seconds = 30 * 86400
    newsroom.now += 900 * timedelta(seconds=1)
    newsroom.ask()
    newsroom.hub.verify()
    newsroom.hub.push(feed(6))
    newsroom.take()
    newsroom.publish(1, 2, 3, 4, 5, 6)
    newsroom.visit()
    state = newsroom.state()
    assert state.next_visit == newsroom.now + PUSHED
    assert state.why == "its hub tells us at once what is new"
    newsroom.now += PUSHED
    newsroom.publish(1, 2, 3, 4, 5, 6, 7)
    (visited,) = newsroom.visit(Call.DUE)
    assert visited.new == 1
    state = newsroom.state()
    assert state.next_visit
    assert state.next_visit - newsroom.now < PUSHED / 2


def test_a_lease_is_renewed_in_time_and_one_that_ends_gives_the_old_pace_back(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    newsroom.hub.push(feed(2))
    newsroom.take()
    newsroom.now += timedelta(seconds=790)
    assert newsroom.ask() == 0
    newsroom.now += timedelta(seconds=10)
    assert newsroom.ask() == 1
    newsroom.hub.verify()
    assert newsroom.lease().ends == newsroom.now + timedelta(seconds=1000)
    newsroom.visit()
    newsroom.now += timedelta(seconds=800)
    newsroom.hub.status = 500
    newsroom.ask()
    assert newsroom.lease().problem == "the hub answers 500"
    assert newsroom.lease().state is LeaseState.ACTIVE
    newsroom.now += timedelta(seconds=200)
    newsroom.ask()
    lease = newsroom.lease()
    assert (lease.state, lease.ends) == (LeaseState.FOUND, None)
    assert newsroom.state().next_visit == newsroom.now
    assert lease.callback in (form["hub.callback"] for form in newsroom.hub.asked)


@pytest.mark.parametrize(
    ("status", "state", "wait"),
    [
        (410, LeaseState.DENIED, 7 * DAY),
        (400, LeaseState.DENIED, 7 * DAY),
        (500, LeaseState.FOUND, 10 * MINUTE),
        (429, LeaseState.FOUND, HOUR),
        (303, LeaseState.FOUND, 10 * MINUTE),
    ],
)
def test_a_hub_that_refuses_is_asked_again_when_it_makes_sense(
    newsroom: Newsroom, status: int, state: LeaseState, wait: timedelta
) -> None:
    newsroom.hub.status, newsroom.hub.content = status, b"because"
    if status == 429:
        newsroom.hub.headers = {"Retry-After": "3600"}
    newsroom.visit()
    newsroom.ask()
    lease = newsroom.lease()
    assert (lease.state, lease.next_try) == (state, NOW + wait)
    assert lease.problem == f"the hub answers {status}: because"
    newsroom.now += wait - MINUTE
    assert newsroom.ask() == 0
    newsroom.now += MINUTE
    assert newsroom.ask() == 1


def test_a_hub_that_never_verifies_or_is_not_there_changes_nothing_else(newsroom: Newsroom) -> None:
    newsroom.visit()
    newsroom.ask()
    newsroom.now += 10 * MINUTE
    assert newsroom.ask() == 1
    newsroom.publish(1, hub="http://127.0.0.1:1/")
    newsroom.visit()
    newsroom.ask()
    assert "no connection" in newsroom.lease().problem
    newsroom.publish(1, 2, hub="http://127.0.0.1:1/")
    assert newsroom.visit()[0].new == 1


def test_a_hub_in_a_private_network_is_not_asked(newsroom: Newsroom) -> None:
    newsroom.visit()
    newsroom.desk = replace(newsroom.desk, limits=replace(newsroom.desk.limits, private_hosts=frozenset()))
    newsroom.ask()
    assert newsroom.hub.asked == []
    assert "private network" in newsroom.lease().problem


def test_a_hub_may_send_us_on_to_another(newsroom: Newsroom) -> None:
    with hub_stand() as second:
        newsroom.hub.status, newsroom.hub.headers = 307, {"Location": second.url}
        newsroom.visit()
        newsroom.ask()
        assert len(second.asked) == 1
        assert second.verify()[0] == 200
    newsroom.hub.headers = {"Location": newsroom.hub.url}  # a circle
    newsroom.now += timedelta(seconds=800)
    newsroom.ask()
    assert newsroom.lease().problem == "the hub answers 307"


def test_a_denied_lease_gives_the_old_pace_back_and_says_why(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    assert newsroom.hub.verify(mode="denied", reason="no longer served")[0] == 200
    lease = newsroom.lease()
    assert (lease.state, lease.problem) == (LeaseState.DENIED, "the hub denies it: no longer served")
    assert newsroom.ask() == 0


def test_when_a_feed_names_another_hub_the_old_one_is_left(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    with hub_stand() as second:
        newsroom.publish(1, hub=second.url)
        newsroom.visit()
        assert newsroom.ask() == 2
        assert second.verify()[0] == 200
    assert newsroom.hub.asked[-1]["hub.mode"] == "unsubscribe"
    assert send(newsroom.hub.asked[-1]["hub.callback"], feed(9), {}) == 410, "what is left is told so"
    assert newsroom.hub.verify() == (200, "a-challenge")
    with newsroom.store.read() as conn:
        assert hubleases.find(conn, newsroom.hub.asked[-1]["hub.callback"].rpartition("/")[2]) is None


def test_when_a_source_leaves_the_config_its_hub_is_told_three_times_and_forgotten(newsroom: Newsroom) -> None:
    newsroom.hub.lease_seconds = 864000
    newsroom.subscribe()
    token = newsroom.lease().token
    sort_out(newsroom.store, [], newsroom.errand.callbacks, now=newsroom.now)
    newsroom.hub.status = 500
    for _ in range(5):
        newsroom.ask()
        newsroom.now += HOUR
    assert [form["hub.mode"] for form in newsroom.hub.asked] == ["subscribe"] + ["unsubscribe"] * 3
    with newsroom.store.read() as conn:
        assert hubleases.find(conn, token) is None


def test_when_the_site_moves_its_hubs_are_told(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    newsroom.address = newsroom.address.replace("127.0.0.1", "localhost")
    sort_out(newsroom.store, ["wire"], newsroom.errand.callbacks, now=newsroom.now)
    assert newsroom.ask() == 1
    assert newsroom.hub.asked[-1]["hub.callback"].startswith(newsroom.address)
    assert newsroom.hub.verify()[0] == 200
    sort_out(newsroom.store, ["wire"], newsroom.errand.callbacks, now=newsroom.now)
    assert newsroom.ask() == 0


def test_what_is_too_large_packed_or_for_nobody_is_not_taken(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    assert newsroom.hub.push(b"x" * (LARGEST + 1)) == 413
    assert newsroom.hub.push(feed(2) + b" " * 50_000) == 202, "but more than a form may hold"
    callback = newsroom.hub.asked[0]["hub.callback"]
    assert send(callback[:-1] + "g", feed(3), {}) == 410
    assert newsroom.take() == Told(new=1)


def test_a_push_that_cannot_be_read_is_dropped_and_the_source_looked_at(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    newsroom.now += HOUR
    for content in (b"", b"no feed", b"<!DOCTYPE x [<!ENTITY a 'b'>]><rss/>", b"\0\xff"):
        assert newsroom.hub.push(content) == 202
    assert newsroom.take() == Told()
    assert newsroom.waiting() == 0
    assert newsroom.state().next_visit == newsroom.now


def test_so_many_pushes_wait_and_no_more(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    lease = newsroom.lease()
    with newsroom.store.write() as conn:
        for _ in range(100):
            pushes.put(conn, token=lease.token, source="wire", content_type="", content=feed(2), came=newsroom.now)
    assert newsroom.hub.push(feed(3)) == 503
    assert newsroom.take() == Told(new=1)
    assert newsroom.hub.push(feed(3)) == 202


def test_what_was_pushed_before_the_first_visit_or_for_pages_is_left_to_a_visit(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    newsroom.hub.push(feed(2))
    assert newsroom.take(replace(newsroom.source, text="page")) == Told()
    assert newsroom.waiting() == 0
    newsroom.hub.push(feed(3))
    elsewhere = replace(newsroom.source, url=newsroom.stand.url("/other"))
    assert newsroom.take(elsewhere) == Told(), "another feed's back catalogue is no news"
    assert newsroom.titles() == ["Post 1"]


def test_a_push_that_always_kills_us_is_given_up(newsroom: Newsroom) -> None:
    newsroom.subscribe()
    newsroom.hub.push(feed(2))

    def die(_content: bytes, *, url: str, content_type: str = "") -> object:
        raise MemoryError(url, content_type)

    healthy = newsroom.desk
    newsroom.desk = replace(newsroom.desk, parse=die)
    for _ in range(3):
        with pytest.raises(MemoryError):
            newsroom.take()
    newsroom.desk = healthy
    assert newsroom.take() == Told()
    assert newsroom.waiting() == 0


def test_neither_token_nor_secret_is_in_any_log(newsroom: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    newsroom.hub.status = 500
    newsroom.visit()
    newsroom.ask()
    newsroom.hub.verify()
    newsroom.hub.push(feed(2), signature="")
    lease = newsroom.lease()
    assert caplog.text
    assert lease.token not in caplog.text
    assert lease.secret not in caplog.text
    assert lease.secret not in repr(lease)
