"""A feed as a source: RSS, Atom or JSON Feed, from a file or an address.

RSS and Atom are read by feedparser, fenced: it gets bytes (a `str` it might open as a
file or fetch), and neither sanitises (its sanitiser's time grows with the square of what
it gets) nor resolves addresses; `clean.py` does both. A document that declares entities
is refused before it is parsed. Whoever hands in `Fence.parse` has it all done in a
process that can be killed.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import feedparser

from publisher.collect.clean import text_of
from publisher.collect.discovery import feeds_in_header, feeds_in_page
from publisher.collect.entry import post_of
from publisher.collect.entryvalues import text_from
from publisher.collect.entryxml import besides
from publisher.collect.files import read_file
from publisher.collect.found import Found, FoundPost
from publisher.collect.jsonfeed import read_json_feed
from publisher.collect.lifetime import asked_by_feed
from publisher.collect.sameid import told_apart
from publisher.collect.visit import DAYS, NOT_MODIFIED, Answer
from publisher.collect.websub.links import links_of, named_in
from publisher.errors import SourceError
from publisher.fetch.web import Fetched, Limits, fetch

_SPACE = b" \t\r\n\xef\xbb\xbf"
_PROLOG_PART = re.compile(rb"\s*(?:<\?.*?\?>|<!--.*?-->)", re.DOTALL)
_DOCTYPE = re.compile(rb"\s*<!DOCTYPE[^>\[]*\[", re.IGNORECASE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_END = re.compile(rb"</(?:rss|feed|rdf:RDF)\s*>\s*\Z")
_PLACE = re.compile(r"\A<unknown>:(\d+):(\d+): ")  # as SAX tells it, which knows no name of the document
_POST_TAG = re.compile(rb"<(/?)(?:item|entry)[\s/>]")
_SKIP_HOURS = re.compile(rb"<skipHours>((?:\s*<hour>\s*\d{1,2}\s*</hour>){1,24})\s*</skipHours>")
_HOUR = re.compile(rb"\d+")
_SKIP_DAYS = re.compile(rb"<skipDays>((?:\s*<day>\s*[A-Za-z]{3,9}\s*</day>){1,7})\s*</skipDays>")
_DAY = re.compile(rb"<day>\s*([A-Za-z]{3})")
_HEAD_BYTES = 100_000
MOST_POSTS = 10_000  # of one visit
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")


class Parse(Protocol):
    """Reads the bytes of a feed: `parse_feed`, or one that does it elsewhere. Raises ValueError, in words."""

    def __call__(self, content: bytes, *, url: str, content_type: str = "") -> Found: ...


def read_feed_at(
    source: str, url: str, limits: Limits, *, parse: Parse | None = None, validators: tuple[str, str] = ("", "")
) -> Found:
    """The feed at an address, or that it is as before; `validators` are its ETag and Last-Modified then.

    Where the address is a page that names its feed, it is that feed. Raises SourceError.
    """
    conditions = zip(("If-None-Match", "If-Modified-Since"), validators, strict=True)
    headers = {name: value for name, value in conditions if value}
    fetched = fetch(source, url, limits, headers=headers, accepts={NOT_MODIFIED} if headers else ())
    answer = Answer(status=fetched.status, headers=fetched.headers, moved_to=fetched.moved_to)
    if fetched.status == NOT_MODIFIED:
        return Found(answer=answer)
    reader = parse or parse_feed
    found = _of_answer(source, fetched, reader)
    if found.feeds:
        feed = found.feeds[0]
        fetched = fetch(source, feed, limits)
        found = _of_answer(source, fetched, reader)
        if found.feeds:
            raise SourceError(source=source, place=feed, problem=f"{url} names it as its feed; {_is_page(found.feeds)}")
        answer = Answer(status=fetched.status, headers=fetched.headers, found_at=feed)
    named = named_in(fetched.headers, hubs=found.hubs, topic=found.topic, url=fetched.url)
    return replace(found, answer=answer, hubs=named.hubs, topic=named.topic)


def _of_answer(source: str, fetched: Fetched, parse: Parse) -> Found:
    """What came; of a page, the feeds that it or its server names. Raises SourceError."""
    told = partial(parse, url=fetched.url, content_type=fetched.content_type)
    try:
        return _read(source, fetched.content, told, place=fetched.url)
    except SourceError:
        feeds = feeds_in_header(fetched.headers.get("link", ""), fetched.url)
        if not feeds:
            raise
        return Found(feeds=feeds)


def read_feed_file(source: str, path: Path, *, max_bytes: int, base_url: str, parse: Parse | None = None) -> Found:
    """The feed in a file. Raises SourceError."""
    if not path.is_file():
        raise SourceError(source=source, place=str(path), problem="there is no such file; correct `path`")
    content = read_file(source, path, max_bytes=max_bytes)
    found = _read(source, content, partial(parse or parse_feed, url=base_url), place=str(path))
    if found.feeds:
        raise SourceError(source=source, place=str(path), problem=_is_page(found.feeds))
    return replace(found, posts=tuple(_of_file(post, base_url) for post in found.posts))


def _of_file(post: FoundPost, base_url: str) -> FoundPost:
    """The post of a feed that lies on a disk: what it says of the feed's own address, or nothing of it."""
    if post.origin is None or post.origin.feed_url != base_url:
        return post
    named = "" if post.origin.id == base_url else post.origin.id
    return replace(post, origin=replace(post.origin, id=named, feed_url=""))


