"""Collecting from one source: it is read, decided about, and stored; which are visited is for `rounds`.

Reading happens outside of any transaction; then one transaction looks up what is known,
decides and stores, so two collectors at once cannot store a post twice. Pictures are
written before it: a post never refers to one that is not there. A source that fails is
noted and told, and never stops another. When it is visited next is decided by `visit`, and
kept in the same transaction as what it brought: a validator never outlives its posts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from publisher.collect.capturesource import read_captures
from publisher.collect.feedsource import Parse, parse_feed, read_feed_at, read_feed_file
from publisher.collect.foldermemory import Recall, terms_of
from publisher.collect.foldersource import read_folder
from publisher.collect.found import Found
from publisher.collect.ghostsource import read_ghost
from publisher.collect.identify import Context, Sight, alias_of, decide_all, sights_of
from publisher.collect.page.selectors import Selectors
from publisher.collect.pagesource import PageVisit, read_pages
from publisher.collect.pictures import keep_media
from publisher.collect.visit import (
    Answer,
    Moment,
    Reading,
    address_of,
    after_failure,
    after_local,
    after_reading,
    after_unchanged,
    at_address,
    validators_of,
)
from publisher.collect.wordpresssource import read_wordpress
from publisher.errors import Refused, SourceError, Unwritable
from publisher.fetch.web import Limits
from publisher.model.intake import Known, Take
from publisher.model.source import SourceState
from publisher.store import authors, columns, posts, settings, sources
from publisher.store.database import Store

_APIS = frozenset({"wordpress", "ghost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as configured; exactly one of `url` and `path` is set."""

    kind: str  # `feed`, `page`, `wordpress`, `ghost`, `folder` or `capture`
    url: str = ""
    path: Path | None = None
    every: timedelta | None = None  # as config.toml says; None: as it has posts
    selectors: Selectors = field(default_factory=Selectors)  # of a page
    key: Callable[[], str] = field(default=str, repr=False)  # asked at each visit; may raise ConfigError
    context: Context

    @property
    def name(self) -> str:
        return self.context.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all sources share."""

    zone: ZoneInfo  # the newsroom's; dates without a zone are in it
    media: Path  # folder for pictures
    limits: Limits
    storing: threading.Lock = field(default_factory=threading.Lock)  # one source at a time: two would wait crosswise
    parse: Parse = parse_feed  # how a feed's bytes are read; `Fence.parse` does it where it may be killed


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a visit to one source came to."""

    source: str
    column: str
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    problems: tuple[str, ...] = ()  # each a sentence that names its place
    failed: bool = False  # nothing of it could be used
    not_modified: bool = False  # its server said that all is as at the last visit
    rests: datetime | None = None  # until when its server asked for rest just now
    resting: str = ""  # why it was not visited, in words; "" where it was


def collect_source(
    store: Store,
    source: Source,
    desk: Desk,
    *,
    now: datetime,
    passed: Callable[[], timedelta] = timedelta,  # since `now`; asked when the answer is there
    jitter: float = 0.0,
    letter: datetime | None = None,
    anew: bool = False,  # a folder: all its files, also those that nobody touched
) -> Collected:
    """Visit one source. Its failure is in what is returned; StorageError is raised."""
    with store.read() as conn:
        state = _state_of(conn, source)
        memory = sources.recall(conn, source.name) if source.kind == "folder" and not anew else ""
    moment = Moment(now=now, jitter=jitter, every=source.every, letter=letter)
    try:
        if source.kind == "page":
            found = read_pages(_page_visit(store, source, desk, state, now=now))
        else:
            since = _since(store, source)
            found = read_source(source, desk, since=since, memory=memory, state=state, now=now)
        keep_media(source.name, found.media, desk.media)
    except (SourceError, Unwritable) as wrong:
        # The rest that a server asks for begins when it asks.
        return _failed(store, source, desk, replace(moment, now=now + passed()), wrong)
    if found.is_unchanged and found.answer:
        with desk.storing, store.write() as conn:
            after = after_unchanged(_state_of(conn, source), found.answer, moment)
            sources.put(conn, after)
        return _report(source, not_modified=True, problems=_moves(source, state, after))
    sights = sights_of(found.posts, source.context)
    with desk.storing:
        takes, after = _store(store, source, found, sights, moment=moment)
    new = sum(take.is_new for take in takes)
    return _report(
        source,
        new=new,
        revised=len(takes) - new,
        unchanged=len(sights) - len(takes) + found.unchanged,
        problems=(*found.problems, *_moves(source, state, after)),
    )


def _state_of(conn: Connection, source: Source) -> SourceState:
    return at_address(sources.get_state(conn, source.name), source.url)


def _report(source: Source, **what: Any) -> Collected:
    return Collected(source=source.name, column=source.context.column, **what)


def _failed(store: Store, source: Source, desk: Desk, moment: Moment, wrong: SourceError | Unwritable) -> Collected:
    answer = Answer(status=wrong.status, headers=wrong.headers) if isinstance(wrong, Refused) else None
    with desk.storing, store.write() as conn:
        after = after_failure(_state_of(conn, source), answer, moment, problem=str(wrong))
        sources.put(conn, after)
    return _report(source, problems=(str(wrong),), failed=True, rests=after.wait_until)


