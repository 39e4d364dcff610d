"""A feed document of ours in pieces: what stands before its entries, each entry, what stands after.

Cut by the shape in which our writers make it, without a parser: the line that opens or ends
an entry can stand nowhere else (in XML a `<` of text is written as an entity, in JSON a
line end as `\\n`). The same entry is the same piece in every document of a format.

Known weakness: of a document in another shape it finds no entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_HEAD_BYTES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The pieces."""

    head: bytes
    entries: tuple[bytes, ...]
    tail: bytes
    between: bytes = b""  # two entries

    def with_entries(self, entries: Iterable[bytes]) -> bytes:
        """The document with other entries."""
        return self.head + self.between.join(entries) + self.tail


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    entry: re.Pattern[bytes]
    end: re.Pattern[bytes]  # what follows the last entry


_ATOM = _Shape(
    entry=re.compile(rb"\n  <entry(?: [^>]*)?>.*?\n  </entry>", re.DOTALL), end=re.compile(rb"\n</feed>\n\Z")
)
_RSS = _Shape(
    entry=re.compile(rb"\n    <item>.*?\n    </item>", re.DOTALL), end=re.compile(rb"\n  </channel>\n</rss>\n\Z")
)
_JSON_ITEMS = re.compile(rb'\n "items": \[')
_JSON_ITEM = re.compile(rb"\n  \{.*\}")  # each on a line of its own
_JSON_END = b"\n ]\n}\n"


def cut(document: bytes) -> Cut:
    """An Atom, RSS or JSON Feed document in pieces."""
    if document[:1] == b"{":
        return _cut_json(document)
    return _cut_xml(document, _RSS if b"\n<rss " in document[:_HEAD_BYTES] else _ATOM)


def _cut_xml(document: bytes, shape: _Shape) -> Cut:
    found = list(shape.entry.finditer(document))
    if found:
        start, end = found[0].start(), found[-1].end()
    else:
        tail = shape.end.search(document)
        start = end = tail.start() if tail else len(document)
    return Cut(head=document[:start], entries=tuple(one[0] for one in found), tail=document[end:])


def _cut_json(document: bytes) -> Cut:
    start = _JSON_ITEMS.search(document)
    if not start or not document.endswith(_JSON_END):
        return Cut(head=document, entries=(), tail=b"")
    inside = document[start.end() : -len(_JSON_END)]
    items = tuple(one[0] for one in _JSON_ITEM.finditer(inside))
    return Cut(head=document[: start.end()], entries=items, tail=_JSON_END, between=b",")
