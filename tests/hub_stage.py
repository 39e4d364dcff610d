"""Our hub on a stage: a store, a published feed, a clock that tests set, and crews that are sent out by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from publisher.feed.atom import atom_bytes
from publisher.feed.channel import FeedFacts, channel_of
from publisher.feed.deltas import entries_of
from publisher.feed.entry import entry_of
from publisher.feed.jsonfeed import json_bytes
from publisher.feed.rss import rss_bytes
from publisher.feed.site import Site
from publisher.fetch.asking import Limits
from publisher.fetch.dial import resolve
from publisher.model.column import Column
from publisher.model.entitytag import tag_of
from publisher.model.feedname import WHOLE
from publisher.push.announce import Audience, announce
from publisher.push.caller import Caller
from publisher.push.crew import Crew, Work
from publisher.push.distribution import Distribution
from publisher.push.documents import Documents
from publisher.push.pinging import Pinging
from publisher.push.reception import Bounds, receive
from publisher.push.request import FORM, Refusal, Wish, wish_in
from publisher.push.verifying import Verifying
from publisher.store import feeds, feedversions, files, hub
from publisher.store.database import Store
from publisher.store.files import StoredFile
from publisher.store.hub import HubSubscription
from tests.conftest import NOW
from tests.writers import a_post

SITE_URL = "https://courier.example"
AUDIENCE = Audience(site_url=SITE_URL, own_hub=f"{SITE_URL}/hub")
ATOM, RSS, JSON = (f"{SITE_URL}/{name}" for name in ("atom.xml", "rss.xml", "feed.json"))
WHOLE_ID = "tag:courier.example,2026:all"
COLUMN = Column(slug="harbour", feed_id="tag:courier.example,2026:harbour", name="Harbour Notes")
LIMITS = Limits(
    max_bytes=2**20, timeout=timedelta(seconds=5), site_url=SITE_URL, private_hosts=frozenset({"127.0.0.1"})
)
ROOMY = Bounds(subscriptions=100_000, per_host=100_000)
MANY = 10**6


@dataclass
class Stage:
    """All of it."""

    store: Store
    folder: Path
    audience: Audience = AUDIENCE
    limits: Limits = LIMITS
    now: datetime = NOW
    posts: int = 0
    threads: int = 8
    per_host: int = 8
    _challenges: itertools.count[int] = field(default_factory=itertools.count)

    def publish(self, *, posts: int = 1, announced: bool = True) -> None:
        """Publish the feed with so many more posts, as publishing does it."""
        self.posts += posts
        with self.store.write() as conn:
            feeds.put_if_new(conn, WHOLE, feed_id=WHOLE_ID, title="", now=self.now)
        site = Site(name="The Courier", url=self.audience.site_url, language="en", hubs=(self.audience.own_hub,))
        written = [a_post(number, column="harbour") for number in range(self.posts)]
        entries = [entry_of(post, COLUMN, site) for post in written]
        facts = FeedFacts(feed_id=WHOLE_ID, folder="", title="The Courier", language="en", created=NOW)
        channel = channel_of(facts, entries, site=site)
        for name, content in (
            ("atom.xml", atom_bytes(channel)),
            ("rss.xml", rss_bytes(channel)),
            ("feed.json", json_bytes(channel)),
        ):
            self.put(name, content)
        if announced:
            self.announce()

    def put(self, name: str, content: bytes) -> None:
        """Write one file, and what is remembered of it."""
        tag = tag_of(content)
        with self.store.write() as conn:
            feedversions.remember(conn, name, etag=tag, entries=entries_of(content))
            files.put(conn, {name: StoredFile(digest="")}, now=self.now)
        (self.folder / name).write_bytes(content)
        with self.store.write() as conn:
            files.put(conn, {name: StoredFile(digest=tag)}, now=self.now)

    def announce(self) -> list[str]:
        return announce(self.store, self.audience, now=self.now)

    def ask(
        self, callback: str, *, topic: str = ATOM, mode: str = "subscribe", secret: str = "", bounds: Bounds = ROOMY
    ) -> Refusal | None:
        """What a subscriber asks over the wire, taken up."""
        from urllib.parse import urlencode

        fields = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback, "hub.secret": secret}
        wish = wish_in(urlencode(fields).encode(), FORM)
        assert isinstance(wish, Wish), wish
        return receive(self.store, wish, bounds=bounds, site_url=self.audience.site_url, now=self.now)

    def subscribe(self, *callbacks: str, topic: str = ATOM, secret: str = "") -> None:
        """Ask, and let them be asked."""
        for callback in callbacks:
            assert self.ask(callback, topic=topic, secret=secret) is None
        self.verify()

    def verify(self) -> int:
        with Caller(self.limits) as caller:
            return self._send_out(
                Verifying(
                    store=self.store,
                    audience=self.audience,
                    caller=caller,
                    clock=self.clock,
                    new_challenge=lambda: f"challenge-{next(self._challenges)}",
                )
            )

    def tell(self, *, failing: bool = False, stop: Callable[[], bool] = lambda: False) -> int:
        with Caller(self.limits) as caller:
            return self._send_out(self.distribution(caller, failing=failing), stop)

    def distribution(self, caller: Caller, *, failing: bool = False) -> Distribution:
        return Distribution(
            store=self.store,
            audience=self.audience,
            documents=Documents(self.store, self.read),
            caller=caller,
            clock=self.clock,
            jitter=lambda: 1.0,
            failing=failing,
        )

    def ping(self) -> int:
        with Caller(self.limits) as caller:
            return self._send_out(
                Pinging(store=self.store, audience=self.audience, caller=caller, clock=self.clock, jitter=lambda: 1.0)
            )

    def clock(self) -> datetime:
        return self.now

    def read(self, path: str) -> bytes | None:
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def found(self, callback: str, *, topic: str = ATOM) -> HubSubscription | None:
        with self.store.read() as conn:
            return hub.find(conn, topic, callback)

    def get(self, callback: str, *, topic: str = ATOM) -> HubSubscription:
        subscription = self.found(callback, topic=topic)
        assert subscription is not None
        return subscription

    def without_private_hosts(self) -> Stage:
        return replace(self, limits=replace(LIMITS, private_hosts=frozenset()))

    def resolving(self, addresses: Sequence[str], asked: list[str]) -> Stage:
        """Names resolve to these, one question after the other."""
        answers = iter(addresses)

        def told(host: str, port: int) -> list[str]:
            asked.append(host)
            return [next(answers)]

        return replace(self, limits=replace(self.limits, resolve=told))

    def _send_out(self, work: Work, stop: Callable[[], bool] = lambda: False) -> int:
        return Crew(work=work, threads=self.threads, per_host=self.per_host).run(stop)


__all__ = ["ATOM", "AUDIENCE", "JSON", "LIMITS", "RSS", "SITE_URL", "Stage", "resolve"]
