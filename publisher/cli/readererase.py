"""`publisher subscribers erase`: forget a reader for good, by the reader's own wish that came another way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.errors import WrongUse
from publisher.house.opened import House, open_house, utc_now
from publisher.house.readerdeeds import form_of
from publisher.house.readererasing import files_with
from publisher.model.subscriber import Subscriber
from publisher.store import erasing, subscribers


@click.command(
    "erase",
    epilog=examples("publisher subscribers erase ada@example.org", "publisher subscribers erase ada@example.org --yes"),
)
@config_option
@json_option
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
@click.argument("address")
def erase(config_path: Path, *, as_json: bool, yes: bool, address: str) -> None:
    """Erase a reader, as the reader wished: address, name, choices, consent and what came back. Never undone.

    Readers can do it themselves on their own page. What stays is a keyed hash, so that no mail goes to
    the address, and the numbers of letters. Files are not touched; those of imports that have the
    address are named.
    """
    if not yes and not sys.stdin.isatty():
        raise WrongUse("an erase cannot be undone: say that you are sure with --yes")
    with open_house(config_path) as house:
        person = _reader(house, address)
        if not yes and not click.confirm(f"Erase all that is known of {person.email}? It cannot be undone.", err=True):
            raise click.ClickException("nothing was changed")
        with house.store.write() as conn:
            erased = erasing.erase(conn, person.id, now=utc_now())
        if not erased:
            raise WrongUse(f"{person.email} was erased meanwhile")
        files = list(_imports_with(house, person.email))
        if as_json:
            print_json({"erased": person.email, "still_in": [str(path) for path in files]})
            return
        say(f"{person.email}: erased. A keyed hash of the address stays, so that no mail goes there")
        for path in files:
            say(f"still in {path}: take the row out, or delete the file")
        say("not looked into: backups, letters in the mail catcher, lists that you keep elsewhere")


def _reader(house: House, given: str) -> Subscriber:
    with house.store.read() as conn:
        person = subscribers.find(conn, form_of(given))
    if person is None:
        raise WrongUse(f"nobody reads with the address {given}; `publisher subscribers list` shows who does")
    return person


def _imports_with(house: House, address: str) -> Iterator[Path]:
    for path, problem in files_with(house.var, address):
        if problem:
            warn(f"{path} cannot be read ({problem}): look whether {address} stands in it")
        else:
            yield path
