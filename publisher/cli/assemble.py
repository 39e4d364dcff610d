"""`publisher assemble`: make an issue by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click

from publisher.assemble.assembly import Assembled, Result
from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.cli.subscribers import one_newsletter
from publisher.config.nouns import cadences_of
from publisher.errors import WrongUse
from publisher.house.issuewords import made_for_programs
from publisher.house.making import assemble_issue, made_in_words, resting_singles, single_issues, slot_by_hand
from publisher.house.opened import House, open_house, utc_now
from publisher.house.press import publish
from publisher.model.subscriber import Cadence


@click.command("assemble", epilog=examples("publisher assemble morning", "publisher assemble morning --cadence weekly"))
@config_option
@json_option
@click.option("--cadence", metavar="WORD", help="daily, weekly, monthly or as-it-happens; else each one offered.")
@click.argument("newsletter", required=False)
@click.pass_context
def command(
    ctx: click.Context, config_path: Path, *, as_json: bool, cadence: str | None, newsletter: str | None
) -> None:
    """Make an issue of NEWSLETTER now: what is new to its readers, and a letter to each of them.

    It is queued and goes out with `publisher send`, or at once where `publisher serve` runs. Where
    `approve` is set it is a draft and waits for `publisher issues approve`. As it happens, a
    post that was just edited waits for its quiet time. Exit code 1 where a letter has an error.
    """
    with open_house(config_path) as house:
        slug = one_newsletter(house, newsletter)
        offered = cadences_of(house.config, slug)
        if cadence is not None and cadence not in offered:
            raise WrongUse(f"newsletter {slug!r} has no cadence {cadence!r}; it offers: {', '.join(offered)}")
        now = utc_now()
        made = {one: _made(house, slug, one, now=now) for one in ([Cadence(cadence)] if cadence else offered)}
        publish(house)  # letters lead to their pages
        if as_json:
            print_json({one: [made_for_programs(what) for what in several] for one, several in made.items()})
        else:
            _for_people(house, slug, made, now=now)
    ctx.exit(1 if any(what.faulty for several in made.values() for what in several) else 0)


def _made(house: House, slug: str, cadence: Cadence, *, now: datetime) -> list[Assembled]:
    if cadence is Cadence.AS_IT_HAPPENS:
        return single_issues(house, slug, now=now)
    return [assemble_issue(house, slug, cadence, slot_by_hand(now), now=now)]


def _for_people(house: House, slug: str, made: Mapping[Cadence, Sequence[Assembled]], *, now: datetime) -> None:
    for cadence, several in made.items():
        for what in several:
            say(f"{slug} {cadence}: {made_in_words(house, slug, what)}")
        if not several:
            say(f"{slug} {cadence}: {resting_singles(house, slug, now=now) or Result.NO_NEWS}")
    if any(what.result is Result.QUEUED for several in made.values() for what in several):
        say("next: publisher send")
