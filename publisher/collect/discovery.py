"""Which feed a page names for itself, where a source's `url` is a page and no feed.

Of several the best comes first: one below the page's own path (a category's feed stands
beside that of the whole site), then one on the same host, then Atom and RSS before JSON, then
as the page lists them. Feeds of comments never count. The HTTP header `Link` (RFC 8288)
may name one, too. Pure.

Standards: HTML Standard §4.6.6.2 (`link rel=alternate`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from publisher.collect.clean import clean_text
from publisher.collect.page.tree import Element, parse
from publisher.collect.websub.links import typed_links_in
from publisher.model.address import joined

_ATOM_AND_RSS = ("application/atom+xml", "application/rss+xml")
_JSON = "application/feed+json"
_COMMENTS = re.compile(r"comment|kommentar", re.IGNORECASE)
_MOST = 5


def feeds_in_page(page: bytes, url: str, content_type: str = "") -> tuple[str, ...]:
    """The feeds that a page names, the best first; none where it is no page."""
    with suppress(ValueError):
        return feeds_of(parse(page, content_type), url)
    return ()


def feeds_of(tree: Element, url: str) -> tuple[str, ...]:
    links = tree.xpath("//link[@href]")
    told = (
        (str(link.get("type") or ""), str(link.get("title") or ""), joined(url, clean_text(str(link.get("href")))))
        for link in links
        if "alternate" in str(link.get("rel") or "").lower().split()
    )
    return _best_first(told, url)


def feeds_in_header(header: str, url: str) -> tuple[str, ...]:
    """Those that the `Link` header of a page's answer names."""
    told = ((kind, "", address) for rel, kind, address in typed_links_in(header, url) if rel == "alternate")
    return _best_first(told, url)


def _best_first(told: Iterable[tuple[str, str, str]], url: str) -> tuple[str, ...]:
    found = dict[str, tuple[int, bool, bool]]()
    for kind, title, address in told:
        plain = kind.partition(";")[0].strip().lower()
        is_feed = plain in (*_ATOM_AND_RSS, _JSON) and address.startswith(("http://", "https://"))
        if is_feed and address != url and not _COMMENTS.search(f"{title} {urlsplit(address).path}"):
            found.setdefault(address, _rank(plain, address, url))
    return tuple(sorted(found, key=lambda address: found[address]))[:_MOST]


def _rank(kind: str, address: str, url: str) -> tuple[int, bool, bool]:
    here, there = urlsplit(url), urlsplit(address)
    is_same_host = here.netloc.lower() == there.netloc.lower()
    shared = 0
    for one, other in zip(_segments(here.path), _segments(there.path), strict=False):
        if one != other:
            break
        shared += 1
    return -shared if is_same_host else 0, not is_same_host, kind == _JSON


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
