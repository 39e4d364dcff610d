"""What changed between two texts, line by line, for the log. Pure."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

LONGEST = 600  # lines of each; beyond them a comparison may take long, and both are shown as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    kind: str  # `less`, `more`, `same`, `gap`
    text: str


def difference(before: str, after: str) -> tuple[Line, ...]:
    """Lines that went, lines that came, and two around each; () where both are the same."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > LONGEST:
        return (*(Line(kind="less", text=line) for line in old), *(Line(kind="more", text=line) for line in new))
    told = list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]  # without the names of files
    return tuple(_line(line) for number, line in enumerate(told) if number or not line.startswith("@@"))


def _line(line: str) -> Line:
    if line.startswith("@@"):
        return Line(kind="gap", text="…")
    kind = {"-": "less", "+": "more"}.get(line[:1], "same")
    return Line(kind=kind, text=line[1:])
