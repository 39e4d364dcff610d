"""Rows of a CSV file, one at a time, whatever the file: a row that cannot be read spoils no other.

Quotes are read strictly. Where one is missing, a row swallows those after it; then only its first
line is given up, and the others are read anew, each by itself. Nothing grows with the file: a line,
and all lines of a row, have their longest, and reading anew has its most.

Some lines are read at a time. As long as each is a row they go through the csv module as they are;
from the first that is not, those that are left of them are read with care.

Standards: RFC 4180 (CSV).
"""

from __future__ import annotations

import contextlib
import csv
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

LONGEST = 1 << 17  # characters of a line, and of a row; the same as the csv module's longest field
MOST_AGAIN = 16 << 20  # characters of a file that are read anew at most: made to be so, each line could swallow many
KEPT = 2000  # characters of a row that cannot be read, to be shown
AT_ONCE = 1 << 16  # characters, and the rest of a line


class _TooLong(Exception):
    """A line, or a row, has no end."""


class Row(NamedTuple):
    """One row; where it could not be read, its text is its only cell. A tuple, as there are millions."""

    line: int  # where it begins
    cells: list[str]
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
        line = self._next()
        if not line:
            raise StopIteration
        self.taken.append(line)
        self._room -= len(line)
        if _is_cut(line):
            while (more := self._next()) and _is_cut(more):
                pass
            self.taken[-1] += "\n"  # its end was passed over; given back, it has none to be looked for
            raise _TooLong
        if self._room < 0:
            raise _TooLong
        return line

    def _next(self) -> str:
        return self._back.popleft() if self._back else self._readline(LONGEST)

    @property
    def are_left(self) -> bool:
        """Lines that were read and are to come with care."""
        return bool(self._back)

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
        self.begin()

    def some(self, characters: int) -> list[str]:
        """Some lines at once; none at the end of the file."""
        self.begin()
        lines: list[str] = []
        room, readline = characters, self._readline
        while room > 0 and (line := readline(LONGEST)):
            lines.append(line)
            room -= len(line)
        return lines

    def passed(self, lines: list[str], number: int) -> None:
        """So many of some lines were rows; the others come with care."""
        self.before += number
        self._back.extend(lines[number:])


def _is_cut(line: str) -> bool:
    return len(line) >= LONGEST and line[-1] not in "\r\n"


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

    def __init__(self, readline: Callable[[int], str], *, delimiter: str, skipped: int, at_once: int = AT_ONCE) -> None:
        self._lines = _Lines(readline)
        self._lines.pass_over(skipped)
        self._delimiter = delimiter
        self._at_once = at_once

    def __iter__(self) -> Iterator[Row]:
        careful = csv.reader(self._lines, delimiter=self._delimiter, strict=True)
        while lines := self._lines.some(self._at_once):
            yield from self._plain(lines)
            while self._lines.are_left:
                if row := self._with_care(careful):
                    yield row

    def _plain(self, lines: list[str]) -> Iterator[Row]:
        """Those of some lines that are rows, up to the first that is not."""
        number, before = 0, self._lines.before
        if max(map(len, lines)) < LONGEST:
            reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
            with contextlib.suppress(csv.Error):  # it comes again with care
                for cells in reader:
                    if reader.line_num > number + 1:
                        break
                    number += 1
                    if any(map(str.strip, cells)):
                        yield Row(before + number, cells)
        self._lines.passed(lines, number)

    def _with_care(self, reader: Iterator[list[str]]) -> Row | None:
        """The next row; None where it is empty."""
        lines = self._lines
        lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return None
        except csv.Error as wrong:
            return self._unread(f"is not CSV ({wrong}); is a quote missing or too many?")
        except _TooLong:
            return self._unread(f"is longer than {LONGEST:,} characters; is a quote missing?")
        return Row(lines.before + 1, cells) if any(map(str.strip, cells)) else None

    def only_its_first_line(self, problem: str) -> Row:
        """The row that was given last, of several lines, is none: a quote must be missing. The others come anew."""
        return self._unread(problem)

    def _unread(self, problem: str) -> Row:
        lines = self._lines
        first, last = lines.before + 1, lines.before + len(lines.taken)
        if not lines.give_back() and last > first:
            problem = f"{problem} With it go all lines up to {last}."
        return Row(first, [lines.taken[0][:KEPT].rstrip("\r\n")], problem)