def _read(source: str, content: bytes, parse: Callable[[bytes], Found], *, place: str) -> Found:
    try:
        return parse(content)
    except ValueError as wrong:
        raise SourceError(source=source, place=place, problem=str(wrong)) from wrong


def parse_feed(content: bytes, *, url: str, content_type: str = "") -> Found:
    """What a feed holds; of a page, which feeds it names. Raises ValueError, in words for an editor."""
    start = content.lstrip(_SPACE)
    if not start:
        raise ValueError("it is empty; check that this is the address of the feed")
    if start.startswith((b"{", b"[")):
        found = read_json_feed(content, url)
        return replace(found, posts=told_apart(found.posts))
    if declares_entities(content):
        raise ValueError(
            "it declares entities (`<!ENTITY`), which can make a small file huge; ask its owner to write it without"
        )
    headers = {"content-location": url, "content-type": content_type or "application/xml"}
    parsed = feedparser.parse(
        BytesIO(content), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not parsed.get("version") and not parsed.entries:
        feeds = feeds_in_page(content, url, content_type) if _HTML.search(content[:4096]) else ()
        if feeds:
            return Found(feeds=feeds)
        raise ValueError(_what_it_is(content))
    ill_formed = parsed.get("bozo") and not isinstance(
        parsed.get("bozo_exception"), feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType
    )
    if ill_formed and not parsed.entries:
        raise ValueError(f"it is cut off or broken, and no post can be read ({_told(parsed)}); try again later")
    # A post that the end of a broken-off document cuts in two is left for the next visit.
    whole = parsed.entries if not ill_formed or _ends_whole(content) else parsed.entries[:-1]
    problems = [f"{url}: it is not well-formed ({_told(parsed)}); what could be read was taken"] if ill_formed else []
    if len(whole) > MOST_POSTS:
        problems.append(f"{url}: it holds {len(whole):,} posts; the first {MOST_POSTS:,} were taken")
    beside = besides(content, str(parsed.get("encoding") or ""), len(parsed.entries))
    both = zip(whole[:MOST_POSTS], beside, strict=False)
    hubs, topic = links_of(parsed.feed, url)
    return Found(
        posts=told_apart([post_of(entry, parsed.feed, url, other) for entry, other in both]),
        column_name=text_from(parsed.feed, "title"),
        column_tagline=text_from(parsed.feed, "subtitle"),
        problems=tuple(problems),
        asked=_asked(parsed.feed),
        skip_hours=tuple(_skip_hours(content)),
        skip_days=tuple(_skip_days(content)),
        hubs=hubs,
        topic=topic,
    )


def _ends_whole(content: bytes) -> bool:
    """Whether the last post of a document that is not well-formed is all there."""
    last = deque(_POST_TAG.finditer(content), maxlen=1)
    return bool(_END.search(content[-200:])) or bool(last and last[0][1])


def _asked(feed: Mapping[str, Any]) -> timedelta:
    """How long the feed asks to be left alone: RSS `ttl`, or the syndication module."""
    return asked_by_feed(
        ttl=str(feed.get("ttl") or ""),
        period=str(feed.get("sy_updateperiod") or ""),
        frequency=str(feed.get("sy_updatefrequency") or ""),
    )


def _skip_hours(content: bytes) -> list[int]:
    """RSS `skipHours`, which feedparser does not know; some feeds write 24 for 0."""
    found = _SKIP_HOURS.search(content[:_HEAD_BYTES])
    return [int(hour) % 24 for hour in _HOUR.findall(found[1])] if found else []


def _skip_days(content: bytes) -> list[str]:
    """RSS `skipDays`: days of the week by their English names, which begin in Greenwich."""
    found = _SKIP_DAYS.search(content[:_HEAD_BYTES])
    told = {name.decode("ascii").lower() for name in _DAY.findall(found[1])} if found else set()
    return [day for day in DAYS if day in told]


def declares_entities(content: bytes) -> bool:
    """Whether the document type before the root element declares entities, in any encoding of ASCII letters."""
    plain = content.replace(b"\0", b"").lstrip(_SPACE + b"\xff\xfe")
    place = 0
    while found := _PROLOG_PART.match(plain, place):
        place = found.end()
    return bool(_DOCTYPE.match(plain, place)) and b"<!entity" in plain[place:].lower()


def _told(parsed: feedparser.FeedParserDict) -> str:
    told = " ".join(str(parsed.get("bozo_exception", "")).split())
    return _PLACE.sub(r"line \1, column \2: ", told)[:120]


def _is_page(feeds: Sequence[str]) -> str:
    return f"it is an HTML page, not a feed; it names its feed: set `url` to {feeds[0]}"


def _what_it_is(content: bytes) -> str:
    start = content[:4096]
    if _HTML.search(start):
        return "it is an HTML page, not a feed; look on it for the address of its feed"
    root = _ROOT.search(start)
    if start.lstrip(_SPACE).startswith(b"<") and root:
        return f"it is XML, but neither RSS nor Atom (its root is <{root[1].decode('ascii', 'replace')[:40]}>)"
    if b"\0" in start:
        return "it is a binary file, not a feed; correct the address"
    words = text_of(start.decode("utf-8", "replace"))[:60]
    return f"it is plain text, not a feed (it starts {words!r}); correct the address"
