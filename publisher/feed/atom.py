"""Atom 1.0 (RFC 4287): a channel as bytes, through feedgen and our extension.

Content is `type="html"` throughout: xhtml content is live XML in a browser and is read
worse. Titles and summaries are plain text, escaped once. Text in, bytes out: no policy.
"""

from __future__ import annotations

from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from publisher.feed.channel import Channel
from publisher.feed.entry import Category, Entry
from publisher.feed.extension import (
    MEDIA,
    NAME,
    SCHEMA,
    THREAD,
    TOMBSTONE,
    ChannelExtension,
    EntryExtension,
    archive_namespace,
)
from publisher.feed.references import plain_references
from publisher.feed.splice import Written, spliced
from publisher.model.author import Author

_NAMESPACES = {"schema": SCHEMA, "media": MEDIA, "thr": THREAD}
MEDIA_TYPE = "application/atom+xml"
GENERATOR = "Publisher"  # no version: a new release must not change the bytes of every feed


def atom_bytes(channel: Channel, written: Written | None = None) -> bytes:
    """The document, UTF-8; the same channel gives the same bytes.

    `written` holds entries of other documents in this format, and is given those of this one.
    """
    return _document(channel) if written is None else spliced(channel, _document, written)


def _document(channel: Channel) -> bytes:
    feed = FeedGenerator()
    feed.register_extension(NAME, ChannelExtension, EntryExtension)
    graves = {"at": TOMBSTONE} if channel.tombstones else {}
    feed.ours.channel, feed.ours.namespaces = channel, _NAMESPACES | archive_namespace(channel) | graves
    feed.id(channel.feed_id)
    feed.title(channel.title)
    feed.updated(channel.updated)  # RFC 4287 §4.2.15; feedgen's default is the clock
    feed.language(channel.language)
    feed.generator(GENERATOR)
    feed.link(href=channel.archive.here.atom if channel.archive else channel.atom_url, rel="self", type=MEDIA_TYPE)
    feed.link(href=channel.html_url, rel="alternate", type="text/html")
    if channel.subtitle:
        feed.subtitle(channel.subtitle)
    if channel.authors:
        feed.author([_person(author) for author in channel.authors])
    if channel.rights:
        feed.rights(channel.rights)
    if channel.icon:
        feed.icon(channel.icon)
    if channel.logo:
        feed.logo(channel.logo)
    for entry in channel.entries:
        _add_entry(feed, channel, entry)
    return plain_references(feed.atom_str(pretty=True))


def _add_entry(feed: Any, channel: Channel, entry: Entry) -> None:
    written = feed.add_entry(FeedEntry(), order="append")
    written.ours.channel, written.ours.entry = channel, entry
    written.id(entry.id)
    written.title(entry.title)
    written.link(href=entry.link, rel="alternate")
    written.published(entry.published)
    written.updated(entry.updated)
    written.author([_person(author) for author in entry.authors])
    written.category([category_of(category) for category in entry.categories])
    if entry.summary:
        written.summary(entry.summary)
    written.content(entry.content, type="html")


def category_of(category: Category) -> dict[str, str]:
    """RFC 4287 §4.2.2; feedgen makes RSS's category of the same: the label, and the scheme as its domain."""
    return {"term": category.term, "scheme": category.scheme, "label": category.label}


def _person(author: Author) -> dict[str, str]:
    """RFC 4287 §3.2."""
    facts = {"name": author.name, "email": author.email, "uri": author.url}
    return {name: fact for name, fact in facts.items() if fact}
