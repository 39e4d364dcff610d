"""The pages: of a post, a column, an author, a tag, a month of one of these, and of all columns. Pure.

A template gets the values named here and no others. It is rendered by the function that
is handed in, and comes out as the bytes of a file. A post's page holds nothing but that
post, its authors, its column's name and the site: so a new post changes no page of
another one, but for the post that it follows up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from publisher.feed.address import web_address
from publisher.feed.characters import one_line, plain_line
from publisher.feed.standfirst import excerpt
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.direction import direction_of
from publisher.model.media import Image, resolve_url
from publisher.model.post import Post
from publisher.publish import jsonld
from publisher.publish.place import (
    ARCHIVE,
    FeedLinks,
    Place,
    author_place,
    column_place,
    page_label,
    short_label,
    tag_place,
)
from publisher.publish.view import Line, PostView, author_view, moment_of, post_view
from publisher.wording.wording import Speak, Wording

Render = Callable[[str, Mapping[str, object]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all pages of a site share."""

    name: str
    url: str
    language: str
    zone: tzinfo
    render: Render
    speak: Speak
    joinable: tuple[str, ...] = ()  # newsletters that people may join by themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCard:
    """A column on the page of all columns."""

    name: str
    tagline: str
    href: str
    language: str
    direction: str
    posts: tuple[PostView, ...]  # its newest


def post_page(
    post: Post,
    column: Column,
    feeds: FeedLinks,
    setting: Setting,
    *,
    before: Post | None = None,
    after: Sequence[Post] = (),
) -> bytes:
    """`feeds` are the column's; `before` is the post that it follows up, `after` are those that follow it up."""
    view = _view(post, column, "..", setting)
    images = [url for url in (_absolute(post.image, setting.url),) if url]
    facts = jsonld.article(view, column=feeds, site=_site(setting), site_url=setting.url, images=images)
    page = _shared(setting, view.language, "..", feeds, facts) | {
        "post": view,
        "og_image": images[0] if images else "",
        "profiles": [jsonld.absolute(author.href, setting.url) for author in view.authors],
        "before": _pointer(before, setting) if before else None,
        "after": [_pointer(each, setting) for each in after],
    }
    return setting.render("web/post.html", page).encode()


def column_page(
    column: Column,
    feeds: FeedLinks,
    *,
    newest: Sequence[Post],
    authors: Sequence[Author],
    setting: Setting,
    months: Sequence[str] = (),
) -> bytes:
    """`newest` are shown with their summaries; `months` name the pages that hold what is older, the newest first."""
    place = column_place(column)
    shown = [_view(post, column, place.root, setting) for post in newest]
    wording = setting.speak(place.language)
    values = {
        "tagline": one_line(column.tagline),
        "authors": [author_view(author, place.root, wording) for author in _everyone(authors, newest)],
    }
    return _place_page("web/column.html", place, feeds, shown, values, months=months, setting=setting)


def author_page(
    author: Author,
    feeds: FeedLinks,
    *,
    newest: Sequence[Post],
    columns: Mapping[str, Column],
    setting: Setting,
    months: Sequence[str] = (),
) -> bytes:
    """`newest` are the author's, of any of the `columns` (by slug)."""
    place = author_place(author, setting.language)
    shown = [_view(post, columns[post.column], place.root, setting) for post in newest]
    view = author_view(author, place.root, setting.speak(place.language))
    image = _absolute(author.portrait, setting.url)
    facts = jsonld.profile(view, url=feeds.html_url, site=_site(setting), site_url=setting.url, image=image)
    values = {"person": view, "og_image": image, "jsonld": jsonld.written(facts), "tagline": view.blurb}
    return _place_page("web/author.html", place, feeds, shown, values, months=months, setting=setting)


def tag_page(
    label: str,
    feeds: FeedLinks,
    *,
    newest: Sequence[Post],
    columns: Mapping[str, Column],
    setting: Setting,
    months: Sequence[str] = (),
) -> bytes:
    """`label` is the tag as it was written first."""
    place = tag_place(label, setting.language)
    shown = [_view(post, columns[post.column], place.root, setting) for post in newest]
    wording = setting.speak(place.language)
    tagline = wording.gettext("Everything about “%(topic)s” in %(site)s", topic=place.name, site=one_line(setting.name))
    return _place_page("web/tag.html", place, feeds, shown, {"tagline": tagline}, months=months, setting=setting)


