"""`publisher subscribers`: readers added, listed, removed, suppressed and erased by an admin's hand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.cli.readererase import erase
from publisher.cli.readerexport import export
from publisher.cli.readerform import form
from publisher.cli.readerimport import cadence_option, columns_option, consent_option, import_, newsletter_option
from publisher.cli.readershow import show
from publisher.cli.readertags import all_tags, tag, untag
from publisher.cli.readertakein import take_in
from publisher.cli.segments import among_of, segment_option, segments, tag_option
from publisher.cli.suppressions import add_by_hand, why_option
from publisher.errors import WrongUse
from publisher.house import readerdeeds
from publisher.house.opened import open_house, utc_now
from publisher.house.readerwishes import one_newsletter as one_newsletter
from publisher.house.readerwishes import wanted_of
from publisher.model.subscriber import Subscriber
from publisher.store import subscribers
from publisher.store.joining import Joined
from publisher.subscribe.importing import add_reader


@click.group(
    "subscribers",
    epilog=examples(
        "publisher subscribers add ada@example.org --name Ada --newsletter morning",
        "publisher subscribers import readers.csv --newsletter morning",
        "publisher subscribers show ada@example.org",
        "publisher subscribers remove ada@example.org",
    ),
)
def command() -> None:
    """Add, import, export, list, show, remove and erase readers.

    Who is added here gets letters at once: you say that they agreed. Who once left is never
    brought back by hand or by import.
    """


for one in (import_, export, show, erase, form, segments, tag, untag, all_tags, take_in):
    command.add_command(one)


@command.command("add", epilog=examples("publisher subscribers add ada@example.org --name Ada --newsletter morning"))
@config_option
@newsletter_option
@cadence_option
@columns_option
@consent_option
@click.option("--name", default="", metavar="TEXT", help="How the reader is called.")
@click.argument("address")
def add(
    config_path: Path,
    newsletter: str | None,
    cadence: str | None,
    columns: tuple[str, ...],
    consent: str | None,
    name: str,
    address: str,
) -> None:
    """Add one reader who has agreed to get the newsletter."""
    with open_house(config_path) as house:
        slug = one_newsletter(house, newsletter)
        wanted = wanted_of(house, slug, cadence, columns, consent=consent or "added by hand")
        joined = add_reader(house.store, address, name, wanted, now=utc_now())
        say(f"{address}: {joined}" + (f" to {wanted.newsletter}, {wanted.cadence}" if joined is Joined.ADDED else ""))


@command.command("list", epilog=examples("publisher subscribers list --limit 10", "publisher subscribers list --json"))
@config_option
@json_option
@segment_option
@tag_option
@click.option("--limit", default=50, show_default=True, metavar="N", help="At most so many; 0 for all.")
def list_(config_path: Path, *, as_json: bool, limit: int, segment: str | None, tag: str | None) -> None:
    """List readers in the order they came."""
    with open_house(config_path) as house, house.store.read() as conn:
        people = subscribers.get_all(conn, among_of(conn, house, segment=segment, tag=tag))
        shown: Iterator[Subscriber] = islice(people, limit) if limit else people
        if as_json:
            print_json([_for_programs(person) for person in shown])
            return
        for person in shown:
            say(f"{person.email}  {person.name or '–'}  {person.state}  {_wishes(person)}")
        say(f"{subscribers.count(conn):,} get letters")


def _wishes(person: Subscriber) -> str:
    wishes = [
        f"{wish.newsletter} {wish.cadence}{' (' + ', '.join(wish.columns) + ')' if wish.columns else ''}"
        f"{' left' if wish.state == 'left' else ''}"
        for wish in person.subscriptions
    ]
    return "; ".join(wishes) or "no newsletter"


def _for_programs(person: Subscriber) -> dict[str, object]:
    return {
        "email": person.email,
        "name": person.name,
        "state": person.state,
        "consent": person.consent,
        "joined": person.joined.isoformat(),
        "subscriptions": [
            {"newsletter": wish.newsletter, "cadence": wish.cadence, "columns": wish.columns, "state": wish.state}
            for wish in person.subscriptions
        ],
    }


@command.command("remove", epilog=examples("publisher subscribers remove ada@example.org"))
@config_option
@click.argument("address")
def remove(config_path: Path, address: str) -> None:
    """Let a reader leave every newsletter, for good."""
    with open_house(config_path) as house:
        with house.store.write() as conn:
            left = readerdeeds.remove(conn, address.strip(), now=utc_now())
        if left is None:
            raise WrongUse(f"there is no reader {address}; `publisher subscribers list` shows them")
        say(f"{address}: left {left} newsletters" if left != 1 else f"{address}: left 1 newsletter")


@command.command(
    "suppress", epilog=examples('publisher subscribers suppress ada@example.org --why "asked by telephone"')
)
@config_option
@why_option
@click.argument("address")
def suppress(config_path: Path, why: str, address: str) -> None:
    """Let no mail go to an address any more, reader or not; also letters that are already due.

    No import and no admin's hand brings it back. `publisher suppressions add` does the same.
    """
    add_by_hand(config_path, address, why=why)
