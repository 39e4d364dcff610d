"""Column: a series of posts with a name, a tagline, authors and sources."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as it is published: config.toml first, then what its sources told."""

    slug: str  # the key in config.toml; stands in URLs
    feed_id: str  # tag: URI of its feed, minted once (RFC 4151)
    name: str
    tagline: str = ""
    language: str = "en"  # BCP 47
    authors: tuple[str, ...] = ()  # author keys, for posts whose source names none
    ended: bool = False  # its pages stay, its feeds are published no more
