"""Pictures that travel with a letter: parts of it, named by `cid:` where the page would name an address.

multipart/related is RFC 2387, `cid:` RFC 2392, Content-Disposition RFC 2183. The letter's
page stays as it is, with addresses, and is changed only here: which pictures are at hand
is said by who compiles it. They travel in the order of the page, as long as they do not
make the letter too large; the others stay links.

A part is the same octets for every reader and every letter: its Content-ID says what the
picture's content is (RFC 2045 §7: one id, one content), so nothing in it tells readers apart.

Not here: fetching them. Known weakness: a picture in a style sheet, or behind `srcset`,
stays a link.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape, unescape

from publisher.mail import headers
from publisher.model.letter import OPEN
from publisher.model.picture import MEDIA_TYPES

MOST_BYTES = 2**20
"""Of pictures in one letter, as they go over the wire: a letter is made anew for each reader."""

# The composer's own HTML: every attribute has double quotes around it, and they are closed.
_PICTURE = re.compile(rf'(<img\b(?:[^<>"]|"[^"]*")*?\ssrc=")(https?://[^"{OPEN}]*)(")', re.IGNORECASE)
_LINE_OCTETS = 57  # of what is encoded, in a line of 76 (RFC 2045 §6.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that is at hand; `name` is made from its content (`model/picture.py`)."""

    name: str
    content: bytes = field(repr=False)


def addresses_of(page: str) -> tuple[str, ...]:
    """The addresses of the page's pictures, in its order, each once."""
    return tuple(dict.fromkeys(unescape(found[2]) for found in _PICTURE.finditer(page)))


def travelling(page: str, sizes: Mapping[str, int]) -> frozenset[str]:
    """The addresses of those that travel with the page, of those at hand; `sizes` are of their content."""
    left, chosen = MOST_BYTES, set()
    for address in addresses_of(page):
        size = wire_bytes(sizes[address]) if address in sizes else 0
        if 0 < size <= left:
            left -= size
            chosen.add(address)
    return frozenset(chosen)


def wire_bytes(size: int) -> int:
    """How long the content is as base64, with its line ends."""
    lines = -(-size // _LINE_OCTETS)
    return -(-size // 3) * 4 + 2 * lines


def inlined(page: str, pictures: Mapping[str, Picture], domain: str) -> tuple[str, tuple[bytes, ...]]:
    """The page with `cid:` for what travels with it, and the parts that it names; `pictures` by address."""
    chosen = travelling(page, {address: len(picture.content) for address, picture in pictures.items()})
    parts: dict[str, bytes] = {}

    def named(found: re.Match[str]) -> str:
        address = unescape(found[2])
        if address not in chosen:
            return found[0]
        picture = pictures[address]
        content_id = f"{picture.name.partition('.')[0]}@{headers.ascii_domain(domain)}"
        if picture.name not in parts:
            parts[picture.name] = b"".join(_part(picture, content_id))
        return f"{found[1]}cid:{escape(content_id)}{found[3]}"

    return _PICTURE.sub(named, page), tuple(parts.values())


def _part(picture: Picture, content_id: str) -> Iterator[bytes]:
    """Header and content, without the line end that belongs to the boundary after it."""
    kind = picture.name.rpartition(".")[2]
    yield headers.word_field("Content-Type", f"{MEDIA_TYPES[kind]};", f'name="{picture.name}"').encode("ascii")
    yield b"Content-Transfer-Encoding: base64\r\n"
    yield headers.word_field("Content-ID", f"<{content_id}>").encode("ascii")
    yield headers.word_field("Content-Disposition", "inline;", f'filename="{picture.name}"').encode("ascii")
    yield b"\r\n"
    yield encodebytes(picture.content).rstrip(b"\n").replace(b"\n", b"\r\n")
