"""`publisher collect`: visit the sources and store what is new."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.house import open_house, utc_now
from publisher.cli.steps import collect
from publisher.collect.collector import Collected


@click.command("collect", epilog=examples("publisher collect", "publisher collect harbour-notes"))
@config_option
@json_option
@click.argument("source", required=False)
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool, source: str | None) -> None:
    """Visit all sources, or SOURCE, and store what is new or changed.

    Exit code 1 where a source could not be read; the others are.
    """
    with open_house(config_path) as house:
        collected = collect(house, now=utc_now(), only=source)
    if as_json:
        print_json([_for_programs(one) for one in collected])
    else:
        for one in collected:
            _tell(one)
    ctx.exit(1 if any(one.failed for one in collected) else 0)


def _tell(one: Collected) -> None:
    if not one.failed:
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
        "failed": one.failed,
        "problems": list(one.problems),
    }
