"""The body of a letter, with slots: its parts in quoted-printable, each behind a boundary.

Responsible for multipart/alternative (RFC 2046 §5.1.4) and, where pictures travel with the letter, for
multipart/related within it (RFC 2387). The boundary is the delivery's token, so it differs from letter to letter.

Not here: how text is quoted (quoted.py), which pictures travel and as what (inline.py), what stands before the
body (wire.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.mail.quoted import SOFT_BREAK, quoted_lines
from publisher.mail.splice import Hole, Piece
from publisher.model.letter import CLOSE, OPEN, Slot

MARK = re.compile(f"{OPEN}([a-z-]+){CLOSE}")
_STRAY = re.compile(f"[{OPEN}{CLOSE}]")
TOKEN_HOLE = Hole("token")
OUTER, _INNER = b"=_", b"=_."  # and the token, in which is no dot: neither begins with the other (RFC 2046 §5.1.2)


def body_of(text: str, page: str, parts: Sequence[bytes]) -> tuple[Piece, ...]:
    """All of it behind the empty line that ends the header; `parts` are the pictures that the page names."""
    first, *rest = (
        *_part("text/plain", text, "text"),
        *(_related(page, parts) if parts else _part("text/html", page, "html")),
        *_boundary("--\r\n"),
    )
    assert isinstance(first, bytes)  # noqa: S101  so a boundary begins
    return first.removeprefix(b"\r\n"), *rest  # that line end is the empty line's


def check_slots(text: str) -> None:
    """Raises ValueError for a slot that nobody fills, and a mark that is broken."""
    for name in MARK.findall(text):
        if name not in set(Slot):
            raise ValueError(f"no reader can fill the slot {name!r}")
    if _STRAY.search(MARK.sub("", text)):
        raise ValueError("a slot mark is broken: U+E000 and U+E001 stand around a slot's name only")


def _boundary(end: str, start: bytes = OUTER) -> Iterator[Piece]:
    """`=_` cannot stand in quoted-printable, nor `-` in base64: no body holds a boundary (RFC 2045 §6.7, §6.8)."""
    yield b"\r\n--" + start
    yield TOKEN_HOLE
    yield end.encode()


def _related(page: str, parts: Sequence[bytes]) -> Iterator[Piece]:
    """The page, and the pictures that it names."""
    yield from _boundary("\r\n")
    yield b'Content-Type: multipart/related; type="text/html";\r\n boundary="' + _INNER  # RFC 2387 §3.1
    yield TOKEN_HOLE
    yield b'"\r\n'
    yield from _part("text/html", page, "html", within=_INNER)
    for part in parts:
        yield from _boundary("\r\n", _INNER)
        yield part
    yield from _boundary("--\r\n", _INNER)


def _part(content_type: str, body: str, part: str, *, within: bytes = OUTER) -> Iterator[Piece]:
    yield from _boundary("\r\n", within)
    yield f"Content-Type: {content_type}; charset=utf-8\r\n".encode()
    yield b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    pieces = MARK.split(body.rstrip("\n") + "\n")  # text, slot, text, slot, text
    for number, piece in enumerate(pieces):
        if number % 2:
            yield Hole(part, piece)
        else:
            yield _around(piece, first=not number, last=number == len(pieces) - 1)


def _around(text: str, *, first: bool, last: bool) -> bytes:
    """The text between two slots, parted from them by soft breaks."""
    before = "" if first or text.startswith("\n") else SOFT_BREAK
    after = "" if last or not text or text.endswith("\n") else SOFT_BREAK
    return f"{before}{quoted_lines(text)}{after}".encode()
