"""A message taken apart for somebody to look at: its header fields, its text, its HTML.

What is read may be anything: a header of a megabyte, parts within parts without end, a
charset that is none. Whatever cannot be understood is shown as it stands, nothing raises,
and nothing takes long: a message that would is not taken apart (`is_whole` is false), and
its beginning is shown instead.

Header fields are found here (RFC 5322 §2.2) and their encoded words (RFC 2047) decoded by
the standard library, word by word; MIME (RFC 2045) is the standard library's business.

Not here: making HTML harmless. Whoever shows it puts it where it can do nothing.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from urllib.parse import unquote

LARGEST_BYTES = 16 * 2**20  # taken apart at most
MOST_FIELDS = 200
LONGEST_VALUE = 4_000  # characters of a field
LONGEST_HEAD_BYTES = 100_000
LONGEST_SOURCE_BYTES = 300_000
MOST_INLINE_BYTES = 20 * 2**20  # pictures put into the HTML, counted as often as they are used

# The standard parser looks at each line once for each part that it stands in, and takes a
# parameter list apart by copying what is left of it.
_MOST_LOOKS = 600_000
_MOST_DELIMITERS = 2_000
_LONGEST_CONTENT_FIELD = 4_000
_BOUNDARY = re.compile(rb"boundary", re.IGNORECASE)
_DELIMITER = re.compile(rb"^--", re.MULTILINE)
_CONTENT_FIELD = re.compile(rb"^content-[a-z-]+[ \t]*:.*(?:\n[ \t].*)*", re.MULTILINE | re.IGNORECASE)

# What the standard parser raises at parameters that make no sense (a charset with a NUL, pieces
# of which some are numbered) and at parts nested too deep.
_SENSELESS = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)

_FIELD = re.compile(r"^([!-9;-~]+)[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)  # ftext, RFC 5322 §3.6.8
_ENCODED = re.compile(r"=\?[^?\s]+\?[bq]\?[^?\s]*\?=(?:\s+=\?[^?\s]+\?[bq]\?[^?\s]*\?=)*", re.IGNORECASE)
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_CID = re.compile(r"\bcid:([^\"'\s<>)]+)", re.IGNORECASE)
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif")
_UNSAFE_CHARSETS = ("idna", "punycode")  # no charsets of mail, and quadratic


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part that is neither the letter's text nor its HTML."""

    name: str  # of the file; "" where it has none
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What there is to see."""

    fields: tuple[tuple[str, str], ...]  # names and decoded values, in their order
    head: str  # the same as they were sent
    html: str = ""  # "" where there is none; pictures that came with it (RFC 2392) stand in it as data
    text: str = ""
    parts: tuple[Part, ...] = ()
    source: str
    is_whole: bool  # false: it was not taken apart
    is_cut: bool  # there is more of fields, head or source than is here

    def field(self, name: str) -> str:
        """The first field of this name; "" where there is none."""
        return next((value for known, value in self.fields if known.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    """A part without parts."""

    part: Part
    content: bytes
    charset: str
    content_id: str
    is_file: bool


def open_message(octets: bytes) -> Opened:
    """Take a message apart; line ends may be CRLF or LF."""
    octets = octets.replace(b"\r\n", b"\n")
    head = head_of(octets)
    fields = fields_of(head[:LONGEST_HEAD_BYTES])
    leaves = _leaves_of(octets)
    bodies, others = _bodies_of(leaves or [])
    return Opened(
        fields=fields[:MOST_FIELDS],
        head=shown(head[:LONGEST_HEAD_BYTES]),
        html=_with_pictures(bodies.get("text/html", ""), leaves or []),
        text=bodies.get("text/plain", ""),
        parts=others,
        source=shown(octets[:LONGEST_SOURCE_BYTES]),
        is_whole=leaves is not None,
        is_cut=len(fields) > MOST_FIELDS or len(head) > LONGEST_HEAD_BYTES or len(octets) > LONGEST_SOURCE_BYTES,
    )


def head_of(octets: bytes) -> bytes:
    """The header section, without the blank line after it."""
    return b"" if octets.startswith(b"\n") else octets.partition(b"\n\n")[0]


def fields_of(head: bytes) -> tuple[tuple[str, str], ...]:
    """Each field of a header section (LF line ends), decoded; lines that are no field are left out."""
    return tuple((name, decoded(value)) for name, value in _FIELD.findall(head.decode("utf-8", "replace")))


def decoded(value: str) -> str:
    """A field's value as people read it, on one line and not too long."""
    unfolded = " ".join(value[:LONGEST_VALUE].split()) + ("…" if len(value) > LONGEST_VALUE else "")
    return shown_text(_ENCODED.sub(lambda words: _word_of(words[0]), unfolded))


