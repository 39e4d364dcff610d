"""Two people who changed the same text: what both wrote, put together line by line.

Where they changed the same lines, or lines that touch, the first one's hold and the place is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Lines that both changed."""

    line: int  # of the base, from 1
    before: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    text: str
    overlaps: tuple[Overlap, ...]


Hunk = tuple[int, int, Sequence[str]]  # from and to which line of the base, and what stands there instead


def merged(base: str, mine: str, theirs: str) -> Merged:
    """`theirs` with what `mine` changed of `base`; where both changed it differently, as `mine` has it."""
    lines = base.splitlines(keepends=True)
    ours, others = _hunks(lines, mine), _hunks(lines, theirs)
    new: list[str] = []
    overlaps: list[Overlap] = []
    at = 0
    while ours or others:
        start, end, chosen_ours, chosen_others = _next_place(ours, others)
        one, other = _side(lines, start, end, chosen_ours), _side(lines, start, end, chosen_others)
        new += [*lines[at:start], one if chosen_ours else other]
        if chosen_ours and chosen_others and one != other:
            before = "".join(lines[start:end])
            overlaps.append(Overlap(line=start + 1, before=before, mine=one, theirs=other))
        at = end
    return Merged(text="".join([*new, *lines[at:]]), overlaps=tuple(overlaps))


def _next_place(ours: list[Hunk], others: list[Hunk]) -> tuple[int, int, list[Hunk], list[Hunk]]:
    """The next lines that are changed, and by which hunks; they are taken out of both lists."""
    start = min(side[0][0] for side in (ours, others) if side)
    end = max(side[0][1] for side in (ours, others) if side and side[0][0] == start)
    taken: tuple[list[Hunk], list[Hunk]] = ([], [])
    growing = True
    while growing:
        growing = False
        for side, ones in zip((ours, others), taken, strict=True):
            while side and side[0][0] <= end:
                hunk = side.pop(0)
                ones.append(hunk)
                end, growing = max(end, hunk[1]), True
    return start, end, *taken


def _side(lines: Sequence[str], start: int, end: int, hunks: Sequence[Hunk]) -> str:
    """What one of them made of the lines from `start` to `end`."""
    parts: list[str] = []
    at = start
    for first, last, instead in hunks:
        parts += [*lines[at:first], *instead]
        at = last
    return "".join([*parts, *lines[at:end]])


def _hunks(lines: Sequence[str], text: str) -> list[Hunk]:
    new = text.splitlines(keepends=True)
    moves = SequenceMatcher(None, lines, new, autojunk=False).get_opcodes()
    return [(start, end, new[first:last]) for what, start, end, first, last in moves if what != "equal"]


def with_line_ends_of(typed: str, original: str) -> str:
    """A text as a browser sends it, with the line ends that its lines had before, and new ones as most have them."""
    plain = typed.replace("\r\n", "\n").replace("\r", "\n")
    if "\r" not in original:
        return plain
    before = original.splitlines(keepends=True)
    usual = "\r\n" if original.count("\r\n") * 2 > original.count("\n") else "\n"
    new = plain.split("\n")
    ends = [usual] * len(new)
    matcher = SequenceMatcher(None, [line.rstrip("\r\n") for line in before], new, autojunk=False)
    for at, to, size in matcher.get_matching_blocks():
        for step in range(size):
            line = before[at + step]
            ends[to + step] = line[len(line.rstrip("\r\n")) :] or usual
    return "".join(line + end for line, end in zip(new[:-1], ends, strict=False)) + new[-1]
