"""The sources of config.toml as the collector takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.collect.collector import Desk, Source
from publisher.collect.fetch import Limits
from publisher.collect.identify import Context
from publisher.config.schema import Config, SourceTable
from publisher.model.author import Author


def desk_of(config: Config, media: Path) -> Desk:
    """What all sources share; `media` is the folder for pictures."""
    return Desk(
        zone=ZoneInfo(config.site.time_zone),
        media=media,
        limits=Limits(
            max_bytes=config.collect.max_bytes,
            timeout=config.collect.timeout,
            site_url=config.site.url,
            private_hosts=frozenset(host.lower() for host in config.collect.private_hosts),
        ),
    )


def sources_of(config: Config, authors: tuple[Author, ...], resolve: Callable[[str], Path]) -> list[Source]:
    """Every source, in the order of the file; `authors` are those of config.toml."""
    return [_source_of(name, table, config, authors, resolve) for name, table in config.sources.items()]


def _source_of(
    name: str, table: SourceTable, config: Config, authors: tuple[Author, ...], resolve: Callable[[str], Path]
) -> Source:
    by_key = {author.key: author for author in authors}
    writers = config.columns[table.column].authors
    return Source(
        kind=table.kind,
        url=table.url or "",
        path=resolve(table.path) if table.path else None,
        context=Context(
            source=name,
            column=table.column,
            tagging_entity=config.site.tag_authority,
            base_url=table.url or f"{config.site.url}/{table.column}/",
            backlog=table.backlog,
            column_authors=tuple(by_key[key] for key in writers if key in by_key),
            authors=authors,
        ),
    )
