"""`publisher capacity`: whether each newsletter's letters can be carried within their lifetime."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.config.nouns import cadences_of
from publisher.config.values import duration_text
from publisher.house.opened import House, open_house, utc_now
from publisher.house.relaying import mail_of
from publisher.house.shortfall import Load, load_of_readers, too_much
from publisher.model.subscriber import Cadence


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A newsletter at one cadence."""

    newsletter: str
    cadence: Cadence
    load: Load
    problems: list[str]


@click.command(
    "capacity",
    epilog=examples("publisher capacity", "publisher capacity morning --json"),
)
@config_option
@json_option
@click.argument("newsletter", required=False)
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool, newsletter: str | None) -> None:
    """Tell how many letters an issue of each newsletter (or NEWSLETTER) has now, and how many can go in its lifetime.

    What can go is bounded by limits, warm-up and hours of the relays that may carry it, and by
    the limits of [destinations]. It is the most: what else goes by them is not known beforehand.
    Exit code 1 where letters of some newsletter would come too late.
    """
    with open_house(config_path) as house:
        found = list(_looked_at(house, newsletter))
        if as_json:
            print_json([_for_programs(one) for one in found])
        else:
            lifetime = duration_text(mail_of(house).lifetime)
            for one in found:
                for line in _lines(one, lifetime):
                    say(line)
    ctx.exit(1 if any(one.problems for one in found) else 0)


def _looked_at(house: House, newsletter: str | None) -> Iterator[Looked]:
    mail_of(house)
    now = utc_now()
    with house.store.read() as conn:
        for slug in house.newsletters_named(newsletter):
            for cadence in cadences_of(house.config, slug):
                load = load_of_readers(conn, house, slug, cadence, now=now)
                yield Looked(newsletter=slug, cadence=cadence, load=load, problems=too_much(house, load))


def _lines(one: Looked, lifetime: str) -> Iterator[str]:
    yield f"{one.newsletter}, {one.cadence}: {_letters(one.load.letters)}, to go within {lifetime}"
    width = max(len(name) for name in (*one.load.relays, *(place.name for place in one.load.places)))
    for name, most in one.load.relays.items():
        yield f"  {name:<{width}}  carries {_at_most(most)}"
    for place in one.load.places:
        also = f" (with {', '.join(place.domains[1:])})" if place.domains[1:] else ""
        yield f"  {place.name:<{width}}  gets {_letters(place.letters)}{also}, may get {_at_most(place.most)}"
    for problem in one.problems:
        yield f"  Warning: {problem}"


def _at_most(most: int | None) -> str:
    return "any number" if most is None else f"{most:,} at most"


def _letters(number: int) -> str:
    return f"{number:,} letter{'' if number == 1 else 's'}"


def _for_programs(one: Looked) -> dict[str, object]:
    return {
        "newsletter": one.newsletter,
        "cadence": one.cadence,
        "letters": one.load.letters,
        "late": one.load.late,
        "relays": [{"relay": name, "at_most": most} for name, most in one.load.relays.items()],
        "destinations": [
            {
                "destination": place.name,
                "domains": list(place.domains),
                "letters": place.letters,
                "at_most": place.most,
                "late": place.late,
            }
            for place in one.load.places
        ],
        "problems": one.problems,
    }
