"""Settling a visit: what it found, and what is decided about the next one, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from publisher.collect.desk import APIS, Source
from publisher.collect.found import Found
from publisher.collect.identify import Sight
from publisher.collect.storing import known_of, store_sights
from publisher.collect.visit import Answer, Moment, Reading, after_local, after_reading, after_unchanged, at_address
from publisher.collect.websub.keeping import keep_hub
from publisher.model.intake import Take
from publisher.model.source import SourceState
from publisher.store import columns, marks, settings, sources
from publisher.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a visit found, made ready to be stored."""

    found: Found
    sights: Sequence[Sight]
    waiting: str | None = None  # what waits for its article from now on (`waiting.py`); None: as before


def store_found(store: Store, source: Source, seen: Seen, *, moment: Moment) -> tuple[list[Take], SourceState]:
    """What was new or changed, and the source's state after it."""
    found, sights = seen.found, seen.sights
    context, now = source.context, moment.now
    with store.write() as conn:
        state = state_of(conn, source)
        known = known_of(conn, source.name, sights)
        first = bool(sights) and is_first(conn, source, state, knows_some=bool(known))
        takes = store_sights(conn, sights, known, context=context, first_fetch=first, now=now)
        columns.tell(conn, context.column, name=found.column_name, tagline=found.column_tagline)
        same_feed = bool(known) or state.first_fetched is None
        if source.kind == "feed" and source.url:
            missed = not found.is_unchanged and any(take.is_new for take in takes)
            moment = replace(moment, pushed=keep_hub(conn, source.name, found, missed=missed, now=now))
        after = _after(state, source, found, same_feed=same_feed, moment=moment)
        sources.put(conn, after)
        if seen.waiting is not None:
            marks.put(conn, {waiting_mark(source.name): seen.waiting})
        if found.walks is not None:
            marks.put(conn, {walks_mark(source.name): found.walks})
        if found.memory is not None:
            sources.remember(conn, source.name, found.memory)
        if source.url and not found.is_unchanged:
            settings.decide_once(conn, address_mark(source), now.isoformat())
    return takes, after


def _after(state: SourceState, source: Source, found: Found, *, same_feed: bool, moment: Moment) -> SourceState:
    problem, aside = ("\n".join(told[:20]) for told in (found.problems, found.asides))
    if not source.url:
        return after_local(state, now=moment.now, problem=problem)
    if found.is_unchanged and found.answer:
        return after_unchanged(state, found.answer, moment, aside=aside, again=found.again)
    # Where several answers were asked for, their dates tell what changed and not how often.
    # A page tells of new articles alone.
    some = found.answer and source.kind != "page"
    dates = [post.published or post.updated for post in found.posts] if some else [None]
    reading = Reading(
        dates=dates,
        asked=found.asked,
        skip_hours=found.skip_hours,
        skip_days=found.skip_days,
        same_feed=same_feed,
        problem=problem,
        aside=aside,
        again=found.again,
    )
    return after_reading(state, found.answer or Answer(), reading, moment)


def waiting_mark(source: str) -> str:
    """Under which the posts of a source are kept that wait for their articles."""
    return f"waiting: {source}"


def walks_mark(source: str) -> str:
    """Under which is kept what of an API's pages is still to be read, and which links of a page are not."""
    return f"walks: {source}"


def state_of(conn: Connection, source: Source) -> SourceState:
    return at_address(sources.get_state(conn, source.name), source.url)


def is_first(conn: Connection, source: Source, state: SourceState, *, knows_some: bool) -> bool:
    """Whether what is found is a back catalogue and no news.

    It is at the first visit, and at the first one to another address: unless a feed there
    holds posts that we know, so that it is the same one.
    """
    if state.first_fetched is None:
        return True
    if not source.url or settings.find_decided(conn, address_mark(source)) is not None:
        return False
    return source.kind in APIS or not knows_some


def address_mark(source: Source) -> str:
    return f"first taken: {source.name} {source.url}"
