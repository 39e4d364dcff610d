"""Entry: one post in a feed, in no format. The writers only translate it.

All text in it is fit for XML and on one line, all addresses are absolute and safe; it has
an author, a title and a language whatever the post lacks. Nothing in it depends on the
posts around it: the same post is the same entry for ever, in every archive document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

from publisher.feed.address import mail_address, web_address
from publisher.feed.characters import one_line, plain_line
from publisher.feed.content import content_html
from publisher.feed.mediatype import fit_type, type_of
from publisher.feed.site import Format, Site, document_path
from publisher.feed.standfirst import excerpt
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.media import Enclosure, Image, resolve_url
from publisher.model.post import Post, link_of, with_media
from publisher.model.slug import slug_of
from publisher.wording.wording import Speak, english

# RFC 4287 appendix B, atomLanguageTag
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A related story whose address is known."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """What a post is about (RFC 4287 §4.2.2)."""

    term: str  # slug
    label: str  # as it was written
    scheme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The post that an entry follows up or corrects (RFC 4685 §3)."""

    id: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The feed an entry comes from, where it stands in another one (RFC 4287 §4.2.11); "" is not known."""

    feed_id: str
    title: str
    html_url: str = ""
    atom_url: str = ""
    rss_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One post, ready to be written."""

    id: str
    link: str
    title: str
    summary: str = ""  # plain; "" where the source gave none
    excerpt: str = ""  # plain; the summary, else the beginning of the post
    content: str  # HTML
    published: datetime  # whole seconds
    updated: datetime
    language: str
    authors: tuple[Author, ...]  # at least one
    categories: tuple[Category, ...] = ()
    related: tuple[Pointer, ...] = ()
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()  # each with a media type
    follows: Followed | None = None
    correction: str = ""  # an editor's word about what was changed
    elsewhere: bool = False  # `link` leads to another site
    home: Origin  # the feed of its column
    origin: Origin | None = None  # the feed it was taken from, or where it stands as a guest: that of its column


def entry_of(
    post: Post, column: Column, site: Site, *, follows: Followed | None = None, speak: Speak = english
) -> Entry:
    """A post as an entry of any feed; `follows` is handed in where we have the post it follows up."""
    link = address_of(post, site.url)
    language = language_of(post.language, column.language, site.language)
    shown = with_media(post, site.url)
    named = [author for author in shown.authors if one_line(author.name)]
    title = title_of(post, column)
    content = content_html(shown, link=link, more_from=site.name, wording=speak(language))
    return Entry(
        id=post.id,
        link=link,
        title=title,
        summary=plain_line(post.summary),
        excerpt=plain_line(post.summary) or excerpt(post.body),
        content=content or f"<p>{escape(title, quote=False)}</p>",
        published=post.published.replace(microsecond=0),
        updated=post.updated.replace(microsecond=0),
        language=language,
        authors=tuple(fit_author(author, site.url) for author in named or [_nobody(column)]),
        categories=tuple(_categories(post.tags, site)),
        related=tuple(_pointers(post)),
        image=_picture(shown.image),
        enclosures=tuple(_enclosures(shown)),
        follows=follows,
        correction=one_line(post.note),
        elsewhere=bool(web_address(post.url)),
        home=_home(column, site),
        origin=_origin(post),
    )


def title_of(post: Post, column: Column) -> str:
    """A post always has a title: its own, else its first words."""
    return plain_line(post.title) or excerpt(post.body) or one_line(column.name) or post.slug


def address_of(post: Post, site_url: str) -> str:
    """The post's one address; our page for it where its own cannot be followed."""
    return web_address(link_of(post, site_url)) or link_of(replace(post, url=""), site_url)


def newest_first(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """By date of publication; the id decides between posts of one second, so that order is always the same."""
    return tuple(sorted(entries, key=lambda entry: (entry.published, entry.id), reverse=True))


def fit_author(author: Author, site_url: str) -> Author:
    """With what a feed may say of them; an address that cannot be followed is none."""
    portrait = author.portrait and replace(author.portrait, url=resolve_url(author.portrait.url, site_url))
    return replace(
        author,
        name=one_line(author.name) or author.key,
        blurb=plain_line(author.blurb),
        email=mail_address(author.email),
        url=web_address(author.url),
        portrait=_picture(portrait),
    )


def _nobody(column: Column) -> Author:
    return Author(key=column.slug, name=column.name)


def language_of(*wishes: str) -> str:
    """The first usable tag; a source may have written `en_US` or nonsense."""
    usable = (wish.replace("_", "-") for wish in wishes)
    return next((wish for wish in usable if _LANGUAGE.match(wish)), "und")


def _categories(tags: Iterable[str], site: Site) -> Iterable[Category]:
    labels: dict[str, str] = {}
    for tag in map(one_line, tags):
        if tag:
            labels.setdefault(slug_of(tag), tag)
    return (Category(term=term, label=label, scheme=f"{site.url}/tags/") for term, label in labels.items())


def _pointers(post: Post) -> Iterable[Pointer]:
    for story in post.related:
        url = web_address(story.url)
        if url:
            yield Pointer(title=plain_line(story.title), url=url)


def _picture(image: Image | None) -> Image | None:
    url = web_address(image.url) if image else ""
    if not (image and url):
        return None
    return Image(url=url, alt=one_line(image.alt), caption=one_line(image.caption))


def _enclosures(post: Post) -> Iterable[Enclosure]:
    seen: set[str] = set()
    for file in post.enclosures:
        url = web_address(file.url)
        if url and url not in seen:
            seen.add(url)
            yield replace(file, url=url, type=fit_type(file.type) or type_of(url), title=one_line(file.title))


def _home(column: Column, site: Site) -> Origin:
    own = Origin(
        feed_id=column.feed_id, title=one_line(column.name) or column.slug, html_url=f"{site.url}/{column.slug}/"
    )
    if column.ended:
        return own
    return replace(
        own,
        atom_url=f"{site.url}/{document_path(column.slug, Format.ATOM)}",
        rss_url=f"{site.url}/{document_path(column.slug, Format.RSS)}",
    )


def _origin(post: Post) -> Origin | None:
    """Where the post was taken from; None where too little is known to name it."""
    if post.origin is None:
        return None
    page, feed = web_address(post.origin.url), web_address(post.origin.feed_url)
    feed_id = one_line(post.origin.id) or feed or page  # a feed that has no id is known by its address
    title = one_line(post.origin.title) or page or feed
    if not (feed_id and title):
        return None
    return Origin(feed_id=feed_id, title=title, html_url=page, atom_url=feed, rss_url=feed)
