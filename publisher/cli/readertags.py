"""`publisher subscribers tag` and `untag`: words by which an admin tells some readers from others."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import Connection

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.errors import WrongUse
from publisher.house.opened import open_house
from publisher.house.readerdeeds import put_tags
from publisher.store import subscribers, tags


@click.command(
    "tag",
    epilog=examples(
        "publisher subscribers tag ada@example.org patron",
        'publisher subscribers tag ada@example.org patron "founding member"',
    ),
)
@config_option
@click.argument("address")
@click.argument("words", metavar="TAG...", nargs=-1, required=True)
def tag(config_path: Path, address: str, words: tuple[str, ...]) -> None:
    """Give a reader tags. Case is kept and does not count; segments tell readers apart by them."""
    with open_house(config_path) as house, house.store.write() as conn:
        new = put_tags(conn, _reader(conn, address), words)
        say(f"{address}: " + (f"tagged {', '.join(new)}" if new else "had these tags before"))


@click.command("untag", epilog=examples("publisher subscribers untag ada@example.org patron"))
@config_option
@click.argument("address")
@click.argument("words", metavar="TAG...", nargs=-1, required=True)
def untag(config_path: Path, address: str, words: tuple[str, ...]) -> None:
    """Take tags from a reader."""
    with open_house(config_path) as house, house.store.write() as conn:
        taken = tags.take(conn, _reader(conn, address), words)
        say(f"{address}: " + ("had no such tag" if not taken else f"{taken} tag{'s' if taken > 1 else ''} taken away"))


@click.command("tags", epilog=examples("publisher subscribers tags", "publisher subscribers tags --json"))
@config_option
@json_option
def all_tags(config_path: Path, *, as_json: bool) -> None:
    """List all tags, each with how many readers have it."""
    with open_house(config_path) as house, house.store.read() as conn:
        found = tags.counts(conn)
    if as_json:
        print_json([{"tag": word, "readers": readers} for word, readers in found.items()])
        return
    for word, readers in found.items():
        say(f"{word}  {readers:,}")
    if not found:
        say("no reader has a tag; `publisher subscribers tag ADDRESS TAG` gives one")


def _reader(conn: Connection, address: str) -> int:
    person = subscribers.find(conn, address.strip())
    if person is None:
        raise WrongUse(f"there is no reader {address}; `publisher subscribers list` shows them")
    return person.id
