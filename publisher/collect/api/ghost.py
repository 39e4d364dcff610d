"""Ghost: what the posts of its Content API mean, and where they are.

Titles are plain text, `html` is the text; times have their zone. Only what everybody may
read is taken: of a post for members the API gives the beginning. Tags that begin with
`#` are for the editors alone.

The identity is `id`, the same that Ghost's own feed has: a source that changes from
`feed` to `ghost` keeps its posts. Pure. Known weakness: an author's `location` has no
place in our authors and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from publisher.collect.api.addresses import below, with_query
from publisher.collect.api.values import at, blurb_and_bio, each_at, line_at, moment_at, text_at, words_at
from publisher.collect.found import FoundPost
from publisher.model.author import Author, Link
from publisher.model.media import Image
from publisher.model.slug import slug_of

PER_PAGE = 50
HEADERS = {"Accept-Version": "v5.0"}
_ROOT = "/ghost/api/content"


def root_of(url: str) -> str:
    """The API's address; `url` is the site's, or one of the API's own, whose query (a `filter`) is kept."""
    parts = urlsplit(url)
    before, found, _ = parts.path.partition(_ROOT)
    return below(parts._replace(path=before).geturl() if found else url, _ROOT)


def page_url(root: str, number: int, *, key: str, order: str, narrowed: str = "") -> str:
    """The address of a page of posts; pages count from 1. `narrowed` is a filter besides the source's own."""
    own = dict(parse_qsl(urlsplit(root).query)).get("filter", "")
    filters = {"filter": "+".join(f"({one})" if own and narrowed else one for one in (own, narrowed) if one)}
    return with_query(
        below(root, "/posts/"),
        key=key,
        include="authors,tags",
        order=order,
        limit=str(PER_PAGE),
        page=str(number),
        **{name: value for name, value in filters.items() if value},
    )


def settings_url(root: str, *, key: str) -> str:
    """The address of the site's name and description."""
    bare = urlsplit(root)._replace(query="").geturl()
    return below(bare, "/settings/", key=key)


def post_of(raw: Mapping[str, object]) -> FoundPost | None:
    """A post of the API; None for one that is not for everybody."""
    if text_at(raw, "visibility") not in ("", "public"):
        return None
    body = text_at(raw, "html")
    # Where nobody wrote a summary, `excerpt` is the beginning of the text.
    summary = line_at(raw, "custom_excerpt") or ("" if body else line_at(raw, "excerpt"))
    people = each_at(raw, "authors") or each_at([at(raw, "primary_author")])
    return FoundPost(
        guid=text_at(raw, "id") or text_at(raw, "uuid"),
        url=text_at(raw, "url"),
        title=line_at(raw, "title"),
        summary=summary,
        body_html=body,
        authors=tuple(_author_of(person) for person in people if line_at(person, "name")),
        published=moment_at(raw, "published_at"),
        updated=moment_at(raw, "updated_at"),
        image=_image_of(raw),
        tags=tuple(line_at(tag, "name") for tag in each_at(raw, "tags") if _is_shown(tag)),
    )


def _author_of(raw: Mapping[str, object]) -> Author:
    name = line_at(raw, "name")
    blurb, bio = blurb_and_bio(text_at(raw, "bio"))
    portrait = text_at(raw, "profile_image")
    return Author(
        key=slug_of(name),
        name=name,
        blurb=blurb,
        bio=bio,
        url=text_at(raw, "url") or text_at(raw, "website"),
        links=tuple(_links_of(raw)),
        portrait=Image(url=portrait, alt=name) if portrait else None,
    )


def _links_of(raw: Mapping[str, object]) -> list[Link]:
    """Ghost keeps a name for X with its `@`, and one for Facebook without."""
    links = []
    if website := text_at(raw, "website"):
        links.append(Link(label="Website", url=website))
    if name := line_at(raw, "twitter").removeprefix("@"):
        links.append(Link(label=f"@{name}", url=f"https://x.com/{name}"))
    if name := line_at(raw, "facebook"):
        links.append(Link(label="Facebook", url=f"https://www.facebook.com/{name}"))
    return links


def _image_of(raw: Mapping[str, object]) -> Image | None:
    url = text_at(raw, "feature_image")
    if not url:
        return None
    return Image(url=url, alt=line_at(raw, "feature_image_alt"), caption=words_at(raw, "feature_image_caption"))


def _is_shown(tag: Mapping[str, object]) -> bool:
    return text_at(tag, "visibility") in ("", "public") and not text_at(tag, "name").startswith("#")
