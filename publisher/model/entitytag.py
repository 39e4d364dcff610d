"""Entity tags of published files: what a version of a file is called (RFC 9110 §8.8.3).

A tag comes from the bytes alone, so that it is the same in every process and on every
machine that serves them. A compressed copy holds other bytes under the same address and
must have another strong tag (RFC 9110 §8.8.3.3): that of the plain file with a suffix.
"""

from __future__ import annotations

import hashlib
import re

TAG_DIGITS = 32  # of the 64 of SHA-256: nobody meets the same half twice
_OURS = re.compile(rf"([0-9a-f]{{{TAG_DIGITS}}})(?:-(?:br|gz|gzip))?")


def tag_of(content: bytes) -> str:
    """The tag of a plain file, without quotes: the first 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:TAG_DIGITS]


def plain_tag(tag: str) -> str:
    """The tag of the plain file of which `tag` names a compressed copy; any other tag as it is.

    `-gzip` is what Apache and Caddy add when they compress on the way.
    """
    ours = _OURS.fullmatch(tag)
    return ours[1] if ours else tag
