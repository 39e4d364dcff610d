"""`publisher bounces`: what comes back is taken in, listed, and told of with what was done about it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from publisher.bounce.mailbox import Received
from publisher.bounce.pipe import exit_code_of
from publisher.bounce.pipe import ingest as ingest_one
from publisher.cli import bounceddomains, fetchbounces
from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.errors import PublisherError, WrongUse
from publisher.house.opened import open_house
from publisher.house.pausing import pause_in_words
from publisher.house.returning import taker_of
from publisher.model.incoming import Kind
from publisher.model.keptmessage import RAW_KEPT_FOR, Acted, KeptMessage
from publisher.model.reason import in_words, reason_named
from publisher.store import fates, messages
from publisher.store.fates import SentLetter

CAME_BY = "pipe"

_IN_WORDS = {
    Acted.NOT_YET: "not read yet",
    Acted.NOTHING: "left alone: it says nothing that counts",
    Acted.NOT_OURS: "left alone: no token of ours names its letter, and anybody can write a bounce",
    Acted.TEST: "left alone: it is about a letter that was sent to try it out",
    Acted.UNKNOWN_LETTER: "left alone: its letter or its reader is not here any more",
    Acted.COUNTED: "counted: if it goes on, the reader rests",
    Acted.RESTED: "the reader rests: no letters for a while, then one to see",
    Acted.SUPPRESSED: "the address is suppressed: no letters any more",
    Acted.LEFT: "the reader is out of that newsletter",
}


@click.group(
    "bounces",
    epilog=examples(
        "publisher bounces ingest < message       as an MTA's pipe does",
        "publisher bounces fetch                  look into each mailbox once",
        "publisher bounces list --kind complaint",
        "publisher bounces show 17",
        "publisher bounces domains                who blocks us",
    ),
)
def command() -> None:
    """Take in what comes back: bounces, complaints, readers who leave by mail. Show what was done about it."""


command.add_command(fetchbounces.command)
command.add_command(bounceddomains.command)


@command.command(
    "ingest",
    epilog=examples(
        "publisher bounces ingest < message",
        'publisher bounces ingest --came-to "$ORIGINAL_RECIPIENT" < message',
    ),
)
@config_option
@click.option("--came-to", multiple=True, metavar="ADDRESS", help="To whom it came, as its envelope says.")
@click.pass_context
def ingest(ctx: click.Context, config_path: Path, came_to: tuple[str, ...]) -> None:
    """Keep the message on standard input, and act on it.

    For a pipe of an MTA, exit codes are those of sysexits.h: 0, it is kept; 75, not now (the database
    is away, a mistake in config.toml): keep it and try again; 65, never.
    """
    try:
        with open_house(config_path) as house:
            take = taker_of(house, CAME_BY, paused=lambda one: warn(pause_in_words(one)))

            def store(received: Received) -> None:
                taken = take(received)
                say(f"message {taken.message}: {taken.kind}: {_IN_WORDS[taken.acted]}")

            ingest_one(sys.stdin.buffer, store, os.environ, came_to=came_to)
    except PublisherError as wrong:
        warn(f"Error: {wrong}")
        ctx.exit(exit_code_of(wrong))


@command.command("list", epilog=examples("publisher bounces list", "publisher bounces list --acted 'not ours' --json"))
@config_option
@json_option
@click.option("--kind", type=click.Choice([str(one) for one in Kind]), help="Only messages of this kind.")
@click.option("--acted", type=click.Choice([str(one) for one in Acted if one]), help="Only those that came to this.")
@click.option("--limit", default=50, show_default=True, metavar="N", help="At most so many; 0 for all.")
def list_(config_path: Path, *, as_json: bool, kind: str | None, acted: str | None, limit: int) -> None:
    """List what came back, the newest first."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            found = messages.newest(conn, limit=limit, kind=kind or "", acted=acted or "")
        if as_json:
            print_json([for_programs(one) for one in found])
            return
        for one in found:
            say(line_of(one, house.zone))
        if not found:
            say("nothing came back")


@command.command("show", epilog=examples("publisher bounces show 17", "publisher bounces show 17 --raw > message.eml"))
@config_option
@json_option
@click.option("--raw", is_flag=True, help="Print the message itself, as it came.")
@click.argument("number", type=int, metavar="ID")
def show(config_path: Path, *, as_json: bool, raw: bool, number: int) -> None:
    """Show one message: what it was, of which letter, what was done and why."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            found = messages.find(conn, number)
            letter = fates.find(conn, found.delivery) if found and found.delivery is not None else None
        if found is None:
            raise WrongUse(f"there is no message {number}; `publisher bounces list` shows what came back")
        if raw:
            _print_raw(found)
        elif as_json:
            of = {"issue": letter.issue, "reader": letter.email} if letter else {"issue": None, "reader": None}
            print_json(for_programs(found) | of)
        else:
            for line in _in_words(found, letter, house.zone):
                say(line)


def _print_raw(found: KeptMessage) -> None:
    if found.raw is None:
        raise WrongUse(f"message {found.id} itself is not here any more: they are kept for {RAW_KEPT_FOR.days} days")
    sys.stdout.buffer.write(found.raw)


def _in_words(found: KeptMessage, letter: SentLetter | None, zone: ZoneInfo) -> list[str]:
    lines = [
        f"message:  {found.id}, came by {found.came_by} on {found.came.astimezone(zone):%Y-%m-%d %H:%M}",
        f"kind:     {found.kind or 'not read yet'}",
    ]
    if letter:
        lines.append(f"letter:   issue {letter.issue}, to {letter.email}")
    if found.address:
        lines.append(f"address:  {found.address}")
    reason = reason_named(found.reason)
    if reason:
        lines.append(f"reason:   {in_words(reason)}: {reason.meaning}")
    if found.detail:
        lines.append(f"said:     {found.detail}")
    return [*lines, f"done:     {_IN_WORDS[found.acted]}"]


def line_of(found: KeptMessage, zone: ZoneInfo) -> str:
    """A message in a line."""
    what = f"{found.kind or 'not read yet'}{f' ({in_words(found.reason)})' if found.reason else ''}"
    who = f"  {found.address}" if found.address else ""
    return f"{found.id}  {found.came.astimezone(zone):%Y-%m-%d %H:%M}  {what}{who}: {found.acted or 'nothing yet'}"


def for_programs(found: KeptMessage) -> dict[str, object]:
    """A message for `--json`."""
    names = ("id", "digest", "came_by", "came_to", "kind", "delivery", "reason", "address", "detail", "acted")
    return {name: getattr(found, name) for name in names} | {"came": found.came.isoformat()}
