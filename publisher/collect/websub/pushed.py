"""Taking what hubs sent: each document once more like a visit's, but for what it cannot prove.

A signed document is old news to whoever recorded it and sends it again. So a post that we
know is changed by a push only where the push itself says that it is the later word; else
the source is visited soon. What is new is taken at once. A pushed document may hold a part
of the feed only (WebSub §7), so it says nothing about the pace of the feed, nor about hubs.

A push is forgotten in the transaction that stores its posts. Killed before, it is taken
again after the next start; killed after, it is gone; so nothing is doubled or lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.collect.desk import Desk, Source
from publisher.collect.identify import Sight, sights_of
from publisher.collect.settling import is_first, state_of
from publisher.collect.storing import known_of, store_sights
from publisher.collect.visit import address_of
from publisher.collect.websub.keeping import wake
from publisher.model.intake import Known, Take
from publisher.model.lease import Push
from publisher.store import hubleases, pushes
from publisher.store.database import Store

MOST_ATTEMPTS = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the pushes of a pass came to."""

    new: int = 0
    revised: int = 0

    def __bool__(self) -> bool:
        return bool(self.new or self.revised)


def take_pushes(
    store: Store,
    sources: Mapping[str, Source],
    desk: Desk,
    *,
    clock: Callable[[], datetime],
    stop: Callable[[], bool],
) -> Told:
    """Take all that came, the oldest first; `sources` by name, as config.toml has them."""
    told, seen = Told(), 0
    while not stop():
        with store.read() as conn:
            push = pushes.first_after(conn, seen)
        if push is None:
            break
        seen = push.id
        takes = _take(store, sources.get(push.source), desk, push, now=clock())
        new = sum(take.is_new for take in takes)
        told = Told(new=told.new + new, revised=told.revised + len(takes) - new)
    return told


def _take(store: Store, source: Source | None, desk: Desk, push: Push, *, now: datetime) -> list[Take]:
    if source is None or not is_taken_whole(source) or push.attempts >= MOST_ATTEMPTS:
        with store.write() as conn:
            pushes.drop(conn, push.id)
            wake(conn, push.source, now=now)
        return []
    with store.write() as conn:
        pushes.try_again(conn, push.id)
        url = address_of(state_of(conn, source))
    try:
        found = desk.parse(push.content, url=url, content_type=push.content_type)
    except ValueError as wrong:
        log.warning("source %r: what its hub sent cannot be read: %s", source.name, wrong)
        with store.write() as conn:
            pushes.drop(conn, push.id)
            wake(conn, source.name, now=now)
        return []
    sights = sights_of(found.posts, source.context)
    with desk.storing, store.write() as conn:
        takes = _store(conn, source, sights, now=now)
        pushes.drop(conn, push.id)
        _prove(conn, push, now=now)
    return takes


def is_taken_whole(source: Source) -> bool:
    """Whether a push of this source holds all that a visit would: not where its articles are fetched from pages."""
    return source.kind == "feed" and bool(source.url) and source.text != "page"


def _store(conn: Connection, source: Source, sights: list[Sight], *, now: datetime) -> list[Take]:
    """Store what is new, and what is said to be the later word; have the source visited for the rest."""
    known = known_of(conn, source.name, sights)
    state = state_of(conn, source)
    if is_first(conn, source, state, knows_some=bool(known)):
        wake(conn, source.name, now=now)  # what is back catalogue and what is news, the first visit tells
        return []
    sure = [sight for sight in sights if is_sure(sight, known.get(sight.guid), now=now)]
    if any(
        sight.guid in known and sight.content_hash != known[sight.guid].content_hash
        for sight in sights
        if sight not in sure
    ):
        wake(conn, source.name, now=now)
    return store_sights(conn, sure, known, context=source.context, first_fetch=False, now=now)


def is_sure(sight: Sight, known: Known | None, *, now: datetime) -> bool:
    """Whether a push may be believed about a post: it is new to us, or said to be later than what we have."""
    return known is None or (sight.post.updated is not None and known.updated < sight.post.updated <= now)


def _prove(conn: Connection, push: Push, *, now: datetime) -> None:
    """Note that the hub tells us of news."""
    lease = hubleases.find(conn, push.token)
    if lease:
        hubleases.put(conn, [replace(lease, pushed=now)])
