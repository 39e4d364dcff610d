"""What the head of a page says: OpenGraph (ogp.me), `article:*`, Twitter cards, the old names."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from publisher.collect.clean import clean_text
from publisher.collect.page.facts import Facts
from publisher.collect.page.moments import moment_of
from publisher.collect.page.schemaorg import names_in
from publisher.collect.page.tree import Element
from publisher.model.address import joined
from publisher.model.author import Author
from publisher.model.media import Image
from publisher.model.slug import slug_of

UTC = ZoneInfo("UTC")
_MOST = 500
_PUBLISHED = (
    "article:published_time", "article:published", "og:article:published_time", "datepublished", "parsely-pub-date",
    "sailthru.date", "dc.date.issued", "dcterms.created", "dc.date", "date", "pubdate",
)  # fmt: skip
_UPDATED = ("article:modified_time", "article:modified", "og:updated_time", "datemodified", "dcterms.modified")
_AUTHORS = ("article:author", "author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl")


def facts_of_head(tree: Element, url: str, zone: ZoneInfo = UTC) -> Facts:
    meta = _meta_of(tree)
    picture = _first(meta, "og:image:secure_url", "og:image", "og:image:url", "twitter:image")
    picture = joined(url, picture) if picture else ""
    return Facts(
        title=_first(meta, "og:title", "twitter:title", "dc.title") or _title_of(tree),
        summary=_first(meta, "og:description", "description", "twitter:description", "dc.description"),
        url=_canonical_of(tree) or _first(meta, "og:url"),
        site_name=_first(meta, "og:site_name", "application-name"),
        authors=_authors_of(meta),
        published=_moment(meta, _PUBLISHED, zone),
        updated=_moment(meta, _UPDATED, zone),
        image=Image(url=picture, alt=_first(meta, "og:image:alt", "twitter:image:alt"))
        if picture.startswith(("http://", "https://"))
        else None,
        tags=tuple(dict.fromkeys(meta.get("article:tag", []))),
        language=str(tree.get("lang") or "").strip() or _first(meta, "og:locale").replace("_", "-"),
    )


def _meta_of(tree: Element) -> dict[str, list[str]]:
    meta: dict[str, list[str]] = {}
    for element in tree.xpath("//meta[@content]")[:_MOST]:
        name = str(element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        content = clean_text(str(element.get("content")))
        if name and content:
            meta.setdefault(name, []).append(content)
    return meta


def _first(meta: dict[str, list[str]], *names: str) -> str:
    return next((meta[name][0] for name in names if name in meta), "")


def _moment(meta: dict[str, list[str]], names: tuple[str, ...], zone: ZoneInfo) -> datetime | None:
    moments = (moment_of(meta[name][0], zone) for name in names if name in meta)
    return next(filter(None, moments), None)


def _authors_of(meta: dict[str, list[str]]) -> tuple[Author, ...]:
    """The names of the first of them that has any: an address (`article:author` may be one) is no name."""
    for key in _AUTHORS:
        told = [text for text in meta.get(key, []) if "://" not in text and "@" not in text]
        names = [name for text in told for name in names_in(text)]
        if names:
            return tuple({slug_of(name): Author(key=slug_of(name), name=name) for name in names}.values())
    return ()


def _title_of(tree: Element) -> str:
    return next((clean_text(str(title.text_content())) for title in tree.xpath("//head/title")), "")


def _canonical_of(tree: Element) -> str:
    """As written (RFC 6596 §3)."""
    for link in tree.xpath("//link[@href]")[:_MOST]:
        if "canonical" in str(link.get("rel") or "").lower().split():
            return clean_text(str(link.get("href")))
    return ""
