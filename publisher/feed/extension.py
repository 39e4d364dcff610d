"""Our feedgen extension: what feedgen 1.0 leaves out or gets wrong, put right in one place.

feedgen hands over the element it has made, and we add to it:

- entry links lose every attribute but href: feedgen gets the alternate link alone, related
  stories are linked from here;
- no language per entry, no stylesheet, `atom:source` without id and time: added here;
- its RFC 822 dates switch the locale of the whole process: RSS dates are written here.

An author's blurb stands in `atom:author` as `schema:description` (schema.org, of a Person):
a Person construct may hold other vocabularies' elements (RFC 4287 §3.2, §6.4), and of those
known to feed validators this one says it and no reader takes it for something else
(`dc:description` becomes the summary of the entry in feedparser, measured). RSS has no
such place; there the blurb is at the end of the content, where Atom has it too.

feedgen makes Atom's elements without a namespace and `xmlns` as a plain attribute, so
what is added to Atom here is made the same way.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from lxml import etree

from publisher.feed.channel import Channel, Entry, Origin

NAME = "ours"  # the attribute under which feedgen keeps the extension
DC = "http://purl.org/dc/elements/1.1/"
SCHEMA = "https://schema.org/"
ATOM = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class ChannelExtension:
    """Adds to the feed; `channel` and `namespaces` are set before it is written."""

    channel: Channel
    namespaces: dict[str, str]  # prefix -> name

    def extend_ns(self) -> dict[str, str]:
        return self.namespaces

    def extend_atom(self, feed: Any) -> None:
        self._add_stylesheet(feed)

    def extend_rss(self, rss: Any) -> None:
        self._add_stylesheet(rss)
        _add(rss[0], "lastBuildDate", rfc822(self.channel.updated))

    def _add_stylesheet(self, root: Any) -> None:
        root.addprevious(etree.PI("xml-stylesheet", f'type="text/css" href="{self.channel.stylesheet}"'))


class EntryExtension:
    """Adds to one entry; `entry` and its `channel` are set before it is written."""

    channel: Channel
    entry: Entry

    def extend_atom(self, element: Any) -> None:
        if self.entry.language != self.channel.language:
            element.set(_LANG, self.entry.language)
        for story in self.entry.related:
            _add(element, "link", rel="related", href=story.url, **({"title": story.title} if story.title else {}))
        for author, shown in zip(self.entry.authors, element.findall("author"), strict=True):
            if author.blurb:
                _add(shown, f"{{{SCHEMA}}}description", author.blurb)
        if self.entry.origin:
            _add_source(element, self.entry.origin)

    def extend_rss(self, item: Any) -> None:
        for author in self.entry.authors:
            _add(item, f"{{{DC}}}creator", author.name)
        if self.entry.language != self.channel.language:
            _add(item, f"{{{DC}}}language", self.entry.language)
        _add(item, "pubDate", rfc822(self.entry.published))
        if self.entry.updated != self.entry.published:
            _add(item, f"{{{ATOM}}}updated", self.entry.updated.isoformat())


def rfc822(moment: datetime) -> str:
    """A date as RSS wants it (RFC 822 §5 with a year of four digits), always in English."""
    return format_datetime(moment)


def _add_source(element: Any, origin: Origin) -> None:
    source = _add(element, "source")
    _add(source, "id", origin.feed_id)
    _add(source, "title", origin.title)
    _add(source, "updated", origin.updated.isoformat())
    _add(source, "link", rel="self", href=origin.atom_url, type="application/atom+xml")
    _add(source, "link", rel="alternate", href=origin.html_url, type="text/html")


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    child = etree.SubElement(parent, name, attributes)
    child.text = text
    return child
