"""What of a feed's document is new to who has an earlier one: RFC 3229 with the instance manipulation `feed`.

A delta is the document itself without the entries that the client has as they are. All
else stays byte for byte: title, links, tombstones. What counts is an entry's own bytes, so
a corrected entry comes again. Whoever applies a delta lays its entries over those it has.

Pure, and quick: a document is cut by the shape in which our own writers make it, where the
line that opens or ends an entry can stand nowhere else (in XML a `<` of text is written as
an entity, in JSON a line end as `\\n`). Known weakness: of a document in another shape it
finds no entries, and the delta is all of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import unescape

_DIGEST_CHARACTERS = 32  # of hexadecimal: 128 bits
_HEAD_BYTES = 2_000

_ATOM_ENTRY = re.compile(rb"\n  <entry(?: [^>]*)?>.*?\n  </entry>", re.DOTALL)
_ATOM_ID = re.compile(rb"<id>([^<]*)</id>")  # an entry's own stands before that of its source
_RSS_ITEM = re.compile(rb"\n    <item>.*?\n    </item>", re.DOTALL)
_RSS_ID = re.compile(rb"<guid [^>]*>([^<]*)</guid>")
_JSON_ITEMS = re.compile(rb'\n "items": \[')
_JSON_ITEM = re.compile(rb"\n  \{.*?\n  \}", re.DOTALL)
_JSON_END = b"\n ]\n}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    id: str
    digest: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A document in pieces."""

    head: bytes
    entries: tuple[_Entry, ...]
    tail: bytes
    between: bytes = b""

    def with_only(self, kept: list[_Entry]) -> bytes:
        return self.head + self.between.join(entry.content for entry in kept) + self.tail


def entries_of(document: bytes) -> list[tuple[str, str]]:
    """Id and digest of each entry of an Atom, RSS or JSON Feed document of ours, in its order."""
    return [(entry.id, entry.digest) for entry in _cut(document).entries]


def delta(document: bytes, *, has: Mapping[str, str]) -> bytes:
    """The document with the entries alone that a client lacks or has otherwise.

    `has` maps an entry's id to its digest, as `entries_of` gave them for what the client
    was served before (RFC 3229 §10.5: the base instance is named by its ETag).
    """
    cut = _cut(document)
    return cut.with_only([entry for entry in cut.entries if has.get(entry.id) != entry.digest])


def _cut(document: bytes) -> _Cut:
    if document[:1] == b"{":
        return _cut_json(document)
    if b"\n<rss " in document[:_HEAD_BYTES]:
        return _cut_xml(document, _RSS_ITEM, _RSS_ID)
    return _cut_xml(document, _ATOM_ENTRY, _ATOM_ID)


def _cut_xml(document: bytes, entry: re.Pattern[bytes], name: re.Pattern[bytes]) -> _Cut:
    found = list(entry.finditer(document))
    if not found:
        return _Cut(head=document, entries=(), tail=b"")
    return _Cut(
        head=document[: found[0].start()],
        entries=tuple(_entry(one[0], _name_in(one[0], name)) for one in found),
        tail=document[found[-1].end() :],
    )


def _name_in(entry: bytes, name: re.Pattern[bytes]) -> str:
    found = name.search(entry)
    return unescape(found[1].decode()) if found else ""


def _cut_json(document: bytes) -> _Cut:
    start = _JSON_ITEMS.search(document)
    if not start or not document.endswith(_JSON_END):
        return _Cut(head=document, entries=(), tail=b"")
    inside = document[start.end() : -len(_JSON_END)]
    entries = tuple(_entry(one[0], str(json.loads(one[0]).get("id", ""))) for one in _JSON_ITEM.finditer(inside))
    return _Cut(head=document[: start.end()], entries=entries, tail=_JSON_END, between=b",")


def _entry(content: bytes, id_: str) -> _Entry:
    return _Entry(id=id_, digest=hashlib.sha256(content).hexdigest()[:_DIGEST_CHARACTERS], content=content)
