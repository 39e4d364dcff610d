"""A published feed and its subscribers, written straight into the database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

from parts.site import _WORDS, NOW
from publisher.feed.atom import atom_bytes
from publisher.feed.channel import FeedFacts, channel_of
from publisher.feed.deltas import delta, entries_of
from publisher.feed.entry import entry_of
from publisher.feed.site import Site
from publisher.model.column import Column
from publisher.model.entitytag import tag_of
from publisher.model.feedname import WHOLE
from publisher.model.post import Post
from publisher.store import feeds, feedversions, files, schema
from publisher.store.database import Store
from publisher.store.files import StoredFile

SITE_URL = "https://courier.example"
HOST = "127.0.0.1"
NAME = "atom.xml"
FEED_ID = "tag:courier.example,2026:all"
_COLUMN = Column(slug="harbour", feed_id="tag:courier.example,2026:harbour", name="Harbour Notes")
_SITE = Site(name="The Courier", url=SITE_URL, language="en", hubs=(f"{SITE_URL}/hub",))
_FACTS = FeedFacts(feed_id=FEED_ID, folder="", title="The Courier", language="en", created=NOW)
_BODY = "".join(f"<p>{' '.join(_WORDS)}.</p>" for _ in range(15))


class Feed:
    """One Atom feed of 50 entries, as publishing leaves it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._path = folder / NAME
        self.body = b""
        self._before: list[tuple[str, str]] = []
        with store.write() as conn:
            feeds.put_if_new(conn, WHOLE, feed_id=FEED_ID, title="", now=NOW)

    def publish(self, posts: int) -> None:
        """The newest 50 of so many posts."""
        self._before = entries_of(self.body)
        entries = [entry_of(_post(at), _COLUMN, _SITE) for at in range(max(0, posts - 50), posts)]
        self.body = atom_bytes(channel_of(_FACTS, entries, site=_SITE))
        self._path.write_bytes(self.body)
        with self._store.write() as conn:
            feedversions.remember(conn, NAME, etag=tag_of(self.body), entries=entries_of(self.body))
            files.put(conn, {NAME: StoredFile(digest=tag_of(self.body))}, now=NOW)

    def delta(self) -> bytes:
        """What is new since the version before."""
        return delta(self.body, has=dict(self._before))


def put_subscribers(store: Store, port: int, count: int) -> None:
    """Confirmed subscribers of the feed, each with a secret, at one host."""
    facts = {"topic": f"{SITE_URL}/{NAME}", "host": HOST, "ends": NOW + timedelta(days=9), "since": ""}
    state = {"due": None, "next_try": None, "attempts": 0, "failures": 0, "problem": ""}
    with store.write() as conn:
        conn.execute(
            insert(schema.hub_subscriptions),
            [
                {**facts, **state, "callback": f"http://{HOST}:{port}/{at}", "secret": f"secret {at}"}
                for at in range(count)
            ],
        )


def _post(number: int) -> Post:
    moment = NOW + timedelta(minutes=number)
    return Post(
        id=f"tag:courier.example,2026:harbour/{number}",
        seq=number,
        column="harbour",
        source="harbour",
        slug=f"post-{number}",
        title=f"Post {number}",
        published=moment,
        updated=moment,
        first_seen=moment,
        summary=f"What post {number} is about.",
        body=_BODY,
    )
