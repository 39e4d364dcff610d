"""Which posts of a feed are completed by their pages, and what waits from one visit to the next.

`fulltext` says what is done with a post; here is looked up what is known of it. A source
that is told to leave its pages alone (`text = "feed"` again) takes what waits as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.collect.articles import Articles
from publisher.collect.desk import Desk, Source
from publisher.collect.found import Found
from publisher.collect.fulltext import PATIENCE, Wanted, as_found, complete
from publisher.collect.identify import Context, Sight, alias_of, guid_of, news_of, sights_of
from publisher.collect.settling import Seen, is_first, waiting_mark
from publisher.collect.storing import known_of, store_sights
from publisher.collect.waiting import read, written
from publisher.model.intake import Known
from publisher.model.source import SourceState
from publisher.store import marks, posts
from publisher.store.database import Store


def see(store: Store, source: Source, desk: Desk, found: Found, *, state: SourceState, now: datetime) -> Seen:
    """What a feed told and what waits, completed as far as the source asks for it and a visit may."""
    with store.read() as conn:
        kept = marks.get(conn, waiting_mark(source.name))
        if not kept and source.text != "page":
            return Seen(found=found, sights=sights_of(found.posts, source.context))
        waiting = {one.guid: one for one in read(kept)}
        here = {guid_of(post) for post in found.posts}
        told = [*found.posts, *(one.told for one in waiting.values() if one.guid not in here)]
        sights = sights_of(told, source.context)
        known = _known(conn, source.name, sights)
        news = {one.guid for one in sights}
        if is_first(conn, source, state, knows_some=bool(known)):
            news = news_of(sights, source.context.backlog, now)
        # Whether one is of the back catalogue is decided when it is first seen, and stays so while it waits.
        archive = {one.guid for one in sights if one.guid not in news and one.guid not in waiting}
        archive |= {one.guid for one in waiting.values() if one.archive}
        sights = [replace(one, archive=one.guid in archive) for one in sights]
        if source.text != "page":
            return Seen(found=found, sights=sights, waiting="")
        changed = [one for one in sights if _is_wanted(one, known.get(one.guid))]
        stored = posts.with_seqs(conn, [known[one.guid].seq for one in changed if one.guid in known])
    by_guid = {guid_of(post): post for post in reversed(told)}
    wanted = [
        Wanted(
            sight=one,
            told=by_guid[one.guid],
            since=waiting[one.guid].since if one.guid in waiting else now,
            tries=waiting[one.guid].tries if one.guid in waiting else 0,
            stands=as_found(stored[known[one.guid].seq]) if one.guid in known else None,
        )
        for one in changed
    ]
    articles = Articles(
        source=source.name,
        limits=desk.limits,
        zone=desk.zone,
        selectors=source.selectors,
        read=desk.read_article,
        stop=desk.stop,
    )
    done = complete(wanted, articles, source.context, now=now)
    asked = {one.sight.guid for one in wanted}
    return Seen(
        found=replace(found, asides=(*found.asides, *done.problems), again=done.again),
        sights=[*(sight for sight in sights if sight.guid not in asked), *done.sights],
        waiting=after if (after := written(done.waiting)) != kept else None,
    )


def take_overdue(conn: Connection, source: str, context: Context, *, now: datetime) -> int:
    """Take what has waited for too long as its feed had it, though the feed cannot be had; how many these are."""
    waiting = read(marks.get(conn, waiting_mark(source)))
    overdue = [one for one in waiting if now - one.since >= PATIENCE]
    if not overdue:
        return 0
    archive = {one.guid for one in overdue if one.archive}
    sights = [replace(one, archive=one.guid in archive) for one in sights_of([one.told for one in overdue], context)]
    known = known_of(conn, source, sights)
    fresh = [one for one in sights if one.guid not in known]  # a stored one keeps the text it has
    takes = store_sights(conn, fresh, known, context=context, first_fetch=False, now=now)
    marks.put(conn, {waiting_mark(source): written([one for one in waiting if one not in overdue])})
    return len(takes)


def _known(conn: Connection, source: str, sights: Sequence[Sight]) -> dict[str, Known]:
    known = posts.find_known(conn, source, [one.guid for one in sights])
    aliases = {one.guid: alias_of(one.guid) for one in sights if one.guid not in known}
    return known | posts.find_moved(conn, source, aliases)


def _is_wanted(sight: Sight, known: Known | None) -> bool:
    """Whether its page is to be read: it is new, or its feed says something else; but no hand wrote its text."""
    return known is None or (known.content_hash != sight.content_hash and "body" not in known.edited)
