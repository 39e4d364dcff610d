"""How a file's octets stand for letters: UTF-8, UTF-16 and UTF-32, or Windows-1252 as old spreadsheets write.

A file that is UTF-8 but for a few octets is UTF-8: these spoil their rows and no others. Windows-1252
is what has more octets that are no UTF-8 than letters that are. Known weakness: other one-octet
alphabets (Windows-1251, ISO 8859-2) look the same, and a person must name them.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_HALF = re.compile("[\udc80-\udcff]+")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TITLES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
_HALF_ARE_NULS = 0.3  # of the octets in every second place: letters of Europe in UTF-16


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What a file's octets are, and how it is known again."""

    name: str  # for Python
    digest: str
    octets: int

    @property
    def title(self) -> str:
        return _TITLES.get(self.name, self.name.upper())

    @property
    def errors(self) -> str:
        """What becomes of octets that are no letters: half characters, which spoil their row; U+FFFD does the same."""
        return "replace" if self.name.startswith(("utf-16", "utf-32")) else "surrogateescape"


def coding_of(chunks: Iterable[bytes], *, named: str = "") -> Coding:
    """Look through a whole file; `named` is what a person says it is."""
    digest, octets, head = hashlib.sha256(), 0, b""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    wrong = letters = 0
    for chunk in chunks:
        digest.update(chunk)
        head = head or chunk[:4096]
        octets += len(chunk)
        text = decoder.decode(chunk)
        if not text.isascii():
            broken = sum(map(len, _HALF.findall(text)))
            wrong += broken
            letters += len(text) - len(text.encode("ascii", "ignore")) - broken
    wrong += len(decoder.decode(b"", final=True))
    name = named or _marked(head) or ("cp1252" if wrong > letters else "utf-8")
    return Coding(name=name, digest=digest.hexdigest(), octets=octets)


def _marked(head: bytes) -> str:
    """By the mark at its beginning; or by where NULs stand."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if len(head) >= 4:
        half = len(head) // 2
        if head[1::2].count(0) > _HALF_ARE_NULS * half and head[0::2].count(0) == 0:
            return "utf-16-le"
        if head[0::2].count(0) > _HALF_ARE_NULS * half and head[1::2].count(0) == 0:
            return "utf-16-be"
    return ""
