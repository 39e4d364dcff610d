"""What is wrong with published feeds, before a reader finds out: one fault a line, with its file and entry.

A document is read once to a neutral value (`seen`, by `atom`, `rss` and `jsonfeed`, which
also know what their format wants); what is wanted of every entry stands in `rules`, and
what several documents have to agree about in `chain`.

An error is what breaks a standard or a reader; a warning what a person should look at.
Known weakness: Atom's grammar is checked by its main rules, not by RFC 4287's schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from posixpath import basename

from publisher.feed.lint import atom, chain, jsonfeed, rss, rules
from publisher.feed.lint.seen import Fault, Seen, Severity
from publisher.feed.site import Format

__all__ = ["Fault", "Severity", "lint_feed", "lint_feeds"]

_READERS = {Format.ATOM.value: atom.read, Format.RSS.value: rss.read, Format.JSON.value: jsonfeed.read}


def lint_feed(path: str, document: bytes, *, now: datetime) -> list[Fault]:
    """The faults of one document by itself; its name tells the format."""
    return _read(path, document, now)[1]


def lint_feeds(files: Mapping[str, bytes], *, now: datetime) -> list[Fault]:
    """The faults of all feed documents among the files of a tree (path below its top -> content), in their order.

    `files` may read a file when it is asked for it: each is asked for once and not kept.
    """
    seen: dict[str, Seen] = {}
    faults: list[Fault] = []
    for path in sorted(files):
        if is_feed(path):
            found, wrong = _read(path, files[path], now)
            faults += wrong
            if found:
                seen[path] = found
    return sorted([*faults, *chain.faults_of(seen)], key=lambda fault: fault.file)


def is_feed(path: str) -> bool:
    """Does a file of this name hold a feed?"""
    return basename(path) in _READERS


def _read(path: str, document: bytes, now: datetime) -> tuple[Seen | None, list[Fault]]:
    try:
        seen = _READERS[basename(path)](document)
    except ValueError as wrong:
        return None, [Fault(file=path, problem=str(wrong))]
    told: Iterable[tuple[str, str]] = [*seen.wrong, *rules.errors_of(seen, now)]
    doubts = rules.warnings_of(seen, len(document))
    return seen, [
        *(Fault(file=path, entry=entry, problem=problem) for entry, problem in told),
        *(Fault(severity=Severity.WARNING, file=path, entry=entry, problem=problem) for entry, problem in doubts),
    ]
