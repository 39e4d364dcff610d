"""Rows of a CSV file, one at a time, whatever the file: a row that cannot be read spoils no other.

Quotes are read strictly. Where one is missing, a row swallows those after it; then only its first
line is given up, and the others are read anew, each by itself. Nothing grows with the file: a line,
and all lines of a row, have their longest, and reading anew has its most.

Standards: RFC 4180 (CSV).
"""

from __future__ import annotations

import contextlib
import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LONGEST = 1 << 17  # characters of a line, and of a row; the same as the csv module's longest field
MOST_AGAIN = 16 << 20  # characters of a file that are read anew at most: made to be so, each line could swallow many
KEPT = 2000  # characters of a row that cannot be read, to be shown


class _TooLong(Exception):
    """A line, or a row, has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; where it could not be read, its text is its only cell."""

    line: int  # where it begins
    cells: list[str] = field(default_factory=list)
    problem: str = ""


class _Lines:
    """Lines of a file, which may be given back."""

    def __init__(self, readline: Callable[[int], str]) -> None:
        self._readline = readline
        self._back: deque[str] = deque()
        self._again = MOST_AGAIN
        self._room = 0
        self.taken: list[str] = []  # of this row
        self.before = 0  # lines before this row

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else self._readline(LONGEST)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self._room -= len(line)
        if len(line) >= LONGEST and line[-1] not in "\r\n":
            self._skip()
            raise _TooLong
        if self._room < 0:
            raise _TooLong
        return line

    def begin(self) -> None:
        """The next line begins a row."""
        self.before += len(self.taken)
        self.taken = []
        self._room = LONGEST

    def give_back(self) -> bool:
        """All lines of the row but its first are to come again; False where they are too many by now."""
        rest = self.taken[1:]
        self._again -= sum(map(len, rest))
        if self._again < 0 or not rest:
            return False
        self._back.extendleft(reversed(rest))
        del self.taken[1:]
        return True

    def pass_over(self, number: int) -> None:
        """Lines that are no rows."""
        for _ in range(number):
            self.begin()
            with contextlib.suppress(_TooLong, StopIteration):
                next(self)

    def _skip(self) -> None:
        """To the end of a line that is too long."""
        while (more := self._readline(LONGEST)) and more[-1] not in "\r\n":
            pass


def first_lines(readline: Callable[[int], str], number: int) -> list[str]:
    """How a file begins; a line that is too long is cut."""
    lines, found = _Lines(readline), []
    for _ in range(number):
        lines.begin()
        with contextlib.suppress(_TooLong, StopIteration):
            next(lines)
        found += lines.taken
    return found


class Rows:
    """The rows of a file that are not empty, after so many lines."""

    def __init__(self, readline: Callable[[int], str], *, delimiter: str, skipped: int) -> None:
        self._lines = _Lines(readline)
        self._lines.pass_over(skipped)
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        lines, reader = self._lines, self._reader
        while True:
            lines.begin()
            try:
                cells = next(reader)
            except csv.Error as wrong:
                return self._unread(f"is not CSV ({wrong}); is a quote missing or too many?")
            except _TooLong:
                return self._unread(f"is longer than {LONGEST:,} characters; is a quote missing?")
            if any(map(str.strip, cells)):
                return Row(line=lines.before + 1, cells=cells)

    def only_its_first_line(self, problem: str) -> Row:
        """The row that was given last is none: a quote must be missing. What it swallowed comes by itself."""
        return self._unread(problem)

    def _unread(self, problem: str) -> Row:
        lines = self._lines
        first, last = lines.before + 1, lines.before + len(lines.taken)
        if not lines.give_back() and last > first:
            problem = f"{problem} With it go all lines up to {last}."
        return Row(line=first, cells=[lines.taken[0][:KEPT].rstrip("\r\n")], problem=problem)
