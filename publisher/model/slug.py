"""Slugs: the short lower-case names that stand in URLs and as keys in config.toml."""

from __future__ import annotations

import hashlib
import re
import unicodedata

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
LONGEST = 60

# Letters that Unicode does not decompose into a base letter and a mark.
_FOLDED = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ı": "i"})


def slug_of(text: str) -> str:
    """A slug for `text`, cut at a word: `Iraq: not dead` -> `iraq-not-dead`.

    Text with no Latin letter or digit at all gives `x` and the start of its SHA-256, so
    that two Arabic titles still have two slugs.
    """
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_FOLDED))
    plain = decomposed.replace("’", "").replace("'", "").encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = "-".join(words)
    if not slug:
        return "x" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
    if len(slug) <= LONGEST:
        return slug
    cut = slug[: LONGEST + 1].rpartition("-")[0]
    return cut or slug[:LONGEST]
