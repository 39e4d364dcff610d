"""A found post made fit to be stored: clean, bounded, absolute.

Pure. What is too long is cut, not refused: one odd post must not stop a feed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from publisher.collect.clean import absolute, clean_html, clean_text, paragraphs_of
from publisher.collect.found import FoundPost
from publisher.collect.summary import clean_cut
from publisher.model.author import Author, Link
from publisher.model.media import Enclosure, Image
from publisher.model.post import Origin, RelatedStory
from publisher.model.slug import slug_of

_LONGEST_TITLE = 300  # characters
_LONGEST_SUMMARY = 2_000
_LONGEST_BODY = 2 * 2**20
_LONGEST_BIO = 20_000
_MOST_AUTHORS = 20
_MOST_RELATED = 50
_MOST_TAGS = 50
_MOST_ENCLOSURES = 20
_LARGEST = 2**50  # bytes of one file that anybody offers
_LONGEST_PLAY = 7 * 24 * 3600  # seconds
_LONGEST_NAME = 500  # characters of an id or an address that is only told
_TITLE_FROM_TEXT = 70  # characters
_BLOCK = re.compile(r"<(?:p|div|h[1-6]|[uo]l|dl|blockquote|figure|table|pre|section|article|details|main|hr)\b")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\Z")  # RFC 6838 §4.2
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")  # RFC 5646 §2.1, its shape


def tidy(found: FoundPost, base_url: str) -> FoundPost:
    """`found` with plain text in its text fields and sanitised HTML in `body_html`."""
    url = absolute(found.url, base_url) if found.url else ""
    base = found.base_url or url or base_url
    body = clean_html(found.body_html[:_LONGEST_BODY], base)
    if body and not _BLOCK.search(body):
        body = f"<p>{body}</p>"
    paragraphs = paragraphs_of(body)
    return replace(
        found,
        guid=clean_text(found.guid),
        url="" if url.startswith("mailto:") else url,
        title=_title_of(found, paragraphs),
        summary=_summary_of(found.summary, paragraphs),
        body_html=body,
        authors=_authors_of(found.authors, base),
        image=_image_of(found.image, base),
        tags=tuple(dict.fromkeys(filter(None, map(_tag_of, found.tags))))[:_MOST_TAGS],
        related=tuple(filter(None, (_story_of(story, base) for story in found.related[:_MOST_RELATED]))),
        language=found.language if _LANGUAGE.match(found.language) else "",
        enclosures=_enclosures_of(found.enclosures, base),
        origin=_origin_of(found.origin, base_url),
        follows=clean_text(found.follows)[:_LONGEST_NAME],
    )


def _enclosures_of(enclosures: tuple[Enclosure, ...], base: str) -> tuple[Enclosure, ...]:
    tidied = (_enclosure_of(one, base) for one in enclosures[: 5 * _MOST_ENCLOSURES])
    return tuple({one.url: one for one in tidied if one}.values())[:_MOST_ENCLOSURES]


def _enclosure_of(one: Enclosure, base: str) -> Enclosure | None:
    """None where there is nothing that could be fetched; numbers that cannot be are not known."""
    url = _page_address(one.url, base)
    if not url:
        return None
    return Enclosure(
        url=url,
        type=one.type if _TYPE.match(one.type) else "",
        length_bytes=one.length_bytes if 0 < one.length_bytes <= _LARGEST else 0,
        title=_cut(clean_text(one.title), _LONGEST_TITLE),
        seconds=one.seconds if 0 < one.seconds <= _LONGEST_PLAY else 0,
    )


def _origin_of(origin: Origin | None, base: str) -> Origin | None:
    if origin is None:
        return None
    tidied = Origin(
        id=clean_text(origin.id)[:_LONGEST_NAME],
        title=_cut(clean_text(origin.title), _LONGEST_TITLE),
        url=_page_address(origin.url, base),
        feed_url=_page_address(origin.feed_url, base),
    )
    return tidied if tidied.id or tidied.url or tidied.feed_url else None


def _page_address(url: str, base: str) -> str:
    """An address of the web; "" for all else."""
    found = absolute(url, base) if url else ""
    return found if found.startswith(("http://", "https://")) else ""


def _title_of(found: FoundPost, paragraphs: list[str]) -> str:
    """The title, or the first words where there is none (short messages have none)."""
    title = clean_text(found.title)
    if not title:
        text = clean_text(found.summary) or " ".join(paragraphs[:3]) or clean_text(found.url) or "Untitled"
        return _cut(text, _TITLE_FROM_TEXT)
    return _cut(title, _LONGEST_TITLE)


def _summary_of(summary: str, paragraphs: list[str]) -> str:
    text = _cut(clean_text(summary), _LONGEST_SUMMARY)
    if not text or not paragraphs:
        return text
    if text == " ".join(paragraphs):
        return ""  # it is the whole text once more
    return clean_cut(text, paragraphs) or text


def _authors_of(authors: tuple[Author, ...], base: str) -> tuple[Author, ...]:
    tidied = (_author_of(author, base) for author in authors[:_MOST_AUTHORS] if clean_text(author.name))
    return tuple({author.key: author for author in tidied}.values())


def _author_of(author: Author, base: str) -> Author:
    name = _cut(clean_text(author.name), _LONGEST_TITLE)
    bio = "\n\n".join(filter(None, map(clean_text, author.bio[:_LONGEST_BIO].split("\n\n"))))
    links = (Link(label=clean_text(link.label), url=absolute(link.url, base)) for link in author.links[:20])
    return Author(
        key=author.key or slug_of(name),
        name=name,
        blurb=_cut(clean_text(author.blurb), _LONGEST_SUMMARY),
        bio=bio,
        email=clean_text(author.email)[:254],  # RFC 5321 §4.5.3.1.3 less its brackets
        url=absolute(author.url, base) if author.url else "",
        links=tuple(link for link in links if link.url and link.label),
        portrait=_image_of(author.portrait, base),
    )


def _image_of(image: Image | None, base: str) -> Image | None:
    """The picture with an absolute address; None where it has none (a description is no picture)."""
    url = absolute(image.url, base) if image and image.url else ""
    if not image or not url or url.startswith("mailto:"):
        return None
    return Image(url=url, alt=clean_text(image.alt), caption=clean_text(image.caption))


def _story_of(story: RelatedStory, base: str) -> RelatedStory | None:
    title = _cut(clean_text(story.title), _LONGEST_TITLE)
    if not title:
        return None
    alt = clean_text(story.image.alt) if story.image else ""
    return RelatedStory(
        title=title,
        url=absolute(story.url, base) if story.url else "",
        summary=_cut(clean_text(story.summary), _LONGEST_SUMMARY),
        image=_image_of(story.image, base) or (Image(url="", alt=alt) if alt else None),
    )


def _tag_of(tag: str) -> str:
    return clean_text(tag)[:100]


def _cut(text: str, longest: int) -> str:
    """`text`, cut at a word where it is too long."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    return (kept.rpartition(" ")[0] or kept).rstrip(" ,;:–—-") + "…"
