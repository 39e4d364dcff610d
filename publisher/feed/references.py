"""How `&` and `<` are written in plain text: as `&#x26;` and `&#x3C;`, not as `&amp;` and `&lt;`.

To an XML parser both are the same. To those readers that decode a title twice they are
not, and the RSS Advisory Board's Best Practices Profile asks for the former in text that
is no HTML. lxml has no way to write them so, therefore the finished bytes are changed: by
pattern, safe because no `<` of text is left in them.
"""

from __future__ import annotations

import re

# Elements that hold plain text in Atom or RSS; those that hold HTML are not among them. The
# description of a channel is text and stands at its margin, that of an item is HTML.
_PLAIN = re.compile(
    rb"(<(?:title|subtitle|rights|copyright|name|label|category|summary|dc:creator|source|media:title|media:description"
    rb"|schema:description|schema:correction)(?: [^<>]*)?>|(?<=\n    )<description>)([^<]*&[^<]*)(?=</)"
)


def plain_references(document: bytes) -> bytes:
    """An XML document of ours with the references that are meant for plain text."""
    return _PLAIN.sub(lambda found: found[1] + _hexadecimal(found[2]), document)


def _hexadecimal(text: bytes) -> bytes:
    return text.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")
