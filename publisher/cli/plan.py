"""`publisher plan`: what will be collected, published and sent, when, and to how many."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json
from publisher.cli.planwords import for_programs, show
from publisher.house.opened import open_house, utc_now
from publisher.house.planning import agenda_of

MOST_DAYS = 366


@click.command("plan", epilog=examples("publisher plan", "publisher plan --days 1", "publisher plan --json"))
@config_option
@json_option
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=7,
    show_default=True,
    metavar="N",
    help="How many days to look ahead.",
)
def command(config_path: Path, *, as_json: bool, days: int) -> None:
    """Show what will be collected, published and sent, when, to how many readers, with which posts so far.

    Times are in the zone of each newsletter. Letters are counted as if each issue went now;
    issues that wait for approval are taken to get it. What is held, paused, or a holiday is
    shown with its reason. Nothing is written, and no letter is made.
    """
    now = utc_now()
    with open_house(config_path) as house:
        agenda = agenda_of(house, now=now, until=now + timedelta(days=days))
        if as_json:
            print_json(for_programs(agenda, house, now=now))
        else:
            show(agenda, house, now=now)
