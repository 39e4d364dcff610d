"""Announcing: which feeds changed since they were announced last, and who is to hear of it.

What is published is compared with what was announced, by digest, and the difference is
written down for every hub and subscriber in one transaction. So it does not matter when a
process died, nor how often this is called: a change is announced, once, when its file is
live, and before anybody is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.push.topics import is_feed, is_rss, path_of, topic_of
from publisher.store import files, hub, hubrequests, pings
from publisher.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who is told."""

    site_url: str  # without a slash at its end
    hubs: tuple[str, ...] = ()  # of others
    rsscloud: str = ""  # address of an rssCloud server's ping; hears of RSS only
    own_hub: str = ""  # address of ours; "": we are none

    @property
    def is_empty(self) -> bool:
        return not (self.hubs or self.rsscloud or self.own_hub)


def announce(store: Store, audience: Audience, *, now: datetime) -> list[str]:
    """Let everybody hear of the feeds that changed; their addresses."""
    if audience.is_empty:
        return []
    with store.read() as conn:
        if not _changed(conn):
            return []
    with store.write() as conn:
        changed = _changed(conn)
        topics = [topic_of(path, site_url=audience.site_url) for path in sorted(changed)]
        pings.announce(conn, changed, now=now)
        pings.put(conn, audience.hubs, topics, now=now)
        if audience.rsscloud:
            pings.put(conn, (audience.rsscloud,), [topic for topic in topics if is_rss(topic)], now=now)
        hub.make_due(conn, topics, now=now)
    return topics


def clear_away(store: Store, audience: Audience, *, now: datetime) -> int:
    """End leases that are over, tell subscribers of feeds that are no more; how many those are."""
    told = 0
    with store.write() as conn:
        pings.drop_other_hubs(conn, (*audience.hubs, audience.rsscloud))
        pings.forget_missing(conn)
        hub.expire(conn, now=now)
        for topic in hub.topics(conn):
            if not is_published(conn, topic, site_url=audience.site_url):
                told += hubrequests.deny(conn, topic, now=now)
    return told


def is_published(conn: Connection, topic: str, *, site_url: str) -> bool:
    """Whether an address is that of a feed that we publish."""
    path = path_of(topic, site_url=site_url)
    return path is not None and path in files.digests_of(conn, [path])


def _changed(conn: Connection) -> dict[str, str]:
    """path -> digest of the feeds that are live and not announced as they are."""
    return {path: digest for path, digest in pings.not_announced(conn).items() if is_feed(path)}
