"""What of a feed's document is new to who has an earlier one: RFC 3229 with the instance manipulation `feed`.

A delta is the document itself without the entries that the client has as they are. All
else stays byte for byte: title, links, tombstones. What counts is an entry's own bytes, so
a corrected entry comes again. Whoever applies a delta lays its entries over those it has.

Pure, and quick: nothing is parsed. Known weakness: a document that is not ours has no
entries here (`cut.py`), and its delta is all of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from xml.sax.saxutils import unescape

from publisher.feed.cut import cut

_DIGEST_CHARACTERS = 32  # of hexadecimal: 128 bits
_ATOM_ID = re.compile(rb"<id>([^<]*)</id>")  # an entry's own stands before that of its source
_RSS_ID = re.compile(rb"<guid [^>]*>([^<]*)</guid>")


def entries_of(document: bytes) -> list[tuple[str, str]]:
    """Id and digest of each entry of an Atom, RSS or JSON Feed document of ours, in its order."""
    return [(_id_in(entry), _digest(entry)) for entry in cut(document).entries]


def delta(document: bytes, *, has: Mapping[str, str]) -> bytes:
    """The document with the entries alone that a client lacks or has otherwise.

    `has` maps an entry's id to its digest, as `entries_of` gave them for what the client
    was served before (RFC 3229 §10.5: the base instance is named by its ETag).
    """
    pieces = cut(document)
    return pieces.with_entries(entry for entry in pieces.entries if has.get(_id_in(entry)) != _digest(entry))


def _id_in(entry: bytes) -> str:
    if entry.lstrip()[:1] == b"{":
        return str(json.loads(entry).get("id", ""))
    found = _ATOM_ID.search(entry) if entry.lstrip().startswith(b"<entry") else _RSS_ID.search(entry)
    return unescape(found[1].decode()) if found else ""


def _digest(entry: bytes) -> str:
    return hashlib.sha256(entry).hexdigest()[:_DIGEST_CHARACTERS]
