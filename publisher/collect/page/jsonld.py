"""JSON-LD in a page's scripts, as nodes. Text from a stranger: small, shallow, or not read."""

from __future__ import annotations

import json
import re
from typing import Any

from publisher.collect.page.nodes import Node, all_in
from publisher.collect.page.tree import Element

_MOST_SCRIPTS = 40
_LARGEST = 1_000_000  # characters of one script
_MOST_NODES = 5_000
_DEEPEST = 20
_WRAPPING = re.compile(r"\A\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*\Z")


def nodes_of_scripts(tree: Element) -> list[Node]:
    """Every node in document order; a node that only names another by `@id` is that other one."""
    roots: list[Any] = []
    for script in tree.xpath("//script[contains(@type, 'ld+json')]")[:_MOST_SCRIPTS]:
        roots += _read(str(script.text or ""))
    nodes = list(all_in(roots, most=_MOST_NODES, deepest=_DEEPEST))
    named = {node["@id"]: node for node in reversed(nodes) if isinstance(node.get("@id"), str) and len(node) > 1}
    return [_with_named(node, named) for node in nodes if set(node) != {"@id"}]


def _read(text: str) -> list[Any]:
    bare = _WRAPPING.sub("", text)
    if not bare.strip() or len(bare) > _LARGEST:
        return []
    try:
        found = json.loads(bare, strict=False)  # many write line ends into their texts
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else [found]


def _with_named(node: Node, named: dict[str, Node]) -> Node:
    """The node with each `{"@id": …}` among its values replaced, one step deep: no circles."""
    return {name: _named(value, named) for name, value in node.items()}


def _named(value: Any, named: dict[str, Node]) -> Any:
    if isinstance(value, list):
        return [_named(one, named) if isinstance(one, dict) else one for one in value]
    if isinstance(value, dict) and len(value) <= 2 and isinstance(value.get("@id"), str):
        return named.get(value["@id"], value)
    return value