def month_page(
    place: Place,
    feeds: FeedLinks,
    name: str,
    *,
    posts: Sequence[Post],
    columns: Mapping[str, Column],
    setting: Setting,
    earlier: str = "",
    later: str = "",
) -> bytes:
    """`COLUMN/archive/2026-11.html` and the like; `earlier` and `later` are the names of its neighbours, or ""."""
    wording, root = setting.speak(place.language), f"{place.root}/.."
    label = page_label(name, wording)
    shown = [_view(post, columns[post.column], root, setting) for post in posts]
    url = f"{feeds.html_url}{ARCHIVE}/{name}.html"
    title = wording.gettext("%(place)s, %(month)s", place=place.name, month=label)
    facts = jsonld.collection(title, url=url, description="", language=place.language, site=_site(setting), posts=shown)
    page = _shared(setting, place.language, root, feeds, facts) | {
        "place": _place_facts(place, root),
        "title": title,
        "label": label,
        "canonical": url,
        "posts": shown,
        "earlier": _month(earlier, wording) if earlier else None,
        "later": _month(later, wording) if later else None,
    }
    return setting.render("web/month.html", page).encode()


def index_page(feeds: FeedLinks, cards: Sequence[ColumnCard], setting: Setting) -> bytes:
    facts = jsonld.collection(
        setting.name, url=feeds.html_url, description="", language=setting.language, site=_site(setting)
    )
    page = _shared(setting, setting.language, ".", feeds, facts) | {"columns": cards}
    return setting.render("web/index.html", page).encode()


def card_of(column: Column, feeds: FeedLinks, newest: Sequence[Post], setting: Setting) -> ColumnCard:
    return ColumnCard(
        name=feeds.title,
        tagline=one_line(column.tagline),
        href=f"./{column.slug}/index.html",
        language=column.language,
        direction=direction_of(column.language),
        posts=tuple(_view(post, column, ".", setting) for post in newest),
    )


def _place_page(
    template: str,
    place: Place,
    feeds: FeedLinks,
    shown: Sequence[PostView],
    values: Mapping[str, object],
    *,
    months: Sequence[str],
    setting: Setting,
) -> bytes:
    facts = jsonld.collection(
        place.name,
        url=feeds.html_url,
        description=str(values["tagline"]),
        language=place.language,
        site=_site(setting),
        posts=shown,
    )
    page = _shared(setting, place.language, place.root, feeds, facts) | {
        "place": _place_facts(place, place.root),
        "title": place.name,
        "canonical": feeds.html_url,
        "posts": shown,
        "years": _years(months, setting.speak(place.language)),
        **values,
    }
    return setting.render(template, page).encode()


def _view(post: Post, column: Column, root: str, setting: Setting) -> PostView:
    return post_view(post, column, root=root, site_url=setting.url, zone=setting.zone, speak=setting.speak)


def _shared(setting: Setting, language: str, root: str, feeds: FeedLinks, facts: jsonld.Thing) -> dict[str, object]:
    return {
        "site": {"name": setting.name, "url": setting.url, "language": setting.language},
        "language": language,
        "direction": direction_of(language),
        "root": root,
        "feeds": feeds,
        "jsonld": jsonld.written(facts),
        "subscribe": f"{root}/subscribe" if setting.joinable else "",
        "og_image": "",
    }


def _place_facts(place: Place, root: str) -> dict[str, str]:
    return {"kind": place.kind, "name": place.name, "href": f"{root}/{place.folder}/index.html", "folder": place.folder}


def _years(months: Sequence[str], wording: Wording) -> list[tuple[str, list[dict[str, str]]]]:
    """The pages by month, newest first, by year; their addresses are relative to the place's first page."""
    years: dict[str, list[dict[str, str]]] = {}
    for name in months:
        years.setdefault(name[:4], []).append(_month(name, wording, folder=f"{ARCHIVE}/"))
    return list(years.items())


def _month(name: str, wording: Wording, *, folder: str = "") -> dict[str, str]:
    return {
        "href": f"{folder}{name}.html",
        "label": page_label(name, wording),
        "short": short_label(name, wording),
    }


def _pointer(post: Post, setting: Setting) -> Line:
    """Another post, from the page of a post."""
    wording = setting.speak(post.language or setting.language)
    return Line(
        title=plain_line(post.title) or excerpt(post.body) or post.slug,
        href=f"../{post.column}/{post.slug}.html",
        published=moment_of(post.published, setting.zone, wording),
    )


def _site(setting: Setting) -> jsonld.Thing:
    return jsonld.organization(one_line(setting.name), setting.url)


def _absolute(image: Image | None, site_url: str) -> str:
    """For those who show a link with its picture."""
    return web_address(resolve_url(image.url, site_url)) if image else ""


def _everyone(own: Sequence[Author], posts: Sequence[Post]) -> list[Author]:
    """The column's own authors, then those of its posts, each once."""
    people = {author.key: author for author in own}
    for post in posts:
        for author in post.authors:
            people.setdefault(author.key, author)
    return list(people.values())
