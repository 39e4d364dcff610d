"""What is a picture, told by its first bytes, and what one is called.

A name or a media type that somebody claims counts for nothing. SVG is no picture here: it
can hold script, and mail programs do not show it. A picture is kept under the name of its
content, so it is kept once, and what stands under a name never changes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

MEDIA_TYPES: Mapping[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}
"""By the usual extension of each kind."""

_NAME = re.compile(rf"[0-9a-f]{{20}}\.(?:{'|'.join(MEDIA_TYPES)})\Z")


def kind_of(content: bytes) -> str:
    """The usual extension for this kind of picture; "" where it is none that we take."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp" and content[8:12] in {b"avif", b"avis"}:
        return "avif"
    return ""


def name_for(content: bytes, kind: str) -> str:
    """The name under which these bytes are kept."""
    return f"{hashlib.sha256(content).hexdigest()[:20]}.{kind}"


def is_name(text: str) -> bool:
    """Whether it is a name that `name_for` gives: it leads to no other folder."""
    return bool(_NAME.match(text))
