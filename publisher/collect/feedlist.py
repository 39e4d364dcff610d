"""Which sources come of a list of feeds, and which lists of feeds come of our sources.

A feed that is a source already, or stands in the list twice, is left out and told. Its
column is the innermost folder that is called as a column is (by slug or by name), else
the one that was asked for. Its name is made from its title, unique among the sources.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from publisher.config.addresses import web_url
from publisher.config.refused import Refused
from publisher.config.schema import Config
from publisher.feed.opml import FeedList, FeedOutline
from publisher.model.slug import LONGEST, slug_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an import comes to."""

    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # new sources, by name
    there_already: tuple[str, ...] = ()  # a sentence each
    refused: tuple[str, ...] = ()  # a sentence each, with the line
    homeless: tuple[str, ...] = ()  # feeds for which no column is known


def plan_import(found: FeedList, config: Config, *, column: str | None) -> Plan:
    """What is to be added; `column` is for feeds whose folders name none."""
    sources = {_same(table.url): name for name, table in config.sources.items() if table.url}
    taken = set(config.sources)
    tables: dict[str, dict[str, str]] = {}
    there_already, refused, homeless = [], [], []
    for feed in found.feeds:
        try:
            url = web_url(feed.xml_url)
        except Refused as wrong:
            refused.append(f"line {feed.line}: {feed.xml_url[:100]!r} {wrong}")
            continue
        home = _column_of(feed, config) or column
        if _same(url) in sources:
            there_already.append(f"{url} is the source {sources[_same(url)]} already")
        elif home is None:
            homeless.append(f"line {feed.line}: {url}")
        else:
            name = _name_for(feed, url, taken)
            taken.add(name)
            sources[_same(url)] = name
            tables[name] = {"column": home, "kind": "feed", "url": url}
    return Plan(tables=tables, there_already=tuple(there_already), refused=tuple(refused), homeless=tuple(homeless))


def groups_of(config: Config) -> Iterator[tuple[str, list[FeedOutline]]]:
    """The feeds of each column that has some, under the column's name, in the order of config.toml."""
    for slug, column in config.columns.items():
        feeds = [
            FeedOutline(title=name, xml_url=table.url)
            for name, table in config.sources.items()
            if table.column == slug and table.kind == "feed" and table.url
        ]
        if feeds:
            yield column.name or slug, feeds


def _column_of(feed: FeedOutline, config: Config) -> str | None:
    names = {table.name.casefold(): slug for slug, table in config.columns.items() if table.name}
    for folder in reversed(feed.folders):
        if folder in config.columns:
            return folder
        slug = names.get(folder.casefold()) or slug_of(folder)
        if slug in config.columns:
            return slug
    return None


def _name_for(feed: FeedOutline, url: str, taken: set[str]) -> str:
    stem = slug_of(feed.title or urlsplit(url).hostname or "feed")
    name, number = stem, 1
    while name in taken:
        number += 1
        end = f"-{number}"
        name = stem[: LONGEST - len(end)].rstrip("-") + end
    return name


def _same(url: str) -> str:
    """What is equal for two addresses of one feed: the scheme and a slash at the end say nothing."""
    return url.partition("://")[2].rstrip("/")
