"""What one part of a page says about its article; parts are put together field by field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

from publisher.collect.capture.byline import is_same_person
from publisher.model.author import Author
from publisher.model.media import Image
from publisher.model.post import RelatedStory


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All text plain, addresses absolute; what is empty was not said."""

    title: str = ""
    summary: str = ""
    text: str = ""  # the whole text, where a page gives it apart from its markup
    url: str = ""  # the address the page calls its own, as written: it may be relative
    site_name: str = ""
    authors: tuple[Author, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    image: Image | None = None
    tags: tuple[str, ...] = ()
    related: tuple[RelatedStory, ...] = ()
    language: str = ""  # BCP 47


def together(parts: Iterable[Facts]) -> Facts:
    """The first that says something wins; authors and the picture are filled in by the others."""
    whole = Facts()
    for part in parts:
        gaps = {field.name: getattr(part, field.name) for field in fields(Facts) if not getattr(whole, field.name)}
        image = _described(whole.image or part.image, part.image)
        gaps |= {"authors": told_more(whole.authors or part.authors, part.authors), "image": image}
        whole = replace(whole, **gaps)
    return whole


def told_more(authors: Iterable[Author], others: Iterable[Author]) -> tuple[Author, ...]:
    """The authors, with what `others` tell of the same people beyond it."""
    known = list(others)
    return tuple(_filled(author, next((one for one in known if is_one(one, author)), author)) for author in authors)


def is_one(author: Author, other: Author) -> bool:
    return bool(author.name.strip() and other.name.strip()) and is_same_person(author.name, other.name)


def _filled(author: Author, other: Author) -> Author:
    return replace(
        author,
        blurb=author.blurb or other.blurb,
        bio=author.bio or other.bio,
        email=author.email or other.email,
        url=author.url or other.url,
        links=tuple({link.url: link for link in (*author.links, *other.links)}.values()),
        portrait=author.portrait or other.portrait,
    )


def _described(image: Image | None, other: Image | None) -> Image | None:
    if not image or not other or image.url != other.url:
        return image
    return replace(image, alt=image.alt or other.alt, caption=image.caption or other.caption)
