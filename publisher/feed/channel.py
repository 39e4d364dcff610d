"""Channel: what one feed says, in no format. The writers (`atom`, `rss`) only translate it.

All text in it is fit for XML and on one line, all addresses are absolute and safe, every
entry has an author, a title and a language. Nothing here reads a clock: a feed is as new
as its newest entry, and one without entries as old as its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from publisher.feed.address import mail_address, web_address
from publisher.feed.characters import one_line
from publisher.feed.content import content_html
from publisher.feed.standfirst import excerpt
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.post import Post, link_of, with_media

# RFC 4287 appendix B, atomLanguageTag
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What of the site stands in every feed."""

    name: str
    url: str  # without a slash at its end
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A related story whose address is known."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The feed an entry comes from, where it stands in another one (RFC 4287 §4.2.11)."""

    feed_id: str
    title: str
    atom_url: str
    rss_url: str
    html_url: str
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One post, ready to be written."""

    id: str
    link: str
    title: str
    summary: str  # plain; "" where the source gave none
    excerpt: str  # plain; the summary, else the beginning of the post
    content: str  # HTML
    published: datetime  # whole seconds
    updated: datetime
    language: str
    authors: tuple[Author, ...]  # at least one
    tags: tuple[str, ...]
    related: tuple[Pointer, ...]
    origin: Origin | None = None  # None in the column's own feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One feed."""

    feed_id: str
    title: str
    subtitle: str
    language: str
    html_url: str
    atom_url: str
    rss_url: str
    stylesheet: str  # relative: it must come from the host that the feed is read from
    updated: datetime
    icon: str = ""
    entries: tuple[Entry, ...] = ()  # newest first


def column_channel(column: Column, posts: Iterable[Post], *, site: Site, created: datetime) -> Channel:
    """The feed of one column; `created` is its time as long as it has no post."""
    entries = newest_first(entry_of(post, column, site) for post in posts)
    folder = f"{site.url}/{column.slug}"
    return Channel(
        feed_id=column.feed_id,
        title=one_line(column.name) or column.slug,
        subtitle=one_line(column.tagline),
        language=_language(column.language, site.language),
        html_url=f"{folder}/",
        atom_url=f"{folder}/atom.xml",
        rss_url=f"{folder}/rss.xml",
        stylesheet="../feed.css",
        updated=_newest(entries, created),
        entries=entries,
    )


def whole_channel(site: Site, channels: Sequence[Channel], *, feed_id: str, most: int, created: datetime) -> Channel:
    """The feed of all columns, merged from theirs; each entry says where it comes from."""
    entries = newest_first(
        replace(entry, origin=_origin(channel)) for channel in channels for entry in channel.entries
    )[:most]
    return Channel(
        feed_id=feed_id,
        title=one_line(site.name),
        subtitle="",
        language=site.language,
        html_url=f"{site.url}/",
        atom_url=f"{site.url}/atom.xml",
        rss_url=f"{site.url}/rss.xml",
        stylesheet="feed.css",
        updated=_newest(entries, created),
        entries=entries,
    )


def entry_of(post: Post, column: Column, site: Site) -> Entry:
    """A post as an entry of its column's feed."""
    link = address_of(post, site.url)
    language = _language(post.language, column.language, site.language)
    shown = with_media(post, site.url)
    named = tuple(author for author in shown.authors if one_line(author.name))
    return Entry(
        id=post.id,
        link=link,
        title=title_of(post, column),
        summary=one_line(post.summary),
        excerpt=one_line(post.summary) or excerpt(post.body),
        content=content_html(shown, link=link, more_from=site.name, language=language),
        published=post.published.replace(microsecond=0),
        updated=post.updated.replace(microsecond=0),
        language=language,
        authors=tuple(_fit(author) for author in named) or (_fit(Author(key=column.slug, name=column.name)),),
        tags=tuple(dict.fromkeys(tag for tag in map(one_line, post.tags) if tag)),
        related=tuple(_pointers(post)),
    )


def title_of(post: Post, column: Column) -> str:
    """A post always has a title: its own, else its first words."""
    return one_line(post.title) or excerpt(post.body) or one_line(column.name) or post.slug


def address_of(post: Post, site_url: str) -> str:
    """The post's one address; our page for it where its own cannot be followed."""
    return web_address(link_of(post, site_url)) or link_of(replace(post, url=""), site_url)


def newest_first(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """By date of publication; the id decides between posts of one second, so that order is always the same."""
    return tuple(sorted(entries, key=lambda entry: (entry.published, entry.id), reverse=True))


def _fit(author: Author) -> Author:
    return replace(
        author,
        name=one_line(author.name) or author.key,
        blurb=one_line(author.blurb),
        email=mail_address(author.email),
        url=web_address(author.url),
    )


def _pointers(post: Post) -> Iterable[Pointer]:
    for story in post.related:
        url = web_address(story.url)
        if url:
            yield Pointer(title=one_line(story.title), url=url)


def _origin(channel: Channel) -> Origin:
    return Origin(
        feed_id=channel.feed_id,
        title=channel.title,
        atom_url=channel.atom_url,
        rss_url=channel.rss_url,
        html_url=channel.html_url,
        updated=channel.updated,
    )


def _language(*wishes: str) -> str:
    """The first usable tag; a source may have written `en_US` or nonsense."""
    usable = (wish.replace("_", "-") for wish in wishes)
    return next((wish for wish in usable if _LANGUAGE.match(wish)), "und")


def _newest(entries: Sequence[Entry], created: datetime) -> datetime:
    return max((entry.updated for entry in entries), default=created.replace(microsecond=0))
