"""A column's page: the feeds it names, and the links to its articles, newest first as the page has them.

Where no selector says which links these are: an ItemList in JSON-LD, else the links that are
headings or hold one, else the largest group of links that stand in elements of the same kind,
weighed by the length of their words. Links in menus, footers and sidebars never count, nor do
those of other sites.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from publisher.collect.discovery import feeds_of
from publisher.collect.page.jsonld import nodes_of_scripts
from publisher.collect.page.marks import AUTHOR_BOX, COMMENTS, FURNITURE, TEASERS, says
from publisher.collect.page.meta import facts_of_head
from publisher.collect.page.nodes import Node, address_in, types_of, values_of
from publisher.collect.page.selectors import Selectors
from publisher.collect.page.stories import heading_at
from publisher.collect.page.tree import Element, link_of, parse, select, upwards, words
from publisher.model.address import joined

_OUTSIDE = frozenset({"nav", "footer", "aside"})
_NO_ARTICLE = re.compile(
    r"/(?:tags?|categor(?:y|ies)|authors?|people|topics?|page|search|login|account|about|contact|imprint|privacy|feed)"
    r"(?:/|\Z)",
    re.IGNORECASE,
)
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id", re.IGNORECASE)
_MOST_LINKS = 5_000
_ENOUGH = 2  # links of one kind; one alone may be anything
_LONGEST_WEIGHED = 80  # characters of a link's words
_SHORTEST_WEIGHED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a column's page leads to; addresses are absolute."""

    feeds: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    column_name: str = ""
    tagline: str = ""


def read_listing(page: bytes | str, url: str, selectors: Selectors, *, content_type: str = "") -> Listing:
    """Raises ValueError, in words for an editor, where it is no page."""
    tree = parse(page, content_type)
    head = facts_of_head(tree, url)
    headings = [text for one in tree.iter("h1") if (text := words(one))]
    links = (
        _chosen(tree, url, selectors.links)
        if selectors.links
        else _of_list(nodes_of_scripts(tree), url) or _by_structure(tree, url)
    )
    return Listing(
        feeds=feeds_of(tree, url),
        links=tuple(dict.fromkeys(links)),
        column_name=headings[0] if headings and len(headings[0]) <= _LONGEST_WEIGHED else head.title,
        tagline=head.summary,
    )


def address_of(url: str) -> str:
    """The address without its fragment and without what only counts visitors: an article's identity."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    query = parts.query
    if any(_TRACKING.fullmatch(name) for name, _ in kept):
        query = urlencode([(name, value) for name, value in kept if not _TRACKING.fullmatch(name)])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def is_same_site(one: str, other: str) -> bool:
    """Whether both are on the same host, with or without `www.`."""
    hosts = {(urlsplit(url).netloc or "").lower().removeprefix("www.") for url in (one, other)}
    return len(hosts) == 1


def _chosen(tree: Element, url: str, selector: str) -> list[str]:
    found = []
    for element in select(tree, selector):
        links = [element] if element.tag == "a" else list(element.iter("a"))
        found += [target for link in links[:1] if (target := link_of(link, url)) and is_same_site(target, url)]
    return [address_of(target) for target in found]


def _of_list(nodes: Sequence[Node], url: str) -> list[str]:
    """The addresses of an ItemList or a Blog's postings, in their order."""
    found: list[str] = []
    for node in nodes:
        if types_of(node) & {"ItemList", "Blog", "CollectionPage"}:
            for item in values_of(node, "itemListElement", "blogPost", "blogPosts"):
                inner = item.get("item", item) if isinstance(item, dict) else item
                target = joined(url, address_in({"of": inner}, "of")) or joined(url, address_in({"of": item}, "of"))
                found += [address_of(target)] if _may_be_article(target, url) else []
    return found if len(set(found)) >= _ENOUGH else []


def _by_structure(tree: Element, url: str) -> list[str]:
    links = [
        (link, address_of(target))
        for link in list(tree.iter("a"))[:_MOST_LINKS]
        if _may_be_article(target := link_of(link, url), url) and not _is_outside(link)
    ]
    headed = [target for link, target in links if heading_at(link) is not None]
    if len(set(headed)) >= _ENOUGH:
        return headed
    groups: dict[tuple[str, ...], list[tuple[Element, str]]] = {}
    for link, target in links:
        groups.setdefault(_kind_of(link), []).append((link, target))
    best = max(groups.values(), key=_weight, default=[])
    return [target for _, target in best] if len(best) >= _ENOUGH and _weight(best) else []


def _may_be_article(target: str, url: str) -> bool:
    path = urlsplit(target).path
    is_here = address_of(target).rstrip("/") == address_of(url).rstrip("/")
    return bool(path.strip("/")) and is_same_site(target, url) and not is_here and not _NO_ARTICLE.search(path)


def _is_outside(link: Element) -> bool:
    around = [one for one in upwards(link) if one.tag not in ("html", "body", "main")]
    marks = (FURNITURE, COMMENTS, TEASERS, AUTHOR_BOX)
    return any(one.tag in _OUTSIDE or any(says(one, mark) for mark in marks) for one in around[1:])


def _kind_of(link: Element) -> tuple[str, ...]:
    """The tags and classes around a link, as far as three elements up."""
    around = list(upwards(link))[:4]
    return tuple(f"{one.tag}.{one.get('class') or ''}" for one in around)


def _weight(group: Sequence[tuple[Element, str]]) -> int:
    """How much a group says: the words of each of its targets once."""
    lengths = {target: len(words(link)) for link, target in group}
    return sum(min(length, _LONGEST_WEIGHED) for length in lengths.values() if length >= _SHORTEST_WEIGHED)
