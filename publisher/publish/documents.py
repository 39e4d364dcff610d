"""The documents of one feed: the one to subscribe to, and its archive (RFC 5005 §4).

The document to subscribe to holds the newest posts, all that is not filed yet, and what
was revised last, wherever that is filed: so whoever reads it at least as often as the
site is published misses nothing, and whoever walks the chain besides has every post.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from publisher.feed.atom import atom_bytes
from publisher.feed.channel import Channel, FeedFacts, channel_of
from publisher.feed.jsonfeed import json_bytes
from publisher.feed.rss import rss_bytes
from publisher.feed.site import Format, Site, document_path
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.feedname import FeedKind, FeedName
from publisher.publish.library import Library
from publisher.store import authors, feeds

REVISED = 20  # posts that were revised or withdrawn last, in the document to subscribe to


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as it is published now."""

    name: FeedName
    facts: FeedFacts
    author: Author | None = None  # whose it is
    ended: bool = False  # its pages stay, its documents are published no more


def find_feed(conn: Connection, name: FeedName, *, columns: Mapping[str, Column], site: Site) -> Feed | None:
    """None where it is not published: its column is gone, or no post stands in it any more."""
    if name.kind is FeedKind.COLUMN and name.key not in columns:
        return None
    ours = name.kind is FeedKind.AUTHOR and any(name.key in column.authors for column in columns.values())
    if name.kind in (FeedKind.AUTHOR, FeedKind.TAG) and not ours and not feeds.newest(conn, name, most=1):
        return None
    stored = feeds.get(conn, name)
    column = columns.get(name.key) if name.kind is FeedKind.COLUMN else None
    people = authors.find(conn, column.authors if column else [name.key] if name.kind is FeedKind.AUTHOR else [])
    author = people.get(name.key) if name.kind is FeedKind.AUTHOR else None
    title = {
        FeedKind.ALL: site.name,
        FeedKind.COLUMN: column.name if column else "",
        FeedKind.AUTHOR: author.name if author else name.key,
        FeedKind.TAG: stored.title,
    }[name.kind]
    facts = FeedFacts(
        feed_id=stored.feed_id,
        folder=name.folder,
        title=title or name.key,
        subtitle=column.tagline if column else author.blurb if author else "",
        language=column.language if column else site.language,
        created=stored.created,
        authors=tuple(people[key] for key in (column.authors if column else people) if key in people),
    )
    ended = column is not None and column.ended
    return Feed(name=name, facts=facts, author=author, ended=ended)


def subscription(
    conn: Connection, feed: Feed, library: Library, *, site: Site, most: int
) -> tuple[Channel, Iterator[tuple[str, bytes]]]:
    """The document to subscribe to: what it says, and (path, bytes) in each format."""
    waiting = [post for post, _ in feeds.waiting(conn, feed.name)]
    revised = feeds.revised(conn, feed.name, most=REVISED)
    shown = dict.fromkeys([*feeds.newest(conn, feed.name, most=most), *waiting, *revised])
    channel = channel_of(
        feed.facts,
        library.entries(list(shown)),
        site=site,
        older=feeds.youngest_page(conn, feed.name),
        tombstones=library.tombstones(list(dict.fromkeys([*waiting, *revised]))),
    )
    return channel, written(channel, feed.facts.folder, library)


def archives(
    conn: Connection, feed: Feed, library: Library, *, site: Site, wanted: Sequence[str] | None
) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of archive documents: of these, or (None) of the whole chain.

    One that is new is named by the one before it, which is written anew.
    """
    pages = {page.number: page for page in feeds.pages_of(conn, feed.name, near=wanted)}
    for number, page in pages.items():
        older, newer = pages.get(number - 1), pages.get(number + 1)
        is_new = not page.written or (newer and not newer.written)
        if wanted is None or page.name in wanted or is_new:
            posts = feeds.of_page(conn, feed.name, page.name)
            channel = channel_of(
                feed.facts,
                library.entries(posts),
                site=site,
                page=page.name,
                older=older.name if older else "",
                newer=newer.name if newer else "",
                tombstones=library.tombstones(posts),
            )
            yield from written(channel, feed.facts.folder, library, page.name)


def written(channel: Channel, folder: str, library: Library, page: str = "") -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of a document in each format; JSON Feed has no archives."""
    yield document_path(folder, Format.ATOM, page), atom_bytes(channel, library.written[Format.ATOM])
    yield document_path(folder, Format.RSS, page), rss_bytes(channel, library.written[Format.RSS])
    if not page:
        yield document_path(folder, Format.JSON), json_bytes(channel)
