"""`publisher publish`: write the feeds and pages."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.house.opened import open_house
from publisher.house.press import left_out_in_words, place_of, publish, target_of
from publisher.house.pushing import ping_hubs, unheard_in_words


@click.command("publish", epilog=examples("publisher publish", "publisher publish --all", "publisher publish --json"))
@config_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Look at each file, also where nothing has changed.")
def command(config_path: Path, *, as_json: bool, everything: bool) -> None:
    """Bring feeds and pages up to date with what is stored.

    What has not changed since the last time is not looked at; --all makes good what was
    deleted or changed by hand. Files whose bytes are the same are not touched.
    """
    with open_house(config_path) as house:
        published = publish(house, everything=everything)
        unheard = ping_hubs(house, target_of(house))
        if as_json:
            print_json(
                {
                    "written": [f"{place_of(house)}/{name}" for name in published.written],
                    "removed": [f"{place_of(house)}/{name}" for name in published.removed],
                    "unchanged": published.unchanged,
                    "missing": list(published.missing),
                    "hubs": [{"hub": one.hub, "feed": one.topic, "problem": one.problem} for one in unheard],
                }
            )
            return
        for name in published.missing:
            warn(f"a post shows {name}, which is not in {house.media}; collect its source again")
        for line in [*left_out_in_words(house), *unheard_in_words(unheard)]:
            warn(line)
        say(
            f"{len(published.written)} files written, {published.unchanged} as before, "
            f"{len(published.removed)} removed in {place_of(house)}"
        )
