"""Findings: one thing that is wrong with a letter, where it stands, and the cure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

MOST_ALIKE = 5  # findings of one kind that are told one by one
LONGEST_QUOTE = 80


class Severity(StrEnum):
    ERROR = "error"  # the letter is held
    WARNING = "warning"  # it goes, and somebody should look


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    severity: Severity
    problem: str  # what is wrong, where, and what to do


def error(problem: str) -> Finding:
    return Finding(severity=Severity.ERROR, problem=problem)


def warning(problem: str) -> Finding:
    return Finding(severity=Severity.WARNING, problem=problem)


def few(findings: Iterable[Finding], things: str) -> Iterator[Finding]:
    """Each finding once, and of many alike the first ones; errors stand before warnings."""
    distinct = dict.fromkeys(findings)
    ranked = sorted(distinct, key=lambda finding: finding.severity is not Severity.ERROR)
    yield from islice(ranked, MOST_ALIKE)
    rest = ranked[MOST_ALIKE:]
    if rest:
        yield Finding(severity=rest[0].severity, problem=f"and {len(rest)} more {things}")


def quoted(text: str) -> str:
    """A piece of the letter as a message names it: one line, not too long."""
    line = " ".join(text.split())
    return f"“{line[:LONGEST_QUOTE]}…”" if len(line) > LONGEST_QUOTE else f"“{line}”"
