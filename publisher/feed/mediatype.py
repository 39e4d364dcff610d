"""Media types of files that go with a post: as their source says, else by the end of their address.

A list of our own, and not the machine's: the same post gives the same bytes on every host.
"""

from __future__ import annotations

import re
from posixpath import splitext
from urllib.parse import urlsplit

UNKNOWN = "application/octet-stream"

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*\Z")  # RFC 6838 §4.2
_BY_ENDING = {
    ".aac": "audio/aac", ".avif": "image/avif", ".epub": "application/epub+zip", ".flac": "audio/flac",
    ".gif": "image/gif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".m4a": "audio/mp4", ".m4v": "video/mp4",
    ".mov": "video/quicktime", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".oga": "audio/ogg", ".ogg": "audio/ogg",
    ".ogv": "video/ogg", ".opus": "audio/ogg", ".pdf": "application/pdf", ".png": "image/png",
    ".svg": "image/svg+xml", ".txt": "text/plain", ".wav": "audio/wav", ".webm": "video/webm",
    ".webp": "image/webp", ".zip": "application/zip",
}  # fmt: skip
_MEDIA = frozenset({"image", "audio", "video"})


def fit_type(written: str) -> str:
    """A media type without its parameters; "" where it is none."""
    bare = written.partition(";")[0].strip().lower()
    return bare if _TYPE.match(bare) else ""


def type_of(url: str) -> str:
    """What the address of a file tells of its type."""
    return known_type(url) or UNKNOWN


def known_type(url: str) -> str:
    """The same; "" where it tells nothing."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return _BY_ENDING.get(splitext(path)[1].lower(), "")


def medium_of(media_type: str) -> str:
    """`image`, `audio` or `video`, as Media RSS 1.5 tells what a `media:content` is; else `document`."""
    kind = media_type.partition("/")[0]
    return kind if kind in _MEDIA else "document"
