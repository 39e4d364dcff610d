"""`publisher subscribers`: readers added, imported, listed and removed by an admin's hand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.house import House, open_house, utc_now
from publisher.cli.progress import row_progress
from publisher.config.nouns import cadences_of
from publisher.errors import WrongUse
from publisher.model.subscriber import Cadence, Subscriber
from publisher.store import subscribers
from publisher.store.subscribers import Joined
from publisher.subscribe.importing import Imported, Wanted, add_reader, import_readers

SHOWN_BAD_ROWS = 20

newsletter_option = click.option(
    "--newsletter", metavar="SLUG", help="Which newsletter; may be left out where there is one."
)
cadence_option = click.option(
    "--cadence", metavar="WORD", help="daily, weekly, monthly or as-it-happens; else the first digest offered."
)
columns_option = click.option(
    "--column", "columns", multiple=True, metavar="SLUG", help="Only this column; may be repeated."
)
consent_option = click.option(
    "--consent", metavar="TEXT", help="Where the reader's consent comes from, for the record."
)


@click.group(
    "subscribers",
    epilog=examples(
        "publisher subscribers add ada@example.org --name Ada --newsletter morning",
        "publisher subscribers import readers.csv --newsletter morning",
        "publisher subscribers list",
        "publisher subscribers remove ada@example.org",
    ),
)
def command() -> None:
    """Add, import, list and remove readers.

    Who is added here gets letters at once: you say that they agreed. Who once left is never
    brought back by hand or by import.
    """


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
        wanted = _wanted(house, newsletter, cadence, columns, consent=consent or "added by hand")
        joined = add_reader(house.store, address, name, wanted, now=utc_now())
        say(f"{address}: {joined}" + (f" to {wanted.newsletter}, {wanted.cadence}" if joined is Joined.ADDED else ""))


@command.command("import", epilog=examples("publisher subscribers import readers.csv --newsletter morning"))
@config_option
@json_option
@newsletter_option
@cadence_option
@columns_option
@consent_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_context
def import_(
    ctx: click.Context,
    config_path: Path,
    *,
    as_json: bool,
    newsletter: str | None,
    cadence: str | None,
    columns: tuple[str, ...],
    consent: str | None,
    file: Path,
) -> None:
    """Add the readers of a CSV file: a line `email,name`, then a reader a line.

    It may be repeated: who is there already stays as he is. Exit code 1 where rows could
    not be used; the others are imported.
    """
    with open_house(config_path) as house, row_progress("rows read") as progress:
        default = f"import of {file.name} on {utc_now():%Y-%m-%d}"
        wanted = _wanted(house, newsletter, cadence, columns, consent=consent or default)
        imported = import_readers(house.store, file, wanted, now=utc_now(), progress=progress)
    if as_json:
        bad = [{"line": row.line, "problem": row.problem} for row in imported.bad]
        print_json({name.name.lower(): imported.joined.get(name, 0) for name in Joined} | {"bad": bad})
    else:
        _tell(file, imported)
    ctx.exit(1 if imported.bad else 0)


def _tell(file: Path, imported: Imported) -> None:
    for row in imported.bad[:SHOWN_BAD_ROWS]:
        warn(f"{file}:{row.line}: {row.problem}")
    if len(imported.bad) > SHOWN_BAD_ROWS:
        warn(f"{file}: and {len(imported.bad) - SHOWN_BAD_ROWS} more rows that cannot be used")
    told = [f"{number:,} {joined}" for joined, number in imported.joined.items()]
    told += [f"{len(imported.bad):,} not usable"] if imported.bad else []
    say(f"{file}: " + (", ".join(told) or "no rows"))


@command.command("list", epilog=examples("publisher subscribers list --limit 10", "publisher subscribers list --json"))
@config_option
@json_option
@click.option("--limit", default=50, show_default=True, metavar="N", help="At most so many; 0 for all.")
def list_(config_path: Path, *, as_json: bool, limit: int) -> None:
    """List readers in the order they came."""
    with open_house(config_path) as house, house.store.read() as conn:
        people = subscribers.get_all(conn)
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
            left = subscribers.leave_all(conn, address.strip(), now=utc_now(), how="removed by hand")
        if left is None:
            raise WrongUse(f"there is no reader {address}; `publisher subscribers list` shows them")
        say(f"{address}: left {left} newsletters" if left != 1 else f"{address}: left 1 newsletter")


def _wanted(
    house: House, newsletter: str | None, cadence: str | None, columns: tuple[str, ...], *, consent: str
) -> Wanted:
    slug = one_newsletter(house, newsletter)
    offered = cadences_of(house.config, slug)
    if cadence is not None and cadence not in offered:
        raise WrongUse(f"newsletter {slug!r} has no cadence {cadence!r}; it offers: {', '.join(offered)}")
    strangers = [column for column in columns if column not in house.newsletters[slug].columns]
    if strangers:
        there = ", ".join(house.newsletters[slug].columns)
        raise WrongUse(f"newsletter {slug!r} has no column {strangers[0]!r}; it has: {there}")
    return Wanted(
        newsletter=slug,
        newsletter_name=house.newsletters[slug].name,
        cadence=Cadence(cadence) if cadence else offered[0],
        consent=consent,
        columns=columns,
    )


def one_newsletter(house: House, named: str | None) -> str:
    """The newsletter that is meant. Raises WrongUse where that is not clear."""
    known = ", ".join(house.newsletters) or "none"
    if named is None and len(house.newsletters) == 1:
        return next(iter(house.newsletters))
    if named is None:
        raise WrongUse(f"say which newsletter with --newsletter SLUG; there are: {known}")
    if named not in house.newsletters:
        raise WrongUse(f"there is no newsletter {named!r}; there are: {known}")
    return named
