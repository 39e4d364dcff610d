"""Post and related story."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from publisher.model.author import Author
from publisher.model.media import Enclosure, Image, resolve_html, resolve_url


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedStory:
    """A pointer to another story, found on the post's page or computed from our archive."""

    title: str
    url: str = ""  # "" where the source gave none (a captured text has no links)
    summary: str = ""
    image: Image | None = None  # `url` is "" where only its description is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The feed in which a post stood first (RFC 4287 §4.2.11)."""

    id: str = ""  # of that feed; "" where it has none
    title: str = ""
    url: str = ""  # its page
    feed_url: str = ""  # where the feed itself is


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post as stored. Text is plain, `body` is sanitised HTML, times are aware UTC."""

    id: str  # tag: URI, minted once and never changed (RFC 4151, RFC 4287 §4.2.6)
    seq: int  # order in which we first saw it: what "new" means
    column: str  # slug
    source: str  # name in config.toml
    slug: str  # last part of its page's path; unique in the column, minted once
    title: str
    published: datetime
    updated: datetime
    first_seen: datetime
    summary: str = ""
    body: str = ""
    url: str = ""  # where it was published first; "" where our own page is its only home
    authors: tuple[Author, ...] = ()
    image: Image | None = None
    tags: tuple[str, ...] = ()
    related: tuple[RelatedStory, ...] = ()
    language: str = ""  # BCP 47; "" means the column's
    revision: int = 1
    revised: datetime | None = None  # when we stored its last revision; None: it is the first
    mailable: bool = True  # False: found by a source's first fetch, archive and not news
    enclosures: tuple[Enclosure, ...] = ()
    origin: Origin | None = None  # None: it was not taken from a feed
    follows: str = ""  # guid, id or address of the post that it follows up; "": of none (RFC 4685)
    told: datetime | None = None  # the date that its source tells, where it cannot be right; else None
    note: str = ""  # an editor's word about a correction
    withdrawn: datetime | None = None  # None: it stands
    held: datetime | None = None  # None: it may go into letters; else since when an editor keeps it out of them


class Placed(Protocol):
    """Whatever says where a post is."""

    @property
    def column(self) -> str: ...

    @property
    def slug(self) -> str: ...

    @property
    def url(self) -> str: ...


def link_of(post: Placed, site_url: str) -> str:
    """The post's one address: its own, else that of our page for it."""
    return post.url or page_of(post, site_url)


def page_of(post: Placed, site_url: str) -> str:
    """The address of our page for the post."""
    return f"{site_url}/{post.column}/{post.slug}.html"


def with_media(post: Post, site_url: str) -> Post:
    """The post with every `media:` name made an absolute URL below `site_url`."""
    return replace(
        post,
        body=resolve_html(post.body, site_url),
        image=_resolved(post.image, site_url),
        authors=tuple(replace(author, portrait=_resolved(author.portrait, site_url)) for author in post.authors),
        related=tuple(replace(story, image=_resolved(story.image, site_url)) for story in post.related),
        enclosures=tuple(replace(file, url=resolve_url(file.url, site_url)) for file in post.enclosures),
    )


def _resolved(image: Image | None, site_url: str) -> Image | None:
    return image and replace(image, url=resolve_url(image.url, site_url))
