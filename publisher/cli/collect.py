"""`publisher collect`: visit the sources and store what is new."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.collect.collector import Collected
from publisher.house.opened import open_house, utc_now
from publisher.house.steps import collect


@click.command(
    "collect", epilog=examples("publisher collect", "publisher collect harbour-notes", "publisher collect --dry-run")
)
@config_option
@json_option
@click.option("--dry-run", is_flag=True, help="Visit them and say what would be stored; store nothing.")
@click.argument("source", required=False)
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool, dry_run: bool, source: str | None) -> None:
    """Visit all sources, or SOURCE, and store what is new or changed.

    Without a name, sources that are gone for good and those whose server asked for rest are
    left alone; by its name a source is visited whatever was said. Exit code 1 where a source
    could not be read; the others are. `publisher sources` shows how each is.
    """
    with open_house(config_path) as house:
        tell = _silent if as_json else _tell
        collected = collect(house, now=utc_now(), only=source, rehearse=dry_run, tell=tell)
    if dry_run and not as_json:
        say("nothing was stored")
    if as_json:
        print_json([_for_programs(one) for one in collected])
    ctx.exit(1 if any(one.failed for one in collected) else 0)


def _silent(_one: Collected) -> None:
    """Programs are told at the end."""


def _tell(one: Collected) -> None:
    if one.resting:
        say(f"{one.source}: not visited: {one.resting}")
    elif one.not_modified:
        say(f"{one.source}: as before")
    elif not one.failed:
        say(f"{one.source}: {one.new} new, {one.revised} changed, {one.unchanged} as before")
    for problem in one.problems:
        warn(f"  {problem}" if not one.failed else problem)


def _for_programs(one: Collected) -> dict[str, object]:
    return {
        "source": one.source,
        "column": one.column,
        "new": one.new,
        "revised": one.revised,
        "unchanged": one.unchanged,
        "not_modified": one.not_modified,
        "not_visited": one.resting,
        "failed": one.failed,
        "problems": list(one.problems),
    }
