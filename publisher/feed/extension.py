"""Our feedgen extension: what feedgen 1.0 leaves out or gets wrong, put right in one place.

feedgen hands over the element it has made, and we add to it:

- entry links lose every attribute but href: feedgen gets the alternate link alone, related
  stories, enclosures and what an entry follows are told from here;
- no language per entry, no stylesheet, `atom:source` without id and time, one link of an
  RSS channel, one enclosure without a length: added here;
- its RFC 822 dates switch the locale of the whole process: RSS dates are written here.

An author's blurb stands in `atom:author` as `schema:description` (schema.org, of a Person)
and a correction in the entry as `schema:correction` (of a CreativeWork): Atom may hold other
vocabularies' elements there (RFC 4287 §3.2, §6.4), and of those known to feed validators
this one says it and no reader takes it for something else (`dc:description` becomes the
summary of the entry in feedparser, measured). Both stand in the content, too.

feedgen makes Atom's elements without a namespace and `xmlns` as a plain attribute, so
what is added to Atom here is made the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from lxml import etree

from publisher.feed.channel import Channel, Pair, Tombstone
from publisher.feed.entry import Entry, Origin
from publisher.feed.mediatype import known_type, medium_of
from publisher.model.author import Author
from publisher.model.media import Enclosure

NAME = "ours"  # the attribute under which feedgen keeps the extension
DC = "http://purl.org/dc/elements/1.1/"
SCHEMA = "https://schema.org/"
ATOM = "http://www.w3.org/2005/Atom"
MEDIA = "http://search.yahoo.com/mrss/"
THREAD = "http://purl.org/syndication/thread/1.0"  # RFC 4685 §2
HISTORY = "http://purl.org/syndication/history/1.0"  # RFC 5005 §1
TOMBSTONE = "http://purl.org/atompub/tombstones/1.0"  # RFC 6721 §2
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class ChannelExtension:
    """Adds to the feed; `channel` and `namespaces` are set before it is written."""

    channel: Channel
    namespaces: dict[str, str]  # prefix -> name

    def extend_ns(self) -> dict[str, str]:
        return self.namespaces

    def extend_atom(self, feed: Any) -> None:
        _add_stylesheet(feed, self.channel)
        _add_chain(feed, self.channel, lambda there: there.atom, name="link", media_type="application/atom+xml")
        _add_blurbs(feed, self.channel.authors)
        for stone in self.channel.tombstones:
            _add_tombstone(feed, stone)

    def extend_rss(self, rss: Any) -> None:
        _add_stylesheet(rss, self.channel)
        name = f"{{{ATOM}}}link"
        _add_chain(rss[0], self.channel, lambda there: there.rss, name=name, media_type="application/rss+xml")
        _add(rss[0], "lastBuildDate", rfc822(self.channel.updated))


class EntryExtension:
    """Adds to one entry; `entry` and its `channel` are set before it is written."""

    channel: Channel
    entry: Entry

    def extend_atom(self, element: Any) -> None:
        entry = self.entry
        if entry.language != self.channel.language:
            element.set(_LANG, entry.language)
        for file in entry.enclosures:
            _add(element, "link", rel="enclosure", href=file.url, type=file.type, **_known(file))
        for story in entry.related:
            _add(element, "link", rel="related", href=story.url, **({"title": story.title} if story.title else {}))
        _add_blurbs(element, entry.authors)
        if entry.correction:
            _add(element, f"{{{SCHEMA}}}correction", entry.correction)
        _add_follows(element, entry)
        _add_picture(element, entry)
        if entry.origin:
            _add_source(element, entry.origin, entry.updated)

    def extend_rss(self, item: Any) -> None:
        entry = self.entry
        for author in entry.authors:
            _add(item, f"{{{DC}}}creator", author.name)
        if entry.language != self.channel.language:
            _add(item, f"{{{DC}}}language", entry.language)
        _add(item, "pubDate", rfc822(entry.published))
        if entry.updated != entry.published:
            _add(item, f"{{{ATOM}}}updated", entry.updated.isoformat())
        _add_enclosures(item, entry.enclosures)
        _add_follows(item, entry)
        _add_picture(item, entry)


def archive_namespace(channel: Channel) -> dict[str, str]:
    return {"fh": HISTORY} if channel.archive else {}


def rfc822(moment: datetime) -> str:
    """A date as RSS wants it (RFC 822 §5 with a year of four digits), always in English."""
    return format_datetime(moment)


def _add_stylesheet(root: Any, channel: Channel) -> None:
    root.addprevious(etree.PI("xml-stylesheet", f'type="text/css" href="{channel.stylesheet}"'))


def _add_chain(parent: Any, channel: Channel, pick: Callable[[Pair], str], *, name: str, media_type: str) -> None:
    """Hubs (WebSub §4), and the documents before and after this one (RFC 5005 §4)."""
    for hub in channel.hubs:
        _add(parent, name, rel="hub", href=hub)
    chain: list[tuple[str, Pair | None]] = [("prev-archive", channel.older)]
    if channel.archive:
        _add(parent, f"{{{HISTORY}}}archive")
        current = Pair(atom=channel.atom_url, rss=channel.rss_url)
        chain = [("current", current), *chain, ("next-archive", channel.archive.newer)]
    for rel, there in chain:
        if there:
            _add(parent, name, rel=rel, href=pick(there), type=media_type)


def _add_blurbs(element: Any, authors: tuple[Author, ...]) -> None:
    for author, shown in zip(authors, element.findall("author"), strict=True):
        if author.blurb:
            _add(shown, f"{{{SCHEMA}}}description", author.blurb)


def _add_tombstone(feed: Any, stone: Tombstone) -> None:
    """RFC 6721 §3."""
    gone = _add(
        feed, f"{{{TOMBSTONE}}}deleted-entry", ref=stone.ref, when=stone.when.replace(microsecond=0).isoformat()
    )
    if stone.comment:
        _add(gone, f"{{{TOMBSTONE}}}comment", stone.comment)


def _add_source(element: Any, origin: Origin, updated: datetime) -> None:
    """RFC 4287 §4.2.11."""
    source = _add(element, "source")
    _add(source, "id", origin.feed_id)
    _add(source, "title", origin.title)
    _add(source, "updated", updated.isoformat())
    if origin.atom_url:
        _add(source, "link", rel="self", href=origin.atom_url)
    if origin.html_url:
        _add(source, "link", rel="alternate", href=origin.html_url, type="text/html")


def _add_follows(element: Any, entry: Entry) -> None:
    """RFC 4685 §3."""
    if entry.follows:
        facts = {"ref": entry.follows.id, "href": entry.follows.link, "type": "text/html"}
        _add(element, f"{{{THREAD}}}in-reply-to", **facts)


def _add_picture(element: Any, entry: Entry) -> None:
    """Media RSS 1.5: the picture itself with its description, and that it may stand for the entry."""
    if entry.image is None:
        return
    media_type = known_type(entry.image.url)
    facts = {"type": media_type} if media_type else {}
    content = _add(element, f"{{{MEDIA}}}content", url=entry.image.url, medium="image", **facts)
    if entry.image.alt:
        _add(content, f"{{{MEDIA}}}description", entry.image.alt, type="plain")
    _add(element, f"{{{MEDIA}}}thumbnail", url=entry.image.url)


def _add_enclosures(item: Any, files: tuple[Enclosure, ...]) -> None:
    """The first as RSS's own; readers differ about more of these, so the others are Media RSS's."""
    for file in files[:1]:
        _add(item, "enclosure", url=file.url, length=str(file.length_bytes), type=file.type)
    for file in files[1:]:
        facts = {"fileSize": str(file.length_bytes)} if file.length_bytes else {}
        if file.seconds:
            facts["duration"] = str(file.seconds)
        medium = medium_of(file.type)
        content = _add(item, f"{{{MEDIA}}}content", url=file.url, type=file.type, medium=medium, **facts)
        if file.title:
            _add(content, f"{{{MEDIA}}}title", file.title, type="plain")


def _known(file: Enclosure) -> dict[str, str]:
    facts = {"length": str(file.length_bytes) if file.length_bytes else "", "title": file.title}
    return {name: fact for name, fact in facts.items() if fact}


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    child = etree.SubElement(parent, name, attributes)
    child.text = text
    return child
