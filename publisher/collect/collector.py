"""Collecting from one source: it is read, decided about, and stored; which are visited is for `rounds`.

Reading happens outside of any transaction; then one transaction looks up what is known,
decides and stores, so two collectors at once cannot store a post twice. Pictures are
written before it: a post never refers to one that is not there. A source that fails is
noted and told, and never stops another. When it is visited next is decided by `visit`, and
kept in the same transaction as what it brought: a validator never outlives its posts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from publisher.collect.capturesource import read_captures
from publisher.collect.desk import APIS, Collected, Desk, Source
from publisher.collect.feedsource import read_feed_at, read_feed_file
from publisher.collect.foldermemory import Recall, terms_of
from publisher.collect.foldersource import read_folder
from publisher.collect.found import Found
from publisher.collect.fullvisit import see, take_overdue
from publisher.collect.ghostsource import read_ghost
from publisher.collect.identify import Context, Sight, guid_of, sights_of
from publisher.collect.pagesource import PageVisit, read_pages
from publisher.collect.pictures import keep_media
from publisher.collect.secondlook import WINDOW
from publisher.collect.settling import Seen, address_mark, state_of, store_found, walks_mark
from publisher.collect.visit import (
    Answer,
    Moment,
    address_of,
    after_failure,
    validators_of,
)
from publisher.collect.wordpresssource import read_wordpress
from publisher.errors import Refused, SourceError, Unwritable
from publisher.model.post import Post
from publisher.model.source import SourceState
from publisher.store import marks, posts, settings, sources
from publisher.store.database import Store
from publisher.store.recent import published_since

MOST_RECENT = 100  # posts of a page that may be looked at again

__all__ = ["Collected", "Desk", "Source", "collect_source"]


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
        state = state_of(conn, source)
        memory = _memory(conn, source, anew=anew)
    moment = Moment(now=now, jitter=jitter, every=source.every, letter=letter)
    try:
        if source.kind == "page":
            found = read_pages(_page_visit(store, source, desk, state, memory=memory, now=now))
        else:
            since = _since(store, source)
            found = read_source(source, desk, since=since, memory=memory, state=state, now=now)
            _check_discovery(store, source, found)
        keep_media(source.name, found.media, desk.media)
    except (SourceError, Unwritable) as wrong:
        # The rest that a server asks for begins when it asks.
        return _failed(store, source, desk, replace(moment, now=now + passed()), wrong)
    if source.kind == "feed" and source.url:
        seen = see(store, source, desk, found, state=state, now=now)
    else:
        seen = Seen(found=found, sights=_sights(found, source.context))
    with desk.storing:
        takes, after = store_found(store, source, seen, moment=moment)
    new = sum(take.is_new for take in takes)
    return _report(
        source,
        new=new,
        revised=len(takes) - new,
        unchanged=len(seen.sights) - len(takes) + found.unchanged,
        not_modified=found.is_unchanged and not takes,
        problems=(
            *found.problems,
            *seen.found.asides,
            *_moves(source, state, after, discovered=bool(found.answer and found.answer.found_at)),
        ),
    )


def _memory(conn: Connection, source: Source, *, anew: bool) -> str:
    """What the last visit left for this one."""
    if source.kind in APIS or source.kind == "page":
        return marks.get(conn, walks_mark(source.name))
    return sources.recall(conn, source.name) if source.kind == "folder" and not anew else ""


def _sights(found: Found, context: Context) -> list[Sight]:
    sights = sights_of(found.posts, context)
    here = {one.guid for one in sights}
    older = (one for one in sights_of(found.catalogue, context) if one.guid not in here)
    return [*sights, *(replace(one, archive=context.backlog != "all") for one in older)]


def _report(source: Source, **what: Any) -> Collected:
    return Collected(source=source.name, column=source.context.column, **what)


def _failed(store: Store, source: Source, desk: Desk, moment: Moment, wrong: SourceError | Unwritable) -> Collected:
    answer = Answer(status=wrong.status, headers=wrong.headers) if isinstance(wrong, Refused) else None
    with desk.storing, store.write() as conn:
        after = after_failure(state_of(conn, source), answer, moment, problem=str(wrong))
        sources.put(conn, after)
        taken = take_overdue(conn, source.name, source.context, now=moment.now) if source.kind == "feed" else 0
    return _report(source, new=taken, problems=(str(wrong),), failed=True, rests=after.wait_until)


def _check_discovery(store: Store, source: Source, found: Found) -> None:
    """A feed that turns into a page names, perhaps, the feed of something else. Raises SourceError where it does."""
    found_at = found.answer.found_at if found.answer else ""
    if not found_at:
        return
    with store.read() as conn:
        was_feed = settings.find_decided(conn, address_mark(source)) is not None
        if not was_feed or posts.find_known(conn, source.name, [guid_of(post) for post in found.posts]):
            return
    problem = f"it was a feed and is a page now; if the feed it names, {found_at}, is the same one, set `url` to it"
    raise SourceError(source=source.name, place=source.url, problem=problem)


def _moves(source: Source, before: SourceState, after: SourceState, *, discovered: bool) -> tuple[str, ...]:
    """What is to be told of a new address, once."""
    if address_of(after) == address_of(before):
        return ()
    why = "it is a page, and its feed is" if discovered else "it has moved for good to"
    where = f"{why} {address_of(after)}, which is visited from now on; set `url` to it"
    return (str(SourceError(source=source.name, place=source.url, problem=where)),)


def _since(store: Store, source: Source) -> datetime | None:
    """The last visit, if what this address had was taken then; the whole of another is news to us."""
    if source.kind not in APIS:
        return None
    with store.read() as conn:
        taken = settings.find_decided(conn, address_mark(source))
        return sources.get_state(conn, source.name).last_success if taken else None


def read_source(
    source: Source, desk: Desk, *, state: SourceState, now: datetime, since: datetime | None = None, memory: str = ""
) -> Found:
    """What the source holds now; of an API, what is new or changed `since`. Raises SourceError.

    Of a folder, what is not as in `memory`.
    """
    context, limits = source.context, desk.limits
    if source.kind == "wordpress":
        return read_wordpress(source.name, source.url, limits, now=now, since=since, walks=memory, stop=desk.stop)
    if source.kind == "ghost":
        return read_ghost(
            source.name, source.url, limits, key=source.key, now=now, since=since, walks=memory, stop=desk.stop
        )
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


def _page_visit(
    store: Store, source: Source, desk: Desk, state: SourceState, *, memory: str, now: datetime
) -> PageVisit:
    def known(urls: Sequence[str]) -> Collection[str]:
        with store.read() as conn:
            return posts.find_known(conn, source.name, urls)

    def recent() -> Mapping[str, Post]:
        column = source.context.column
        with store.read() as conn:
            return published_since(conn, source.name, column=column, since=now - WINDOW, most=MOST_RECENT)

    return PageVisit(
        source=source.name,
        url=address_of(state),
        limits=desk.limits,
        zone=desk.zone,
        known=known,
        selectors=source.selectors,
        parse=desk.parse,
        read_article=desk.read_article,
        read_listing=desk.read_listing,
        stop=desk.stop,
        validators=validators_of(state, now=now),
        last_problem=state.problem,
        last_visit=state.last_success,
        now=now,
        recent=recent,
        memory=memory,
        first_visit=state.first_fetched,
    )
