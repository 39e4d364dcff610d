"""A message that came in, taken apart: its fields, its parts, their text.

For programs that read what mail servers wrote (`opened.py` is for people who look at a letter).
RFC 5322 header sections, RFC 2045 and RFC 2046 bodies, as far as they are kept: a boundary that
never comes, a part without a header, a charset that is none, line ends of any kind all have a
reading, and any octets are a message.

The work is linear in the octets, and bounded: only the first two megabytes are read, parts within
parts to a depth of eight, a hundred parts in all. The parser of the standard library looks at each
line once for each part it stands in, raises at parameters that make no sense, and takes three times as long.

Pure.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from publisher.mail.markup import text_of_markup
from publisher.mail.opened import decoded, decoded_by

LARGEST_BYTES = 2 * 2**20  # read at most
LONGEST_HEAD_BYTES = 64_000
LONGEST_TEXT_BYTES = 100_000  # of one part
MOST_PARTS = 100
DEEPEST = 8

_FIELD = re.compile(r"^([!-9;-~]{1,80})[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)  # ftext, RFC 5322 §3.6.8
_BEGINS = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")
_PARAMETER = re.compile(r';\s*([a-z*0-9-]{1,40})\s*=\s*(?:"([^"]{0,300})"|([^\s;"]{1,300}))', re.IGNORECASE)
_JAPANESE = (b"\x1b$B", b"\x1b$@")  # ISO-2022-JP says so by itself
_MULTIPART = "multipart/"


@dataclass(frozen=True, slots=True)
class Fields:
    """A header section; names are looked up in any case."""

    all: tuple[tuple[str, str], ...]  # lower-case names and values as they were sent

    def raw(self, name: str) -> str:
        """The first of this name, on one line; "" where there is none."""
        return next((" ".join(value.split()) for known, value in self.all if known == name), "")

    def text(self, name: str) -> str:
        """The same, decoded (RFC 2047)."""
        found = self.raw(name)
        return decoded(found) if "=?" in found else found

    def each(self, name: str) -> tuple[str, ...]:
        return tuple(" ".join(value.split()) for known, value in self.all if known == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part without parts."""

    fields: Fields
    media_type: str
    octets: bytes  # decoded
    charset: str

    @property
    def text(self) -> str:
        """In words: of HTML, what is shown."""
        text = _in_words(self.octets[:LONGEST_TEXT_BYTES], self.charset)
        return text_of_markup(text) if self.media_type == "text/html" else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A message in its parts, in their order."""

    fields: Fields
    media_type: str
    report_type: str  # of multipart/report (RFC 6522 §3); ""
    parts: tuple[Part, ...]

    def of_type(self, *media_types: str) -> Iterator[Part]:
        return (part for part in self.parts if part.media_type in media_types)


def take_apart(octets: bytes) -> Apart:
    """Any octets, with any line ends."""
    head, body = _head_and_body(_plain(octets))
    fields = fields_in(head)
    media_type, parameters = _content_type(fields.raw("content-type"))
    return Apart(
        fields=fields,
        media_type=media_type,
        report_type=parameters.get("report-type", "").lower(),
        parts=tuple(part for part, _ in zip(_parts(fields, body, 0), range(MOST_PARTS), strict=False)),
    )


def fields_in(head: str) -> Fields:
    """The fields of a header section (LF line ends); lines that are none are left out."""
    return Fields(tuple((name.lower(), value) for name, value in _FIELD.findall(head)))


def _plain(octets: bytes) -> bytes:
    """With LF line ends, without the line of an mbox and blank ones before the header."""
    octets = octets[:LARGEST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n\xef\xbb\xbf ")
    return octets.partition(b"\n")[2] if octets.startswith((b"From ", b">From ")) else octets


def _head_and_body(octets: bytes) -> tuple[str, bytes]:
    if octets.startswith(b"\n"):
        return "", octets[1:]
    head, _, body = octets.partition(b"\n\n")
    if not _BEGINS.match(head):
        return "", octets
    return _in_words(head[:LONGEST_HEAD_BYTES], ""), body


def _content_type(value: str) -> tuple[str, dict[str, str]]:
    """Media type and parameters in lower-case names; text/plain where it is left out or senseless."""
    media_type = next(iter(value.replace(";", " ").split(None, 1)), "").lower()
    parameters = {name.lower().rstrip("*"): quoted or bare for name, quoted, bare in _PARAMETER.findall(value[:2_000])}
    return (media_type if "/" in media_type else "text/plain"), parameters


def _parts(fields: Fields, body: bytes, depth: int) -> Iterator[Part]:
    media_type, parameters = _content_type(fields.raw("content-type"))
    boundary = parameters.get("boundary", "").rstrip()
    if media_type.startswith(_MULTIPART) and boundary and depth < DEEPEST:
        inner = _split(body, b"--" + boundary.encode("utf-8", "replace"))
        if inner:
            for segment in inner:
                head, rest = _head_and_body(segment)
                yield from _parts(fields_in(head), rest, depth + 1)
            return
    encoding = fields.raw("content-transfer-encoding").lower()
    media_type = "text/plain" if media_type.startswith(_MULTIPART) else media_type
    yield Part(
        fields=fields, media_type=media_type, octets=_freed(body, encoding), charset=parameters.get("charset", "")
    )


def _split(body: bytes, delimiter: bytes) -> list[bytes]:
    """What stands between delimiter lines (RFC 2046 §5.1.1); the last one may be missing."""
    segments: list[bytes] = []
    pieces = (b"\n" + body).split(b"\n" + delimiter)
    for piece in pieces[1 : MOST_PARTS + 1]:
        line, _, rest = piece.partition(b"\n")
        if line.startswith(b"--") and not line[2:].strip():
            break
        if not line.strip():
            segments.append(rest)
        elif segments:  # the delimiter of another part, whose name begins like this one
            segments[-1] += b"\n" + delimiter + piece
    return segments


def _freed(body: bytes, encoding: str) -> bytes:
    """Without its transfer encoding (RFC 2045 §6); as it is, where that makes no sense."""
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding == "base64":
        for padding in (b"", b"=", b"=="):  # the end may be cut off
            with suppress(binascii.Error):
                return binascii.a2b_base64(body + padding)
    return body


def _in_words(octets: bytes, charset: str) -> str:
    if charset and charset.lower() not in ("us-ascii", "ascii", "utf-8", "unknown-8bit"):
        return decoded_by(octets, charset)
    if any(start in octets for start in _JAPANESE):
        return decoded_by(octets, "iso-2022-jp")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("utf-8" if charset.lower() == "utf-8" else "latin-1", "replace")
