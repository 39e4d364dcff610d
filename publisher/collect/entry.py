"""An entry of feedparser as a found post.

feedparser's dictionaries answer for keys they do not have (a missing `updated` gives
`published`, with a warning); here every key is asked for as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

from publisher.collect.capture.byline import names_of_byline
from publisher.collect.clean import clean_text, text_of
from publisher.collect.found import FoundPost
from publisher.collect.jsonfeed import paragraphs_html
from publisher.model.address import joined
from publisher.model.author import Author
from publisher.model.media import Image
from publisher.model.post import RelatedStory
from publisher.model.slug import slug_of

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})


def post_of(entry: Mapping[str, Any], feed: Mapping[str, Any], url: str) -> FoundPost:
    """Relative addresses are resolved against the entry's own base, else the feed's address."""
    content = _content_of(entry)
    summary = _plain_key(entry, "summary_detail") or {}
    body = content or summary
    link = str(_plain_key(entry, "link") or "").strip()
    return FoundPost(
        guid=str(_plain_key(entry, "id") or "").strip(),
        url=joined(url, link) if link else "",
        base_url=_base_of(body, url) or joined(url, link),
        title=text_from(entry, "title"),
        summary=text_from(entry, "summary") if content and summary is not content else "",
        body_html=_html_of(body),
        authors=_authors_of(entry) or _authors_of(feed),
        published=_moment(entry, "published_parsed"),
        updated=_moment(entry, "updated_parsed"),
        image=_image_of(entry, url),
        tags=tuple(str(tag.get("label") or tag.get("term") or "") for tag in _list(entry, "tags")),
        related=tuple(_related_of(entry, url)),
        language=str(body.get("language") or _plain_key(feed, "language") or ""),
    )


def text_from(value: Mapping[str, Any], key: str) -> str:
    """A text construct as plain text on one line."""
    detail = _plain_key(value, f"{key}_detail") or {}
    text = str(detail.get("value") or "")
    return text_of(text) if detail.get("type") in _HTML_TYPES else clean_text(text)


def _content_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content that says most: HTML before plain text, then the longest."""
    contents = [content for content in _list(entry, "content") if content.get("value")]
    return max(contents, key=lambda one: (one.get("type") in _HTML_TYPES, len(one["value"])), default={})


def _html_of(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    return value if detail.get("type") in _HTML_TYPES else paragraphs_html(value)


def _base_of(detail: Mapping[str, Any], url: str) -> str:
    """Its xml:base; "" where it has none: feedparser then gives the feed's own address."""
    base = joined(url, str(detail.get("base") or ""))
    return "" if base == url else base


def _authors_of(value: Mapping[str, Any]) -> tuple[Author, ...]:
    people = [person for person in _list(value, "authors") if person.get("name")]
    written = str(_plain_key(value, "author") or "")
    if len(people) == 1 and "@" in written and "(" in written:
        # RSS 2.0 `author`: `ada@x.example (Ada Brook)`; feedparser cuts long top-level domains.
        name, email = parseaddr(written)
        people = [{"name": name or email, "email": email}]
    return tuple(author for person in people for author in _people_in(person))


def _people_in(person: Mapping[str, Any]) -> list[Author]:
    """One author; several where the name is a list of full names (`Ada Brook and Tom Vale`)."""
    written = clean_text(str(person["name"]))
    names = names_of_byline(f"by {written}")
    if len(names) > 1 and all(" " in name for name in names) and sum(map(len, names)) > len(written) - 6 * len(names):
        return [Author(key=slug_of(name), name=name) for name in names]
    email, href = str(person.get("email") or ""), str(person.get("href") or "")
    return [Author(key=slug_of(written), name=written, email=email, url=href)]


def _image_of(entry: Mapping[str, Any], url: str) -> Image | None:
    """The first picture the entry names: media, enclosure, iTunes, thumbnail."""
    for media in _list(entry, "media_content"):
        if media.get("url") and (media.get("medium") == "image" or str(media.get("type", "")).startswith("image/")):
            return Image(url=joined(url, str(media["url"])), alt=text_from(entry, "media_description"))
    for link in _list(entry, "links"):
        enclosed = link.get("rel") == "enclosure" and str(link.get("type", "")).startswith("image/")
        if enclosed and link.get("href"):
            return Image(url=joined(url, str(link["href"])))
    own = _plain_key(entry, "image")
    if isinstance(own, Mapping) and own.get("href"):
        return Image(url=joined(url, str(own["href"])))
    thumbnail = next((media for media in _list(entry, "media_thumbnail") if media.get("url")), None)
    return Image(url=joined(url, str(thumbnail["url"]))) if thumbnail else None


def _related_of(entry: Mapping[str, Any], url: str) -> list[RelatedStory]:
    """Links of relation `related` that have a title (RFC 4287 §4.2.7.2)."""
    links = [link for link in _list(entry, "links") if link.get("rel") == "related" and link.get("title")]
    return [RelatedStory(title=str(link["title"]), url=joined(url, str(link.get("href") or ""))) for link in links]


def _moment(entry: Mapping[str, Any], key: str) -> datetime | None:
    parts = _plain_key(entry, key)
    try:
        year, month, day, hour, minute, second = parts[:6] if parts else (0,) * 6
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)  # 60: a leap second
    except (ValueError, TypeError, OverflowError):
        return None


def _list(value: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    found = _plain_key(value, key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _plain_key(value: Mapping[str, Any], key: str) -> Any:
    """What stands under just this key."""
    return dict.get(value, key) if isinstance(value, dict) else value.get(key)
