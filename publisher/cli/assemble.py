"""`publisher assemble`: make an issue by hand."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.assemble.assembly import Result
from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.cli.house import open_house, utc_now
from publisher.cli.making import assemble_issue, slot_by_hand
from publisher.cli.press import publish
from publisher.cli.subscribers import one_newsletter
from publisher.config.nouns import cadences_of
from publisher.errors import WrongUse
from publisher.model.subscriber import Cadence


@click.command("assemble", epilog=examples("publisher assemble morning", "publisher assemble morning --cadence weekly"))
@config_option
@json_option
@click.option("--cadence", metavar="WORD", help="daily, weekly or monthly; else each one offered.")
@click.argument("newsletter", required=False)
def command(config_path: Path, *, as_json: bool, cadence: str | None, newsletter: str | None) -> None:
    """Freeze an issue of NEWSLETTER now: what is new to its readers, and a letter to each of them.

    It is queued and goes out with `publisher send`, or at once where `publisher serve` runs.
    """
    with open_house(config_path) as house:
        slug = one_newsletter(house, newsletter)
        offered = cadences_of(house.config, slug)
        if cadence is not None and cadence not in offered:
            raise WrongUse(f"newsletter {slug!r} has no cadence {cadence!r}; it offers: {', '.join(offered)}")
        now = utc_now()
        wanted = [Cadence(cadence)] if cadence else list(offered)
        made = {one: assemble_issue(house, slug, one, slot_by_hand(now), now=now) for one in wanted}
        publish(house)  # letters lead to their pages
    if as_json:
        print_json(
            {
                one: {"issue": what.issue, "letters": what.deliveries, "result": what.result}
                for one, what in made.items()
            }
        )
        return
    for one, what in made.items():
        say(f"{slug} {one}: {what}")
    if any(what.result is Result.QUEUED for what in made.values()):
        say("next: publisher send")
