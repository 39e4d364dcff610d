"""RSS 2.0: a channel as bytes, through feedgen and our extension.

`description` is the summary and stands before `content:encoded`, the full text; authors
are `dc:creator`, since RSS's own `author` must be a mail address; the id is the guid, no
permalink. Text in, bytes out: no policy.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from publisher.feed.atom import GENERATOR, category_of
from publisher.feed.channel import Channel
from publisher.feed.entry import Entry
from publisher.feed.extension import (
    DC,
    MEDIA,
    NAME,
    THREAD,
    ChannelExtension,
    EntryExtension,
    archive_namespace,
)
from publisher.feed.references import plain_references
from publisher.feed.splice import Written, spliced

_NAMESPACES = {"dc": DC, "media": MEDIA, "thr": THREAD}
MEDIA_TYPE = "application/rss+xml"


class _Unwritten(datetime):
    """A time that feedgen takes for none.

    It writes lastBuildDate where there is one, from the clock if need be, and switches the
    process's locale to do so. Given this, it writes nothing, and our extension does.
    """

    def __bool__(self) -> bool:
        return False


def rss_bytes(channel: Channel, written: Written | None = None) -> bytes:
    """The document, UTF-8; the same channel gives the same bytes.

    `written` holds entries of other documents in this format, and is given those of this one.
    """
    return _document(channel) if written is None else spliced(channel, _document, written)


def _document(channel: Channel) -> bytes:
    feed = FeedGenerator()
    feed.register_extension(NAME, ChannelExtension, EntryExtension)
    feed.ours.channel, feed.ours.namespaces = channel, _NAMESPACES | archive_namespace(channel)
    feed.title(channel.title)
    feed.description(channel.subtitle or channel.title)  # RSS 2.0 wants one
    feed.language(channel.language)
    feed.generator(GENERATOR)
    feed.updated(_Unwritten(1970, 1, 1, tzinfo=UTC))
    feed.link(href=channel.archive.here.rss if channel.archive else channel.rss_url, rel="self", type=MEDIA_TYPE)
    feed.link(href=channel.html_url, rel="alternate")  # feedgen takes the last link for the channel's own
    if channel.rights:
        feed.rights(channel.rights)
    if channel.logo or channel.icon:
        feed.image(url=channel.logo or channel.icon, title=channel.title, link=channel.html_url)
    if channel.cloud:
        cloud = channel.cloud
        feed.cloud(cloud.domain, str(cloud.port), cloud.path, registerProcedure="", protocol="http-post")
    for entry in channel.entries:
        _add_item(feed, channel, entry)
    return plain_references(feed.rss_str(pretty=True))


def _add_item(feed: Any, channel: Channel, entry: Entry) -> None:
    item = feed.add_entry(FeedEntry(), order="append")
    item.ours.channel, item.ours.entry = channel, entry
    item.id(entry.id)  # a guid that is no permalink
    item.title(entry.title)
    item.link(href=entry.link, rel="alternate")
    item.content(entry.content)
    # After content(), for description() would else count as the content. RSS descriptions
    # are HTML, and the summary is text: its own `<` must come out as `<`.
    item.summary(escape(entry.excerpt or entry.title, quote=False))
    item.category([category_of(category) for category in entry.categories])
    if entry.origin and entry.origin.rss_url:
        item.source(url=entry.origin.rss_url, title=entry.origin.title)
