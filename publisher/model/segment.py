"""A segment: readers who have something in common, as config.toml says. Pure.

All that a segment says must hold; what it does not say, it does not ask. What it says about
newsletters, columns and cadences must hold of one subscription together: who reads Tides weekly and
Harbour daily is not among the daily readers of Tides.

The database answers the same in SQL (`store/segments.py`); a test holds both together.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.model.subscriber import Cadence


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What it says; an empty value says nothing."""

    name: str
    newsletters: tuple[str, ...] = ()  # reads one of these
    columns: tuple[str, ...] = ()  # gets one of these
    cadences: tuple[Cadence, ...] = ()
    languages: tuple[str, ...] = ()  # BCP 47, in lower case; `de` means `de-AT`, too
    tags: tuple[str, ...] = ()  # as they are compared; has one of these
    without_tags: tuple[str, ...] = ()  # has none of these
    joined_after: datetime | None = None
    joined_before: datetime | None = None
    newer_than: timedelta | None = None  # joined no longer ago than this
    older_than: timedelta | None = None
    site_language: str = ""  # in lower case: of who never said what they read
    holders: tuple[tuple[str, tuple[str, ...]], ...] = ()  # each column, and the newsletters that have it

    @property
    def asks_for_reading(self) -> bool:
        return bool(self.newsletters or self.columns or self.cadences)

    def newsletters_with(self, column: str) -> tuple[str, ...]:
        return dict(self.holders).get(column, ())

    def since(self, now: datetime) -> datetime | None:
        """Who belongs to it joined at this moment or later; None: at any time."""
        moments = (self.joined_after, now - self.newer_than if self.newer_than else None)
        return max((moment for moment in moments if moment), default=None)

    def until(self, now: datetime) -> datetime | None:
        """Who belongs to it joined before this moment; None: at any time."""
        moments = (self.joined_before, now - self.older_than if self.older_than else None)
        return min((moment for moment in moments if moment), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A subscription that is active, as far as a segment asks."""

    newsletter: str
    cadence: Cadence
    columns: tuple[str, ...]  # () means all columns of the newsletter


def key_of(tag: str) -> str:
    """A tag as it is compared: letters of ASCII in lower case, as both databases do it; blanks do not count."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in " ".join(tag.split()))


def holds(
    segment: Segment,
    *,
    joined: datetime,
    language: str,
    tags: Collection[str],
    readings: Collection[Reading],
    now: datetime,
) -> bool:
    """Whether a reader belongs to a segment; `tags` as they are compared."""
    since, until = segment.since(now), segment.until(now)
    if (since and joined < since) or (until and joined >= until):
        return False
    if segment.languages and not _speaks(language.lower() or segment.site_language, segment.languages):
        return False
    if segment.tags and not set(segment.tags) & set(tags):
        return False
    if set(segment.without_tags) & set(tags):
        return False
    return not segment.asks_for_reading or any(_is_meant(segment, reading) for reading in readings)


def _speaks(language: str, languages: Collection[str]) -> bool:
    return any(language == one or language.startswith(f"{one}-") for one in languages)


def _is_meant(segment: Segment, reading: Reading) -> bool:
    if segment.newsletters and reading.newsletter not in segment.newsletters:
        return False
    if segment.cadences and reading.cadence not in segment.cadences:
        return False
    if not segment.columns:
        return True
    return any(
        reading.newsletter in segment.newsletters_with(column) and (not reading.columns or column in reading.columns)
        for column in segment.columns
    )
