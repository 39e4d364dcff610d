"""Two sites of this program, a socket each: one is a hub for its feed, the other subscribes to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.collect.collector import Desk, Source
from publisher.collect.identify import Context
from publisher.collect.rounds import Round, collect_all
from publisher.collect.visit import Call
from publisher.collect.websub.asking import Errand, ask_hubs, sort_out
from publisher.collect.websub.pushed import Told, take_pushes
from publisher.model.lease import LeaseState
from publisher.push.announce import Audience
from publisher.push.reception import Bounds
from publisher.store import columns, hub, hubleases, posts
from publisher.store.database import Store, open_store
from publisher.templating import open_templates
from publisher.web.app import build_app
from publisher.web.server import serve_in_thread
from publisher.web.site import Site
from tests.conftest import NOW
from tests.hub_stage import LIMITS, Stage
from tests.web_site import site_of

CALLBACKS = "websub/"


class _Late:
    """An application that is known only when the port is, which stands in its addresses."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)


@contextmanager
def served(site: Site, stage: Stage) -> Iterator[str]:
    """The address at which a site is served, and which it takes for its own."""
    late = _Late()
    server = serve_in_thread(late, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.port}"
    own = replace(site, url=address, hubs=(f"{address}/hub",))
    late.app = build_app(own, store=stage.store, templates=open_templates(None), clock=stage.clock)
    try:
        yield address
    finally:
        server.stop()


class Newsroom:
    """The site that subscribes."""

    def __init__(self, stage: Stage, *, address: str, feed: str, media: Path) -> None:
        self.store, self.stage, self.feed = stage.store, stage, feed
        self.desk = Desk(zone=ZoneInfo("UTC"), media=media, limits=replace(LIMITS, site_url=address))
        self.callbacks = f"{address}/{CALLBACKS}"
        with stage.store.write() as conn:
            columns.put_if_new(conn, "notes", feed_id="tag:post.example,2026:feed/notes", now=NOW)

    @property
    def source(self) -> Source:
        context = Context(
            source="wire",
            column="notes",
            tagging_entity="post.example,2026",
            base_url="https://post.example/notes/",
            backlog="archive",
        )
        return Source(kind="feed", url=self.feed, context=context)

    def visit(self) -> None:
        (collected,) = collect_all(self.store, [self.source], self.desk, Round(now=self.stage.now, call=Call.ALL))
        assert not collected.failed, collected.problems

    def ask(self) -> int:
        errand = Errand(
            store=self.store,
            limits=self.desk.limits,
            callbacks=self.callbacks,
            clock=self.stage.clock,
            stop=lambda: False,
        )
        return ask_hubs(errand)

    def leave(self) -> None:
        sort_out(self.store, (), self.callbacks, now=self.stage.now)

    def take(self) -> Told:
        by_name = {"wire": self.source}
        return take_pushes(self.store, by_name, self.desk, clock=self.stage.clock, stop=lambda: False)

    def state(self) -> LeaseState:
        with self.store.read() as conn:
            lease = hubleases.find_standing(conn, "wire")
        assert lease
        return lease.state

    def titles(self) -> list[str]:
        with self.store.read() as conn:
            return sorted(post.title for post in posts.newest(conn, columns=["notes"], limit=50))


@pytest.fixture
def other_store(tmp_path: Path, migrated_file: bytes) -> Iterator[Store]:
    (tmp_path / "other.db").write_bytes(migrated_file)
    opened = open_store("sqlite:///other.db", root=tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", ["atom.xml", "rss.xml", "feed.json"])
def test_our_hub_and_our_subscriber_understand_each_other(
    name: str, sqlite_store: Store, other_store: Store, tmp_path: Path
) -> None:
    (tmp_path / "feeds").mkdir()
    publisher = Stage(store=sqlite_store, folder=tmp_path / "feeds")
    reading = Stage(store=other_store, folder=tmp_path / "nothing")
    courier = replace(site_of(tmp_path / "feeds"), hub=Bounds(subscriptions=10, per_host=10))
    post = replace(site_of(tmp_path / "nothing"), largest_push_bytes=100_000)
    with served(courier, publisher) as there, served(post, reading) as here:
        publisher.audience = Audience(site_url=there, own_hub=f"{there}/hub")
        publisher.publish(posts=2)
        publisher.later(hours=1)
        reading.later(hours=1)
        newsroom = Newsroom(reading, address=here, feed=f"{there}/{name}", media=tmp_path / "media")
        newsroom.visit()
        assert newsroom.titles() == ["Post 0", "Post 1"]

        assert newsroom.ask() == 1
        assert newsroom.state() is not LeaseState.ACTIVE, "its callback is asked first"
        assert publisher.verify() == 1
        assert newsroom.state() is LeaseState.ACTIVE

        for number in (2, 3):
            publisher.later(minutes=5)
            reading.later(minutes=5)
            publisher.publish()
            assert publisher.tell() == 1
            assert newsroom.take() == Told(new=1)
            assert newsroom.titles()[-1] == f"Post {number}"

        newsroom.leave()
        newsroom.ask()
        assert publisher.verify() == 1
        with publisher.store.read() as conn:
            assert hub.counts(conn) == {}
