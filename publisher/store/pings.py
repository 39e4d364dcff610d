"""Hubs and rssCloud servers that are to hear that a feed changed, and what of the feeds was announced.

One row a hub and feed, always of the newest: what changes while a hub is being told makes
its row due anew (`due` is another moment), and is told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, tuple_, update

from publisher.store import schema
from publisher.store.upsert import upsert_all

_pings, _announced = schema.pings, schema.announced

Place = tuple[str, str]
"""(hub, topic): the order in which they are told."""

START: Place = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """A hub is to hear of a feed; next_try None: it has, or we gave up."""

    hub: str
    topic: str
    due: datetime  # when the feed had changed
    attempts: int
    next_try: datetime | None
    problem: str

    @property
    def place(self) -> Place:
        return (self.hub, self.topic)


def put(conn: Connection, hubs: Iterable[str], topics: Sequence[str], *, now: datetime) -> None:
    """Let each hub hear of each feed."""
    fresh = {"due": now, "attempts": 0, "next_try": now, "problem": ""}
    rows = [{"hub": hub, "topic": topic, **fresh} for hub in hubs for topic in topics]
    upsert_all(conn, _pings, rows, keep=())


def ripe(conn: Connection, *, now: datetime, after: Place = START, most: int) -> list[Ping]:
    """Those to be sent now, in the order of their places."""
    order = (_pings.c.hub, _pings.c.topic)
    wanted = select(_pings).where(_pings.c.next_try <= now, tuple_(*order) > tuple_(*after))
    return [Ping(**row) for row in conn.execute(wanted.order_by(*order).limit(most)).mappings()]


def settle(conn: Connection, ping: Ping, *, next_try: datetime | None, problem: str) -> bool:
    """What became of it; "" is no problem. False where the feed changed once more meanwhile."""
    same = (_pings.c.hub == ping.hub, _pings.c.topic == ping.topic, _pings.c.due == ping.due)
    settled = update(_pings).where(*same)
    return bool(conn.execute(settled.values(next_try=next_try, attempts=ping.attempts + 1, problem=problem)).rowcount)


def get_all(conn: Connection) -> list[Ping]:
    """The last ping of each feed to each hub."""
    rows = conn.execute(select(_pings).order_by(_pings.c.hub, _pings.c.topic)).mappings()
    return [Ping(**row) for row in rows]


def drop_other_hubs(conn: Connection, hubs: Sequence[str]) -> int:
    """Forget the hubs that config.toml no longer has."""
    return conn.execute(delete(_pings).where(_pings.c.hub.not_in(hubs))).rowcount


def not_announced(conn: Connection) -> dict[str, str]:
    """path -> digest of the documents to subscribe to that are live and were never announced as they are."""
    followed = select(schema.feed_versions.c.path).distinct().subquery()
    files = schema.files.c
    wanted = (
        select(files.path, files.digest)
        .join(followed, followed.c.path == files.path)
        .outerjoin(_announced, _announced.c.path == files.path)
        .where(files.digest != "", or_(_announced.c.digest.is_(None), _announced.c.digest != files.digest))
    )
    return {row.path: row.digest for row in conn.execute(wanted)}


def announce(conn: Connection, digests: Mapping[str, str], *, now: datetime) -> None:
    """Remember that these are announced as they are now."""
    rows = [{"path": path, "digest": digest, "at": now} for path, digest in digests.items()]
    upsert_all(conn, _announced, rows, keep=())


def last_announced(conn: Connection, path: str) -> datetime | None:
    """When a feed had changed last."""
    return conn.execute(select(_announced.c.at).where(_announced.c.path == path)).scalar_one_or_none()


def forget_missing(conn: Connection) -> int:
    """Feeds that are published no more are not announced either, should they come back."""
    there = select(schema.files.c.path)
    return conn.execute(delete(_announced).where(_announced.c.path.not_in(there))).rowcount