def shown(octets: bytes) -> str:
    """Octets as text, without what no page can hold."""
    return shown_text(octets.decode("utf-8", "replace"))


def shown_text(text: str) -> str:
    """The same of a text that may hold anything."""
    return _UNSHOWABLE.sub("\ufffd", text)


def _word_of(words: str) -> str:
    """Encoded words (RFC 2047 §2) that stand together; as they are, where they mean nothing."""
    try:
        pieces = [
            piece if isinstance(piece, str) else decoded_by(piece, charset or "ascii")
            for piece, charset in decode_header(words)
        ]
    except _SENSELESS:
        return words
    return " ".join("".join(pieces).split())


def decoded_by(octets: bytes, charset: str) -> str:
    name = charset.partition("*")[0].strip().lower()  # a language may follow, RFC 2231 §5
    try:
        return octets.decode("utf-8" if name in _UNSAFE_CHARSETS else name, "replace")
    except (ValueError, LookupError):
        return octets.decode("utf-8", "replace")


def _leaves_of(octets: bytes) -> list[_Leaf] | None:
    """The parts that have no parts; None where that would take too long."""
    if _is_intricate(octets):
        return None
    try:
        return [_leaf_of(part) for part in message_from_bytes(octets).walk() if not part.is_multipart()]
    except _SENSELESS:
        return None


def _is_intricate(octets: bytes) -> bool:
    looks = octets.count(b"\n") * (1 + len(_BOUNDARY.findall(octets)))
    if len(octets) > LARGEST_BYTES or looks > _MOST_LOOKS or len(_DELIMITER.findall(octets)) > _MOST_DELIMITERS:
        return True
    return any(len(field[0]) > _LONGEST_CONTENT_FIELD for field in _CONTENT_FIELD.finditer(octets))


def _leaf_of(part: Message) -> _Leaf:
    octets = part.get_payload(decode=True)
    content = octets if isinstance(octets, bytes) else b""
    name = decoded(part.get_filename() or "")
    return _Leaf(
        part=Part(name=name, media_type=shown_text(part.get_content_type()), size_bytes=len(content)),
        content=content,
        charset=part.get_content_charset("utf-8"),
        content_id=str(part["content-id"] or "").strip().strip("<>"),
        is_file=bool(name) or part.get_content_disposition() == "attachment",
    )


def _bodies_of(leaves: list[_Leaf]) -> tuple[dict[str, str], tuple[Part, ...]]:
    """The first text and the first HTML by their types, and what else there is."""
    bodies: dict[str, str] = {}
    others = []
    for leaf in leaves:
        kind = leaf.part.media_type
        if kind in ("text/html", "text/plain") and not leaf.is_file and kind not in bodies:
            bodies[kind] = shown_text(decoded_by(leaf.content, leaf.charset))
        else:
            others.append(leaf.part)
    return bodies, tuple(others)


def _with_pictures(html: str, leaves: list[_Leaf]) -> str:
    """Pictures that came with the letter, in the places that name them."""
    pictures = {leaf.content_id: leaf for leaf in leaves if leaf.content_id and leaf.part.media_type in _PICTURES}
    left = MOST_INLINE_BYTES

    def data(found: re.Match[str]) -> str:
        nonlocal left
        picture = pictures.get(unquote(found[1]))
        left -= picture.part.size_bytes if picture else 0
        if picture is None or left < 0:
            return found[0]
        return f"data:{picture.part.media_type};base64,{b64encode(picture.content).decode()}"

    return _CID.sub(data, html) if pictures else html
