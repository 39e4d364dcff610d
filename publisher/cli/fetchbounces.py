"""`publisher bounces fetch`: look into each mailbox once, where nothing serves, or to see whether it works."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import click

from publisher.bounce.intake import TakenIn
from publisher.bounce.lmtp import Listening
from publisher.bounce.mailbox import Visit
from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.send import stop_on_signals
from publisher.errors import PublisherError, WrongUse
from publisher.house.blocking import blocking_in_words, pause_where_much_is_blocked
from publisher.house.mailboxes import open_mailbox, store_of
from publisher.house.opened import House, open_house
from publisher.house.returning import issues_going

LINE_SECONDS = 10.0  # between two lines of a long visit


@dataclass(slots=True, kw_only=True)
class Fetched:
    """How one visit went."""

    name: str
    mailbox: str = ""
    stored: int = 0
    visit: Visit | None = None  # None: it came to no good end
    problem: str = ""
    listens: bool = False  # nothing lies there: a mail server hands messages over


@click.command(
    "fetch",
    epilog=examples(
        "publisher bounces fetch",
        "publisher bounces fetch post       only [bounces.post]",
        "publisher bounces fetch --json",
    ),
)
@config_option
@json_option
@click.argument("name", required=False)
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool, name: str | None) -> None:
    """Look once into each mailbox of config.toml, and take in what lies there.

    `publisher serve` does this by itself; both may do it at the same time. Exit code 1 where a
    mailbox could not be read to its end: what is stored by then is stored, the rest stays there.
    """
    with open_house(config_path) as house, stop_on_signals() as stopped:
        all_fetched = []
        for one in _names(house, name):
            fetched = _fetch(house, one, stopped)
            all_fetched.append(fetched)
            if not as_json:
                _tell(fetched)
        for blocking in pause_where_much_is_blocked(house, issues_going(house)):
            warn(blocking_in_words(house, blocking))
    if as_json:
        print_json([_for_programs(one) for one in all_fetched])
    ctx.exit(1 if any(one.problem for one in all_fetched) else 0)


def _names(house: House, name: str | None) -> list[str]:
    known = list(house.config.bounces)
    if not known:
        raise WrongUse(f"{house.file.path} names no mailbox; add [bounces.NAME] with a url")
    if name is not None and name not in known:
        raise WrongUse(f"there is no [bounces.{name}] in {house.file.path}; there are: {', '.join(known)}")
    return [name] if name else known


def _fetch(house: House, name: str, stopped: threading.Event) -> Fetched:
    fetched, said = Fetched(name=name), time.monotonic()

    def count(_: TakenIn) -> None:
        nonlocal said
        fetched.stored += 1
        if time.monotonic() - said >= LINE_SECONDS:
            said = time.monotonic()
            warn(f"{name}: {fetched.stored} stored so far")

    try:
        opened = open_mailbox(house, name)
        fetched.mailbox = opened.describe()
        if isinstance(opened, Listening):
            fetched.listens = True
            return fetched
        try:
            fetched.visit = opened.visit(store_of(house, name, say=warn, stop=stopped.is_set, stored=count))
        finally:
            opened.close()
    except PublisherError as wrong:
        fetched.problem = str(wrong)
    return fetched


def _tell(fetched: Fetched) -> None:
    if fetched.listens:
        say(f"{fetched.name}: a mail server hands messages over at {fetched.mailbox}, while `publisher serve` runs")
        return
    if fetched.problem:
        warn(f"Error: {fetched.name}: {fetched.problem}")
    if fetched.visit or fetched.stored:
        say(f"{fetched.name}: {fetched.stored} stored, from {fetched.mailbox}")
    for one in fetched.visit.left if fetched.visit else ():
        warn(f"{fetched.name}: {one.place} stays there: {one.problem}")


def _for_programs(fetched: Fetched) -> dict[str, object]:
    return {
        "name": fetched.name,
        "mailbox": fetched.mailbox,
        "listens": fetched.listens,
        "stored": fetched.stored,
        "left": [{"place": one.place, "problem": one.problem} for one in (fetched.visit.left if fetched.visit else ())],
        "problem": fetched.problem,
    }
