"""What several documents have to agree about: the chain of archives (RFC 5005 §4), and one feed in its formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname

from publisher.feed.lint.seen import Fault, Seen


def faults_of(seen: Mapping[str, Seen]) -> Iterator[Fault]:
    """`seen` by path."""
    places = {document.self_url: path for path, document in seen.items() if document.self_url}
    reached: set[str] = set()
    for path, document in seen.items():
        if not document.is_archive:
            yield from _walk(path, seen, places, reached)
    for path, document in seen.items():
        if document.is_archive and path not in reached:
            yield Fault(file=path, problem="no prev-archive leads here; its entries are lost to who walks the chain")
    yield from _selves(seen)
    yield from _formats(seen)


def _walk(start: str, seen: Mapping[str, Seen], places: Mapping[str, str], reached: set[str]) -> Iterator[Fault]:
    """From the document to subscribe to down to the oldest archive."""
    path = start
    told: dict[str, str] = {}  # entry -> the archive it stands in
    while older := seen[path].older:
        there = places.get(older, "")
        if not there:
            yield Fault(file=path, problem=f"its prev-archive {older} is not among the files")
            return
        if there in reached or there == start:
            yield Fault(file=path, problem=f"its prev-archive {older} stands in the chain already")
            return
        reached.add(there)
        yield from _link_faults(there, seen, start=start, newer=path)
        yield from _once(there, seen[there], told)
        path = there


def _link_faults(path: str, seen: Mapping[str, Seen], *, start: str, newer: str) -> Iterator[Fault]:
    document = seen[path]
    if not document.is_archive:
        yield Fault(file=path, problem="it is reached by prev-archive, but has no fh:archive")
    if document.current != seen[start].self_url:
        yield Fault(file=path, problem=f"its link rel=current leads to {document.current!r}, not to {start}")
    if document.newer != seen[newer].self_url:
        yield Fault(file=path, problem=f"its next-archive {document.newer} is not the document that leads here")
    if document.feed_id != seen[start].feed_id:
        yield Fault(file=path, problem=f"its id is {document.feed_id!r}, that of its feed {seen[start].feed_id!r}")


def _once(path: str, document: Seen, told: dict[str, str]) -> Iterator[Fault]:
    for entry in document.entries:
        if entry.id in told:
            yield Fault(file=path, entry=entry.name, problem=f"it stands in {told[entry.id]}, too")
        told[entry.id] = path


def _selves(seen: Mapping[str, Seen]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for path, document in seen.items():
        if document.self_url and document.self_url in first:
            yield Fault(file=path, problem=f"its link rel=self is that of {first[document.self_url]}")
        first.setdefault(document.self_url, path)


def _formats(seen: Mapping[str, Seen]) -> Iterator[Fault]:
    """The documents of one folder say the same in several formats."""
    first: dict[str, str] = {}
    for path, document in seen.items():
        other = first.setdefault(dirname(path), path)
        if [entry.id for entry in document.entries] != [entry.id for entry in seen[other].entries]:
            yield Fault(file=path, problem=f"its entries are not those of {other}, which is the same feed")
