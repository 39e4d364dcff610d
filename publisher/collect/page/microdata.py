"""Microdata in a page's attributes, as the nodes that JSON-LD would have (HTML Standard, §5.2)."""

from __future__ import annotations

from typing import Any

from publisher.collect.page.nodes import Node
from publisher.collect.page.tree import Element, words

_MOST_ITEMS = 500
_MOST_PROPERTIES = 5_000
_ADDRESS_OF = {
    "a": "href", "area": "href", "audio": "src", "embed": "src", "iframe": "src", "img": "src", "link": "href",
    "object": "data", "source": "src", "track": "src", "video": "src",
}  # fmt: skip
_LONG = frozenset({"articleBody", "text", "review"})  # the text is read elsewhere, with its markup


def nodes_of_items(tree: Element) -> list[Node]:
    """Every item of the page, in document order; items in an item are its values too."""
    items: dict[Element, dict[str, Any]] = {
        element: {"@type": str(element.get("itemtype") or ""), "@id": str(element.get("itemid") or "")}
        for element in tree.xpath("//*[@itemscope]")[:_MOST_ITEMS]
    }
    for element in tree.xpath("//*[@itemprop]")[:_MOST_PROPERTIES]:
        holder = next((one for one in element.iterancestors() if one in items), None)
        names = [name for name in str(element.get("itemprop")).split() if name not in _LONG]
        if holder is None or not names:
            continue
        value = items[element] if element in items else _value_of(element)
        for name in names:
            items[holder].setdefault(name, []).append(value)
    return list(items.values())


def _value_of(element: Element) -> str:
    if element.get("content") is not None:
        return str(element.get("content"))
    if element.tag in _ADDRESS_OF:
        return str(element.get(_ADDRESS_OF[element.tag]) or "")
    return str(element.get("datetime") or "") if element.get("datetime") else words(element)
