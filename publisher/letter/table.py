"""Tables as text: in columns where they fit, else each row as lines of its own."""

from __future__ import annotations

from itertools import zip_longest

from publisher.letter.wrap import columns_of, fill

_GAP = "  "


class Table:
    """Rows of cells, filled from left to right."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = [[]]

    def new_row(self) -> None:
        if self._rows[-1]:
            self._rows.append([])

    def add(self, cell: str) -> None:
        self._rows[-1].append(cell)

    def words(self) -> str:
        return " ".join(cell for row in self._rows for cell in row if cell)

    def text(self, width: int) -> str:
        rows = [row for row in self._rows if any(row)]
        widths = [max(map(columns_of, column)) for column in zip_longest(*rows, fillvalue="")]
        if sum(widths) + len(_GAP) * (len(widths) - 1) > width or any("\n" in cell for row in rows for cell in row):
            return "\n".join(self._row_as_lines(row, width) for row in rows)
        return "\n".join(_GAP.join(map(_padded, row, widths)).rstrip() for row in rows)

    @staticmethod
    def _row_as_lines(row: list[str], width: int) -> str:
        first, *others = [cell for cell in row if cell]
        lines = [fill(first, rest=_GAP, width=width)]
        return "\n".join([*lines, *(fill(cell, first=_GAP, rest=_GAP, width=width) for cell in others)])


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - columns_of(cell))
