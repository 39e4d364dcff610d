"""What segments say about other tables, and newsletters about segments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from publisher.config.mistakes import Mistake
from publisher.config.raw import Raw, each_known, tables


def _segments(raw: Raw) -> Iterator[Mistake]:
    for name, segment in tables(raw, "segments"):
        for table in ("newsletters", "columns"):
            yield from each_known(raw, table, ("segments", name, table), segment.get(table))
        if not segment:
            yield Mistake(
                key=("segments", name),
                wrong="says nothing, so it is everybody",
                cure='say who belongs to it, like `tags = ["patron"]`, or take it out',
            )
        yield from _never(name, segment)


def _never(name: str, segment: Raw) -> Iterator[Mistake]:
    after, before = segment.get("joined_after"), segment.get("joined_before")
    if isinstance(after, date) and isinstance(before, date) and before <= after:
        wrong, cure = "is not after `joined_after`, so nobody belongs to it", "say a later day"
        yield Mistake(key=("segments", name, "joined_before"), wrong=wrong, cure=cure)


def _audiences(raw: Raw) -> Iterator[Mistake]:
    for slug, newsletter in tables(raw, "newsletters"):
        yield from each_known(raw, "segments", ("newsletters", slug, "audience"), newsletter.get("audience"))


SEGMENT_CHECKS = (_segments, _audiences)
