"""Cases of feeds.

`tests/cases/feed/documents/NAME.toml` is a column with its posts; some also have a site,
tombstones, and a place in the chain of archives.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from publisher.feed.atom import atom_bytes
from publisher.feed.channel import Channel, FeedFacts, Tombstone, channel_of
from publisher.feed.entry import Entry, Followed, entry_of
from publisher.feed.jsonfeed import json_bytes
from publisher.feed.rss import rss_bytes
from publisher.feed.site import Site
from publisher.model.author import Author, Link
from publisher.model.column import Column
from publisher.model.media import Enclosure, Image
from publisher.model.post import Origin, Post, RelatedStory
from tests.shelves import SITE, WHEN

CASES = Path(__file__).parent / "cases" / "feed"
DOCUMENTS = sorted(path.stem for path in (CASES / "documents").glob("*.toml"))
FORMATS = {"atom.xml": atom_bytes, "rss.xml": rss_bytes, "json": json_bytes}


def channel_of_case(name: str) -> Channel:
    """The channel that a case file describes."""
    case = tomllib.loads((CASES / "documents" / f"{name}.toml").read_text(encoding="utf-8"))
    site = Site(**_plain(SITE) | _tuples(case.get("site", {})))
    column = Column(**case["column"])
    facts = FeedFacts(
        feed_id=column.feed_id,
        folder=column.slug,
        title=column.name or column.slug,
        subtitle=column.tagline,
        language=column.language,
        created=WHEN,
        authors=tuple(_author(author) for author in case.get("authors", [])),
    )
    entries = [_entry(told, column, site, number) for number, told in enumerate(case.get("posts", []))]
    stones = [Tombstone(**stone) for stone in case.get("tombstones", [])]
    return channel_of(facts, entries, site=site, tombstones=stones, **case.get("chain", {}))


def whole_of(*channels: Channel) -> Channel:
    """The feed of all columns."""
    facts = FeedFacts(
        feed_id="tag:post.example,2026:feed/all", folder="", title=SITE.name, language=SITE.language, created=WHEN
    )
    return channel_of(facts, [entry for channel in channels for entry in channel.entries], site=SITE)


def _entry(told: dict[str, Any], column: Column, site: Site, number: int) -> Entry:
    followed = Followed(**told.pop("followed")) if "followed" in told else None
    return entry_of(_post(told, column.slug, number), column, site, follows=followed)


def _post(told: dict[str, Any], column: str, seq: int) -> Post:
    made: dict[str, Any] = {
        "authors": tuple(_author(author) for author in told.pop("authors", [])),
        "related": tuple(_story(story) for story in told.pop("related", [])),
        "image": _image(told.pop("image", None)),
        "enclosures": tuple(Enclosure(**file) for file in told.pop("enclosures", [])),
        "origin": Origin(**told.pop("origin")) if "origin" in told else None,
    }
    fixed = {"seq": seq, "column": column, "source": "x", "first_seen": WHEN}
    return Post(**fixed | _tuples(told) | made)


def _author(told: dict[str, Any]) -> Author:
    links = tuple(Link(**link) for link in told.pop("links", []))
    return Author(**told | {"portrait": _image(told.pop("portrait", None)), "links": links})


def _story(told: dict[str, Any]) -> RelatedStory:
    return RelatedStory(**told | {"image": _image(told.get("image"))})


def _image(told: dict[str, str] | None) -> Image | None:
    return Image(**told) if told else None


def _tuples(told: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}


def _plain(site: Site) -> dict[str, Any]:
    return {"name": site.name, "url": site.url, "language": site.language}