def _moves(source: Source, before: SourceState, after: SourceState) -> tuple[str, ...]:
    """What is to be told of a new address, once."""
    if address_of(after) == address_of(before):
        return ()
    where = f"it has moved for good to {address_of(after)} and is visited there from now on; set `url` to it"
    return (str(SourceError(source=source.name, place=source.url, problem=where)),)


def _since(store: Store, source: Source) -> datetime | None:
    """The last visit, if what this address had was taken then; the whole of another is news to us."""
    if source.kind not in _APIS:
        return None
    with store.read() as conn:
        taken = settings.find_decided(conn, _address_mark(source))
        return sources.get_state(conn, source.name).last_success if taken else None


def _is_first(conn: Connection, source: Source, state: SourceState, *, knows_some: bool) -> bool:
    """Whether what is found is a back catalogue and no news.

    It is at the first visit, and at the first one to another address: unless a feed there
    holds posts that we know, so that it is the same one.
    """
    if state.first_fetched is None:
        return True
    if not source.url or settings.find_decided(conn, _address_mark(source)) is not None:
        return False
    return source.kind in _APIS or not knows_some


def _address_mark(source: Source) -> str:
    return f"first taken: {source.name} {source.url}"


def read_source(
    source: Source, desk: Desk, *, state: SourceState, now: datetime, since: datetime | None = None, memory: str = ""
) -> Found:
    """What the source holds now; of an API, what is new or changed `since`. Raises SourceError.

    Of a folder, what is not as in `memory`.
    """
    context, limits = source.context, desk.limits
    if source.kind == "wordpress":
        return read_wordpress(source.name, source.url, limits, since=since)
    if source.kind == "ghost":
        return read_ghost(source.name, source.url, limits, key=source.key, since=since)
    if source.kind == "feed" and source.url:
        validators = validators_of(state, now=now)
        return read_feed_at(source.name, address_of(state), limits, parse=desk.parse, validators=validators)
    if source.path is None:
        raise SourceError(source=source.name, place="config.toml", problem="it has no `path`; add one")
    if source.kind == "feed":
        return read_feed_file(
            source.name, source.path, max_bytes=limits.max_bytes, base_url=context.base_url, parse=desk.parse
        )
    if source.kind == "capture":
        return read_captures(source.name, source.path, zone=desk.zone, max_bytes=limits.max_bytes)
    terms = terms_of(source.path, context, str(desk.zone), limits.max_bytes)
    recall = Recall(text=memory, terms=terms, media=desk.media, now=now)
    zone, base_url = desk.zone, context.base_url
    return read_folder(
        source.name, source.path, zone=zone, base_url=base_url, max_bytes=limits.max_bytes, recall=recall
    )


def _page_visit(store: Store, source: Source, desk: Desk, state: SourceState, *, now: datetime) -> PageVisit:
    def known(urls: Sequence[str]) -> Collection[str]:
        with store.read() as conn:
            return posts.find_known(conn, source.name, urls)

    return PageVisit(
        source=source.name,
        url=address_of(state),
        limits=desk.limits,
        zone=desk.zone,
        known=known,
        selectors=source.selectors,
        parse=desk.parse,
        validators=validators_of(state, now=now),
        last_problem=state.problem,
    )


def _store(
    store: Store, source: Source, found: Found, sights: list[Sight], *, moment: Moment
) -> tuple[list[Take], SourceState]:
    context, now = source.context, moment.now
    with store.write() as conn:
        state = _state_of(conn, source)
        known = _known(conn, source, sights)
        wanted = [slug for sight in sights if sight.guid not in known for slug in sight.slugs]
        takes = decide_all(
            sights,
            known,
            context=context,
            slugs_taken=frozenset(posts.slugs_taken(conn, context.column, wanted)),
            first_fetch=_is_first(conn, source, state, knows_some=bool(known)),
            now=now,
        )
        # The newest post comes last here, and its word about an author is the one that stays.
        authors.learn(conn, (author for sight in reversed(sights) for author in sight.post.authors))
        posts.save(conn, takes)
        columns.tell(conn, context.column, name=found.column_name, tagline=found.column_tagline)
        same_feed = bool(known) or state.first_fetched is None
        after = _after(state, source, found, same_feed=same_feed, moment=moment)
        sources.put(conn, after)
        if found.memory is not None:
            sources.remember(conn, source.name, found.memory)
        if source.url:
            settings.decide_once(conn, _address_mark(source), now.isoformat())
    return takes, after


def _after(state: SourceState, source: Source, found: Found, *, same_feed: bool, moment: Moment) -> SourceState:
    problem = "\n".join(found.problems[:20])
    if not source.url:
        return after_local(state, now=moment.now, problem=problem)
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
    )
    return after_reading(state, found.answer or Answer(), reading, moment)


def _known(conn: Connection, source: Source, sights: list[Sight]) -> dict[str, Known]:
    """What is stored of these posts, also of those that went by another host or scheme until now."""
    known = posts.find_known(conn, source.name, [sight.guid for sight in sights])
    here = {one.seq for one in known.values()}
    aliases = {sight.guid: alias_of(sight.guid) for sight in sights if sight.guid not in known}
    moved = {guid: one for guid, one in posts.find_moved(conn, source.name, aliases).items() if one.seq not in here}
    posts.rename(conn, {one.seq: guid for guid, one in moved.items()})
    return known | moved
