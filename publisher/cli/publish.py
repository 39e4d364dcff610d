"""`publisher publish`: write the feeds and pages."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.house import open_house
from publisher.cli.steps import publish


@click.command("publish", epilog=examples("publisher publish", "publisher publish --json"))
@config_option
@json_option
def command(config_path: Path, *, as_json: bool) -> None:
    """Write feeds and pages of all that is stored; files whose bytes are the same are not touched."""
    with open_house(config_path) as house:
        published = publish(house)
        if as_json:
            print_json(
                {
                    "written": [str(path) for path in published.written],
                    "removed": [str(path) for path in published.removed],
                    "unchanged": published.unchanged,
                    "missing": list(published.missing),
                }
            )
            return
        for name in published.missing:
            warn(f"a post shows {name}, which is not in {house.media}; collect its source again")
        say(
            f"{len(published.written)} files written, {published.unchanged} as before, "
            f"{len(published.removed)} removed in {house.feeds}"
        )
