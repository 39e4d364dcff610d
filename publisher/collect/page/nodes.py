"""The nodes of schema.org that a page holds, from JSON-LD and from microdata alike.

A node is what JSON-LD calls a node object (JSON-LD 1.1 §9.2): a dictionary whose values are
texts, numbers, nodes or lists of these. Nothing of it has to be what the vocabulary says:
every question here has an answer for every type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from publisher.collect.clean import clean_text, text_of

Node = Mapping[str, Any]

_LONGEST = 200_000  # characters of one text
_MOST_VALUES = 200  # of one property


def types_of(node: Node) -> frozenset[str]:
    """Its types without the vocabulary: `https://schema.org/NewsArticle` -> `NewsArticle`."""
    return frozenset(
        part.rstrip("/").rpartition("/")[2].rpartition(":")[2]
        for value in values_of(node, "@type")
        if isinstance(value, str)
        for part in value.split()
    )


def values_of(node: Node, *names: str) -> list[Any]:
    """The values of the first of these properties that has any; never a list in a list."""
    for name in names:
        value = node.get(name)
        if isinstance(value, Mapping) and "@list" in value:
            value = value["@list"]
        found = [one for one in (value if isinstance(value, list) else [value]) if one not in (None, "", [], {})]
        if found:
            return found[:_MOST_VALUES]
    return []


def nodes_in(node: Node, *names: str) -> list[Node]:
    return [value for value in values_of(node, *names) if isinstance(value, Mapping)]


def text_in(node: Node, *names: str) -> str:
    """The first value as plain text on one line; a node's is its name."""
    return next(filter(None, map(plain, values_of(node, *names))), "")


def texts_in(node: Node, *names: str) -> list[str]:
    return list(filter(None, map(plain, values_of(node, *names))))


def plain(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("@value") or value.get("name") or ""
    if not isinstance(value, str):
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
    text = value[:_LONGEST]
    return text_of(text) if "<" in text or "&" in text else clean_text(text)


def address_in(node: Node, *names: str) -> str:
    """The first value as an address; a node's is its `url` or `@id`. As written, not yet absolute."""
    for value in values_of(node, *names):
        if isinstance(value, Mapping):
            value = next((one for name in ("url", "contentUrl", "@id") if isinstance(one := value.get(name), str)), "")
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def all_in(roots: list[Any], *, most: int, deepest: int) -> Iterator[Node]:
    """Every node, a root before what it holds; what is beyond the limits is left out."""
    held: list[tuple[Any, int]] = [(root, 0) for root in reversed(roots)]
    seen = 0
    while held and seen < most:
        value, depth = held.pop()
        seen += 1
        inner = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
        if depth < deepest:
            held += [(one, depth + 1) for one in reversed(inner) if isinstance(one, dict | list)]
        if isinstance(value, Mapping):
            yield value
