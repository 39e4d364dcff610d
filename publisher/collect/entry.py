"""An entry of feedparser as a found post.

Texts are asked of feedparser, but for what it mixes up (`entryxml`); files that go with
the entry are the business of `entrymedia`. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

from publisher.collect.capture.byline import names_of_byline
from publisher.collect.clean import clean_text
from publisher.collect.entrymedia import avatar_in, enclosures_of, image_of, media_of
from publisher.collect.entryvalues import HTML_TYPES, each_at, plain, text_at, text_from, value_at
from publisher.collect.entryxml import Beside, Media
from publisher.collect.found import FoundPost
from publisher.collect.jsonfeed import paragraphs_html
from publisher.model.address import joined
from publisher.model.author import Author
from publisher.model.media import Image
from publisher.model.post import Origin, RelatedStory
from publisher.model.slug import slug_of

_MAIL = "@"


def post_of(entry: Mapping[str, Any], feed: Mapping[str, Any], url: str, beside: Beside) -> FoundPost:
    """Relative addresses are resolved against the entry's own base, else the feed's address."""
    content = _content_of(entry, beside)
    summary = _summary_of(entry, beside)
    body = content or summary or _described(beside)
    link = text_at(entry, "link")
    page = joined(url, link) if link else ""
    people = _people_beside(beside) or _authors_of(entry) or _authors_of(_source_of(entry)) or _of_feed(feed, beside)
    return FoundPost(
        guid=text_at(entry, "id"),
        url=page,
        base_url=_base_of(body, url) or (page if page.startswith(("http://", "https://")) else url),
        title=text_from(entry, "title") if beside.title is None else beside.title,
        summary=plain(summary) if content and summary is not content else "",
        body_html=_html_of(body),
        authors=_with_avatar(people, avatar_in(media_of(entry, beside), people)),
        published=_moment(entry, "published_parsed"),
        updated=_moment(entry, "updated_parsed"),
        image=image_of(entry, beside, url),
        tags=tuple(str(tag.get("label") or tag.get("term") or "") for tag in each_at(entry, "tags")),
        related=tuple(_related_of(entry, url)),
        language=_language_of(entry, body, feed),
        enclosures=enclosures_of(entry, beside, url),
        origin=_origin_of(_source_of(entry), url, feed_url="") or _origin_of(feed, url, feed_url=url),
        follows=_follows(entry),
    )


def _content_of(entry: Mapping[str, Any], beside: Beside) -> Mapping[str, Any]:
    """The content that says most: HTML before plain text, then the longest."""
    contents = [one for one in each_at(entry, "content") if one.get("value") and plain(one) not in beside.descriptions]
    return max(contents, key=lambda one: (one.get("type") in HTML_TYPES, len(one["value"])), default={})


def _summary_of(entry: Mapping[str, Any], beside: Beside) -> Mapping[str, Any]:
    found = value_at(entry, "summary_detail") or {}
    return {} if plain(found) in beside.descriptions else found


def _described(beside: Beside) -> Mapping[str, Any]:
    """What Media RSS says, where the entry itself has no word (as the feeds of film sites)."""
    return {"type": "text/plain", "value": beside.descriptions[0]} if beside.descriptions else {}


def _html_of(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    return value if detail.get("type") in HTML_TYPES else paragraphs_html(value)


def _base_of(detail: Mapping[str, Any], url: str) -> str:
    """Its xml:base; "" where it has none: feedparser then gives the feed's own address."""
    base = joined(url, str(detail.get("base") or ""))
    return "" if base == url else base


def _language_of(entry: Mapping[str, Any], body: Mapping[str, Any], feed: Mapping[str, Any]) -> str:
    """That of its text (xml:lang), else `dc:language`, else that of the feed."""
    titled = (value_at(entry, "title_detail") or {}).get("language")
    return str(body.get("language") or text_at(entry, "language") or titled or text_at(feed, "language"))


