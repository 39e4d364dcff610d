"""Storing what was seen of a source, in the caller's transaction.

What is known is looked up there, too, so two collectors at once cannot store a post twice.
Whether what is seen comes from a visit or was sent by a hub does not matter here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from publisher.collect.identify import Context, Sight, alias_of, decide_all
from publisher.model.intake import Known, Take
from publisher.store import authors, edits, posts


def known_of(conn: Connection, source: str, sights: Sequence[Sight]) -> dict[str, Known]:
    """What is stored of these posts, also of those that went by another host or scheme until now."""
    known = posts.find_known(conn, source, [sight.guid for sight in sights])
    here = {one.seq for one in known.values()}
    aliases = {sight.guid: alias_of(sight.guid) for sight in sights if sight.guid not in known}
    moved = {guid: one for guid, one in posts.find_moved(conn, source, aliases).items() if one.seq not in here}
    posts.rename(conn, {one.seq: guid for guid, one in moved.items()})
    return known | moved


def store_sights(
    conn: Connection,
    sights: Sequence[Sight],
    known: Mapping[str, Known],
    *,
    context: Context,
    first_fetch: bool,
    now: datetime,
) -> list[Take]:
    """Store the new posts and the new revisions among them; what these are."""
    wanted = [slug for sight in sights if sight.guid not in known for slug in sight.slugs]
    takes = decide_all(
        sights,
        known,
        context=context,
        slugs_taken=frozenset(posts.slugs_taken(conn, context.column, wanted)),
        first_fetch=first_fetch,
        now=now,
    )
    # The newest post comes last here, and its word about an author is the one that stays.
    authors.learn(conn, (author for sight in reversed(sights) for author in sight.post.authors))
    posts.save(conn, takes)
    edits.see(conn, _seen_by_hand(sights, known, takes))
    return takes


def _seen_by_hand(sights: Sequence[Sight], known: Mapping[str, Known], takes: Sequence[Take]) -> dict[int, str]:
    """The hashes of posts of which the source says something else, and only what a hand wrote over."""
    taken = {take.guid for take in takes}
    touched = ((known[one.guid], one) for one in sights if one.guid in known and one.guid not in taken)
    return {
        post.seq: one.content_hash for post, one in touched if post.stands and post.content_hash != one.content_hash
    }
