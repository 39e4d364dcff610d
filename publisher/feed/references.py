"""How `&` and `<` are written in plain text: as `&#x26;` and `&#x3C;`, not as `&amp;` and `&lt;`.

To an XML parser both are the same. To those readers that decode a title twice they are
not, and the RSS Advisory Board's Best Practices Profile asks for the former in text that
is no HTML. lxml has no way to write them so, therefore the finished bytes are changed: by
pattern, safe because no `<` of text is left in them.
"""

from __future__ import annotations

import re

# Elements that hold plain text in Atom or RSS; those that hold HTML are not among them. Both
# patterns begin with `<`, which is rare: the long texts between are skipped at memory's speed.
_PLAIN = re.compile(
    rb"<(?:title|subtitle|rights|copyright|name|category|summary|dc:creator|source|media:title|media:description"
    rb"|schema:description|schema:correction)(?: [^<>]*)?>[^<&]*&[^<]*</"
)
_CHANNEL = re.compile(rb"<description>[^<&]*&[^<]*</")  # an item's description is HTML


def plain_references(document: bytes) -> bytes:
    """An XML document of ours with the references that are meant for plain text."""
    head, first, rest = _PLAIN.sub(_hexadecimal, document).partition(b"<item>")
    return _CHANNEL.sub(_hexadecimal, head) + first + rest


def _hexadecimal(found: re.Match[bytes]) -> bytes:
    start, text = found[0].split(b">", 1)  # of an attribute nothing is changed
    return start + b">" + text.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")
