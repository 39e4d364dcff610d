"""`publisher export`: what other programs can take over from us."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.console import config_option, examples, warn
from publisher.collect.feedlist import groups_of
from publisher.config.load import read_config
from publisher.feed.opml import opml_bytes


@click.group("export", epilog=examples("publisher export opml > feeds.opml"))
def command() -> None:
    """Write what another program can take over."""


@command.command(epilog=examples("publisher export opml > feeds.opml"))
@config_option
def opml(config_path: Path) -> None:
    """Print all feeds that are sources as OPML, a folder for each column.

    Sources that are no feeds (folders, pages, sites by their API) have no place in OPML; they
    are named on stderr.
    """
    config = read_config(config_path).config
    click.echo(opml_bytes(config.site.name, list(groups_of(config))), nl=False)
    left_out = [name for name, table in config.sources.items() if table.kind != "feed" or not table.url]
    if left_out:
        warn(f"not in the list, because they have no feed's address: {', '.join(left_out)}")
