"""WordPress: what the posts of its REST API (`wp/v2`) mean, and where they are.

Titles, excerpts and texts come as rendered HTML. Times named `…_gmt` are in UTC and say
no zone. Author, picture and terms are embedded in the post; one that the site keeps to
itself is embedded as an error, and then the post has none. A post with a password comes
without its text (`protected`) and is no post for us.

The identity is `guid`, the same that the site's feeds have: a source that changes from
`feed` to `wordpress` keeps its posts. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from publisher.collect.api.addresses import below, with_query
from publisher.collect.api.values import (
    address_at,
    at,
    blurb_and_bio,
    each_at,
    line_at,
    moment_at,
    text_at,
    words_at,
)
from publisher.collect.found import FoundPost
from publisher.model.author import Author, Link
from publisher.model.media import Image
from publisher.model.slug import slug_of

PER_PAGE = 100  # the most that WordPress gives
FIELDS = "id,guid,link,status,type,date_gmt,modified_gmt,title,excerpt,content,_links,_embedded"
EMBEDDED = "author,wp:featuredmedia,wp:term"  # without this it would embed the comments, too
_ROUTE = "/wp/v2/posts"
_TAXONOMIES = frozenset({"category", "post_tag"})
_NO_TAG = "uncategorized"  # the category of posts that have none


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where the API of a site answers."""

    posts: str
    index: str  # tells the site's name; "" where nobody knows


def routes_of(url: str) -> list[Route]:
    """Where to ask, the likeliest first.

    `url` is a site's address, or that of the posts themselves, with a query that narrows them
    (`…/wp-json/wp/v2/posts?categories=7`).
    """
    parts = urlsplit(url)
    if "/wp/v2/" in parts.path or "rest_route=" in parts.query:
        root = parts.path.partition("/wp/v2/")[0]
        index = parts._replace(path=f"{root}/", query="", fragment="").geturl() if root.endswith("/wp-json") else ""
        return [Route(posts=url, index=index)]
    return [
        Route(posts=below(url, f"/wp-json{_ROUTE}"), index=below(url, "/wp-json/")),
        # A site that was never told to have pretty addresses answers only here.
        Route(posts=below(url, "/", rest_route=_ROUTE), index=below(url, "/", rest_route="/")),
    ]


def page_url(route: str, number: int, **asked: str) -> str:
    """The address of a page of posts; pages count from 1."""
    return with_query(route, _embed=EMBEDDED, _fields=FIELDS, per_page=str(PER_PAGE), page=str(number), **asked)


def post_of(raw: Mapping[str, object]) -> FoundPost | None:
    """A post of the API; None for one that is not for everybody."""
    if at(raw, "content", "protected") is True or text_at(raw, "status") not in ("", "publish"):
        return None
    url = address_at(raw, "link")
    return FoundPost(
        guid=address_at(raw, "guid", "rendered") or text_at(raw, "id"),
        url=url,
        title=words_at(raw, "title", "rendered"),
        summary="" if at(raw, "excerpt", "protected") is True else words_at(raw, "excerpt", "rendered"),
        body_html=text_at(raw, "content", "rendered"),
        authors=tuple(_author_of(author) for author in each_at(raw, "_embedded", "author") if line_at(author, "name")),
        published=moment_at(raw, "date_gmt"),
        updated=moment_at(raw, "modified_gmt"),
        image=_image_of(at(raw, "_embedded", "wp:featuredmedia", 0)),
        tags=tuple(_tags_of(raw)),
    )


def _author_of(raw: Mapping[str, object]) -> Author:
    name = words_at(raw, "name")
    blurb, bio = blurb_and_bio(text_at(raw, "description"))
    website, own = address_at(raw, "url"), address_at(raw, "link")
    return Author(
        key=slug_of(name),
        name=name,
        blurb=blurb,
        bio=bio,
        url=own or website,
        links=(Link(label="Website", url=website),) if website and own else (),
        portrait=_portrait_of(at(raw, "avatar_urls"), name),
    )


def _portrait_of(avatars: object, name: str) -> Image | None:
    """The largest; `avatar_urls` is by width in pixels, and absent where the site shows no avatars."""
    if not isinstance(avatars, Mapping):
        return None
    sizes = [size for size in avatars if isinstance(size, str) and size.isascii() and size.isdigit()]
    url = address_at(avatars, max(sizes, key=_as_number)) if sizes else ""
    return Image(url=url, alt=name) if url else None


def _as_number(size: str) -> tuple[int, str]:
    """Orders numbers as they count, however long."""
    return len(size), size


def _image_of(raw: object) -> Image | None:
    url = address_at(raw, "source_url")
    if not url or text_at(raw, "media_type") not in ("", "image"):
        return None
    return Image(url=url, alt=line_at(raw, "alt_text"), caption=words_at(raw, "caption", "rendered"))


def _tags_of(raw: Mapping[str, object]) -> list[str]:
    """Names of categories and tags; `wp:term` has a list for each taxonomy."""
    groups = at(raw, "_embedded", "wp:term")
    terms = [term for group in (groups if isinstance(groups, list) else []) for term in each_at(group)]
    return [
        words_at(term, "name")
        for term in terms
        if text_at(term, "taxonomy") in _TAXONOMIES and text_at(term, "slug") != _NO_TAG
    ]
