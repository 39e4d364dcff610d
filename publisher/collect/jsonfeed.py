"""JSON Feed 1.0 and 1.1, read by hand: it is one object of plain values.

What is of the wrong type is left out, not refused: one odd item must not stop a feed.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from publisher.collect.clean import clean_text
from publisher.collect.found import Found, FoundPost
from publisher.collect.websub.links import links_of_json
from publisher.model.address import joined
from publisher.model.author import Author
from publisher.model.media import Enclosure, Image
from publisher.model.post import Origin
from publisher.model.slug import slug_of

_VERSION = "https://jsonfeed.org/version/1"


def read_json_feed(content: bytes, url: str) -> Found:
    """Raises ValueError, in words for an editor, where it is no JSON Feed."""
    try:
        whole = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as wrong:
        raise ValueError(f"it starts like JSON and cannot be read ({str(wrong)[:80]})") from None
    if not isinstance(whole, dict) or not _text(whole, "version").startswith(_VERSION):
        raise ValueError("it is JSON, but no JSON Feed (no `version` of jsonfeed.org); correct `url`")
    authors, origin = _authors_of(whole), _origin_of(whole, url)
    language = _text(whole, "language")
    items = whole.get("items")
    posts = (
        replace(_post_of(item, authors, url), origin=origin, language=_text(item, "language") or language)
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
    )
    hubs, topic = links_of_json(whole, url)
    return Found(
        posts=tuple(post for post in posts if post.guid or post.url or post.title or post.body_html),
        column_name=clean_text(_text(whole, "title")),
        column_tagline=clean_text(_text(whole, "description")),
        hubs=hubs,
        topic=topic,
    )


def _post_of(item: Mapping[str, Any], authors: tuple[Author, ...], url: str) -> FoundPost:
    tags = item.get("tags")
    image = _text(item, "image") or _text(item, "banner_image")
    return FoundPost(
        guid=_text(item, "id"),
        url=joined(url, _text(item, "url") or _text(item, "external_url")) if _has_address(item) else "",
        base_url=url,
        title=_text(item, "title"),
        summary=_text(item, "summary"),
        body_html=_text(item, "content_html") or paragraphs_html(_text(item, "content_text")),
        authors=_authors_of(item) or authors,
        published=_moment(item, "date_published"),
        updated=_moment(item, "date_modified"),
        image=Image(url=joined(url, image)) if image else None,
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        enclosures=tuple(_enclosures_of(item, url)),
    )


def _enclosures_of(item: Mapping[str, Any], url: str) -> Iterator[Enclosure]:
    attachments = item.get("attachments")
    for one in attachments if isinstance(attachments, list) else []:
        if isinstance(one, dict) and _text(one, "url"):
            yield Enclosure(
                url=joined(url, _text(one, "url")),
                type=_text(one, "mime_type").strip().lower(),
                length_bytes=_whole(one, "size_in_bytes"),
                title=clean_text(_text(one, "title")),
                seconds=_whole(one, "duration_in_seconds"),
            )


def _origin_of(whole: Mapping[str, Any], url: str) -> Origin:
    """JSON Feed has no id of its own: its address is one."""
    feed_url = joined(url, _text(whole, "feed_url")) if _text(whole, "feed_url") else url
    page = _text(whole, "home_page_url")
    title = clean_text(_text(whole, "title"))
    return Origin(id=feed_url, title=title, url=joined(url, page) if page else "", feed_url=feed_url)


def paragraphs_html(text: str) -> str:
    """Plain text as HTML: a paragraph for each part between blank lines, a break for each line."""
    parts = (part.strip() for part in text.replace("\r\n", "\n").split("\n\n"))
    return "\n".join(f"<p>{html.escape(part, quote=False).replace(chr(10), '<br>')}</p>" for part in parts if part)


def _authors_of(value: Mapping[str, Any]) -> tuple[Author, ...]:
    """`authors` (1.1), else `author` (1.0)."""
    listed = value.get("authors")
    people = listed if isinstance(listed, list) and listed else [value.get("author")]
    return tuple(_author_of(person) for person in people if isinstance(person, dict) and _text(person, "name"))


def _author_of(person: Mapping[str, Any]) -> Author:
    avatar = _text(person, "avatar")
    name = clean_text(_text(person, "name"))
    return Author(
        key=slug_of(name), name=name, url=_text(person, "url"), portrait=Image(url=avatar, alt=name) if avatar else None
    )


def _moment(item: Mapping[str, Any], key: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(item, key))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _has_address(item: Mapping[str, Any]) -> bool:
    return bool(_text(item, "url") or _text(item, "external_url"))


def _whole(value: Mapping[str, Any], key: str) -> int:
    """A number that is not negative, without what stands behind its point; 0 where there is none."""
    found = value.get(key)
    is_number = isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found)
    return max(int(found), 0) if is_number and found is not None else 0


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return str(found)  # ids are often numbers, though they should not be
    return found if isinstance(found, str) else ""
