"""Octets with holes that are filled for each reader; what stands between the holes is made once.

Responsible for joining; what a hole means is known to who fills it (wire.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple


class Hole(NamedTuple):
    """A place that each reader fills; `part` says how the value is written there. A tuple: it is looked up often."""

    part: str  # in a header: `token`, or the whole field of that name in lower case; in a body: `text`, `html`
    slot: str = ""


Piece = bytes | Hole


class Splice:
    """Pieces that are joined again and again, each time with other values."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        whole = list(_merged(pieces))
        self._template: list[bytes] = [piece if isinstance(piece, bytes) else b"" for piece in whole]
        self._holes = [(number, piece) for number, piece in enumerate(whole) if isinstance(piece, Hole)]
        self.kinds = tuple(dict.fromkeys(hole for _, hole in self._holes))  # each once, in the order of the text

    def pieces(self, values: Mapping[Hole, bytes]) -> list[bytes]:
        """All, in their order; `values` has one for each of `kinds`. To join them costs more than to make them."""
        pieces = self._template.copy()
        for number, hole in self._holes:
            pieces[number] = values[hole]
        return pieces

    def filled(self, values: Mapping[Hole, bytes]) -> bytes:
        """The same in one."""
        return b"".join(self.pieces(values))


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbouring octets as one piece: the fewer pieces, the cheaper the splice."""
    fixed: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            fixed.append(piece)
            continue
        yield b"".join(fixed)
        yield piece
        fixed.clear()
    yield b"".join(fixed)
