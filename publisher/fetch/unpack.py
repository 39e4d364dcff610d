"""Unpacking what came packed, never to more than was allowed (RFC 9110 §8.4.1).

A thousandth of its size is enough to pack a bomb: what comes out is counted while it comes
out, and a decoder is never asked for more than may still come. Pure. That the end is
missing is no error here: what reads the document sees it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_EITHER_HEADER = zlib.MAX_WBITS | 32
_NO_HEADER = -zlib.MAX_WBITS
_GZIP = b"\x1f\x8b"


class TooLarge(ValueError):
    """It holds more than was allowed."""


class Unpacker:
    """Takes what comes in pieces, and holds the whole in `content`."""

    def __init__(self, encoding: str, *, max_bytes: int) -> None:
        self.content = bytearray()
        self._packed = encoding not in ("", "identity")
        self._max_bytes = max_bytes
        self._came = 0
        self._decoder = zlib.decompressobj(_EITHER_HEADER)

    def take(self, piece: bytes) -> None:
        """Raises TooLarge, and ValueError where it is not packed as it says."""
        self._came += len(piece)
        if self._came > self._max_bytes:
            raise TooLarge
        for part in self._unpacked(piece) if self._packed else (piece,):
            self.content += part
            if len(self.content) > self._max_bytes:
                raise TooLarge

    def _unpacked(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            if self._decoder.eof:  # gzip may have several members (RFC 1952 §2.2); all else behind it is padding
                if not piece.startswith(_GZIP[: len(piece)]):
                    return
                self._decoder = zlib.decompressobj(_EITHER_HEADER)
            yield self._decoded(piece)
            piece = self._decoder.unconsumed_tail or self._decoder.unused_data

    def _decoded(self, piece: bytes) -> bytes:
        most = self._max_bytes - len(self.content) + 1
        try:
            return self._decoder.decompress(piece, most)
        except zlib.error as wrong:
            if self._came > len(piece) or self.content:
                raise ValueError(str(wrong)) from wrong
        self._decoder = zlib.decompressobj(_NO_HEADER)  # `deflate` as many servers understand it
        try:
            return self._decoder.decompress(piece, most)
        except zlib.error as wrong:
            raise ValueError(str(wrong)) from wrong