def _people_beside(beside: Beside) -> tuple[Author, ...]:
    return tuple(
        replace(author, blurb=one.about, portrait=Image(url=one.picture, alt=one.name) if one.picture else None)
        for one in beside.people
        for author in _people_in({"name": one.name, "email": one.email, "href": one.url})
    )


def _of_feed(feed: Mapping[str, Any], beside: Beside) -> tuple[Author, ...]:
    """The feed's authors; who owns a podcast, or looks after its server, has written nothing."""
    if beside.channel_author:
        return tuple(_people_in({"name": beside.channel_author}))
    owner = (value_at(feed, "publisher_detail") or {}).get("name")
    return tuple(author for author in _authors_of(feed) if author.name != owner)


def _with_avatar(people: tuple[Author, ...], avatar: Media | None) -> tuple[Author, ...]:
    if not avatar or len(people) != 1 or people[0].portrait:
        return people
    return (replace(people[0], portrait=Image(url=avatar.url, alt=people[0].name)),)


def _authors_of(value: Mapping[str, Any]) -> tuple[Author, ...]:
    people = [person for person in each_at(value, "authors") if person.get("name")]
    written = text_at(value, "author")
    if len(people) == 1 and _MAIL in written.partition("(")[0] and "(" in written:
        # RSS 2.0 `author`: `ada@x.example (Ada Brook)`; feedparser cuts long top-level domains.
        name, email = parseaddr(written)
        people = [{**people[0], "name": name or email, "email": email}]
    return tuple(author for person in people for author in _people_in(person))


def _people_in(person: Mapping[str, Any]) -> list[Author]:
    """One author; several where the name is a list of full names (`Ada Brook and Tom Vale`)."""
    written = clean_text(str(person["name"]))
    names = names_of_byline(f"by {written}")
    if len(names) > 1 and all(" " in name for name in names) and sum(map(len, names)) > len(written) - 6 * len(names):
        return [Author(key=slug_of(name), name=name) for name in names]
    email, href = str(person.get("email") or ""), str(person.get("href") or "")
    return [Author(key=slug_of(written), name=written, email=email, url=href)]


def _source_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where the entry stood first: `atom:source` (RFC 4287 §4.2.11), or RSS `source`."""
    found = value_at(entry, "source")
    return found if isinstance(found, Mapping) else {}


def _origin_of(feed: Mapping[str, Any], url: str, *, feed_url: str) -> Origin | None:
    """`feed_url`: where it was found; "" of another feed. None where nothing is known."""
    selves = [text_at(link, "href") for link in each_at(feed, "links") if link.get("rel") == "self"]
    told = "" if feed_url or "authors" in feed else text_at(feed, "href")  # RSS `source`; an author has one, too
    at = next(filter(None, [*selves, told]), feed_url)
    page, title = text_at(feed, "link"), text_from(feed, "title") or clean_text(text_at(feed, "title"))
    at = joined(url, at) if at else ""
    identity = text_at(feed, "id") or at
    if not (identity or page):
        return None
    return Origin(id=identity, title=title, url=joined(url, page) if page else "", feed_url=at)


def _follows(entry: Mapping[str, Any]) -> str:
    """The post that this one answers or follows up (RFC 4685 §3): its id, else its address."""
    told = value_at(entry, "thr_in-reply-to")
    return (text_at(told, "ref") or text_at(told, "href")) if isinstance(told, Mapping) else ""


def _related_of(entry: Mapping[str, Any], url: str) -> list[RelatedStory]:
    """Links of relation `related` that have a title (RFC 4287 §4.2.7.2)."""
    links = [link for link in each_at(entry, "links") if link.get("rel") == "related" and link.get("title")]
    return [RelatedStory(title=str(link["title"]), url=joined(url, str(link.get("href") or ""))) for link in links]


def _moment(entry: Mapping[str, Any], key: str) -> datetime | None:
    parts = value_at(entry, key)
    try:
        year, month, day, hour, minute, second = parts[:6] if parts else (0,) * 6
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)  # 60: a leap second
    except (ValueError, TypeError, OverflowError):
        return None
