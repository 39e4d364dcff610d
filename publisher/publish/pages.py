"""The pages: one for each post, one for each column, one for all columns. Pure.

A template gets the values named here and no others. It is rendered by the function that
is handed in, and comes out as the bytes of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from publisher.feed.address import web_address
from publisher.feed.channel import Channel
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.direction import direction_of
from publisher.model.media import resolve_url
from publisher.model.post import Post
from publisher.publish.view import Line, PostView, author_view, post_view

Render = Callable[[str, Mapping[str, object]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all pages of a site share."""

    name: str
    url: str
    language: str
    zone: tzinfo
    render: Render


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCard:
    """A column on the page of all columns."""

    name: str
    tagline: str
    href: str
    language: str
    direction: str
    posts: tuple[PostView, ...]  # its newest


def post_page(post: Post, column: Column, channel: Channel, setting: Setting) -> bytes:
    """`channel` is the column's feed; its entries do not matter here."""
    view = post_view(post, column, root="..", site_url=setting.url, zone=setting.zone)
    page = _shared(setting, view.language, "..") | {
        "post": view,
        "channel": channel,
        "og_image": _og_image(post, setting.url),
    }
    return setting.render("web/post.html", page).encode()


def column_page(
    column: Column,
    channel: Channel,
    *,
    newest: Sequence[Post],
    earlier: Sequence[Line],
    authors: Sequence[Author],
    setting: Setting,
) -> bytes:
    """`newest` are shown with their summaries, `earlier` in a plain list."""
    shown = [post_view(post, column, root="..", site_url=setting.url, zone=setting.zone) for post in newest]
    page = _shared(setting, column.language, "..") | {
        "channel": channel,
        "posts": shown,
        "earlier": earlier,
        "authors": [author_view(author, "..") for author in _everyone(authors, newest)],
    }
    return setting.render("web/column.html", page).encode()


def index_page(channel: Channel, cards: Sequence[ColumnCard], setting: Setting) -> bytes:
    page = _shared(setting, setting.language, ".") | {"channel": channel, "columns": cards}
    return setting.render("web/index.html", page).encode()


def card_of(column: Column, channel: Channel, newest: Sequence[Post], setting: Setting) -> ColumnCard:
    return ColumnCard(
        name=channel.title,
        tagline=channel.subtitle,
        href=f"./{column.slug}/index.html",
        language=channel.language,
        direction=direction_of(channel.language),
        posts=tuple(post_view(post, column, root=".", site_url=setting.url, zone=setting.zone) for post in newest),
    )


def _shared(setting: Setting, language: str, root: str) -> dict[str, object]:
    return {
        "site": {"name": setting.name, "url": setting.url, "language": setting.language},
        "language": language,
        "direction": direction_of(language),
        "root": root,
    }


def _og_image(post: Post, site_url: str) -> str:
    """Absolute, for those who show a link with its picture."""
    return web_address(resolve_url(post.image.url, site_url)) if post.image else ""


def _everyone(own: Sequence[Author], posts: Sequence[Post]) -> list[Author]:
    """The column's own authors, then those of its posts, each once."""
    people = {author.key: author for author in own}
    for post in posts:
        for author in post.authors:
            people.setdefault(author.key, author)
    return list(people.values())
