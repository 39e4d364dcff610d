"""`publisher suppressions`: addresses that get no mail any more, why, since when; a person's word on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.config.addresses import mail_address
from publisher.config.refused import Refused
from publisher.errors import WrongUse
from publisher.house import readerdeeds
from publisher.house.opened import open_house, utc_now
from publisher.model.suppression import Suppression
from publisher.store import subscribers, suppressions


def _address(given: str) -> str:
    try:
        return mail_address(given.strip())
    except Refused as wrong:
        raise WrongUse(f"ADDRESS {given!r} {wrong}") from None


def _reason(given: str) -> str:
    reason = " ".join(given.split())
    if not reason:
        raise WrongUse("say why with --why TEXT: it stands beside the address for those who come after you")
    return reason


why_option = click.option("--why", required=True, metavar="TEXT", help="Why, for the record.")


@click.group(
    "suppressions",
    epilog=examples(
        "publisher suppressions list",
        "publisher suppressions show ada@example.org",
        'publisher suppressions add ada@example.org --why "asked by telephone"',
        'publisher suppressions remove ada@example.org --why "her server was down for a week; she wrote to us"',
    ),
)
def command() -> None:
    """Addresses that get no mail any more: they bounced for good, complained, or a person said so.

    No import and no admin's hand adds a reader with such an address.
    """


@command.command(
    "list", epilog=examples("publisher suppressions list --limit 10", "publisher suppressions list --json")
)
@config_option
@json_option
@click.option("--limit", default=50, show_default=True, metavar="N", help="At most so many; 0 for all.")
def list_(config_path: Path, *, as_json: bool, limit: int) -> None:
    """List them, the newest first, with why and since when."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            found, number = suppressions.newest(conn, limit=limit), suppressions.count(conn)
        if as_json:
            print_json([_for_programs(one) for one in found])
            return
        for one in found:
            say(_line_of(one, house.zone))
        say(f"{number:,} address{'' if number == 1 else 'es'} suppressed")


@command.command(
    "show",
    epilog=examples(
        "publisher suppressions show ada@example.org", "publisher suppressions show ada@example.org --json"
    ),
)
@config_option
@json_option
@click.argument("address")
def show(config_path: Path, *, as_json: bool, address: str) -> None:
    """Show what stands of one address: why it is suppressed, since when, by what; or that it was, and no more."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            found, reader = suppressions.find(conn, _address(address)), subscribers.find(conn, _address(address))
        if found is None:
            raise WrongUse(f"{address} is not suppressed, and never was; `publisher suppressions list` shows who is")
        if as_json:
            lifted = found.lifted.isoformat() if found.lifted else None
            print_json(_for_programs(found) | {"lifted": lifted, "reader": reader is not None})
            return
        for line in _in_words(found, house.zone):
            say(line)
        say(f"reader:   {'yes: publisher subscribers show ' + reader.email if reader else 'no'}")


@command.command("add", epilog=examples('publisher suppressions add ada@example.org --why "asked by telephone"'))
@config_option
@why_option
@click.argument("address")
def add(config_path: Path, why: str, address: str) -> None:
    """Let no mail go to an address any more, reader or not; also letters that are already due."""
    add_by_hand(config_path, address, why=why)


def add_by_hand(config_path: Path, given: str, *, why: str) -> None:
    """What `suppressions add` and `subscribers suppress` do: they are one."""
    known, reason = _address(given), _reason(why)
    with open_house(config_path) as house, house.store.write() as conn:
        is_new = readerdeeds.suppress(conn, known, why=reason, now=utc_now())
    say(f"{known}: gets no mail any more" if is_new else f"{known}: was suppressed before; nothing is changed")


@command.command("remove", epilog=examples('publisher suppressions remove ada@example.org --why "a mistake of ours"'))
@config_option
@why_option
@click.argument("address")
def remove(config_path: Path, why: str, address: str) -> None:
    """Say that mail may go to an address again. That is a person's word, and kept as such, with its reason.

    It brings nobody back by itself: add the reader anew, if they agree.
    """
    known, reason = _address(address), _reason(why)
    with open_house(config_path) as house:
        with house.store.write() as conn:
            lifted = readerdeeds.lift(conn, known, why=reason, zone=house.zone, now=utc_now())
        if not lifted:
            raise WrongUse(f"{known} is not suppressed; `publisher suppressions list` shows who is")
        say(f"{known}: may get mail again; if they agree, type: publisher subscribers add {known}")


def _in_words(one: Suppression, zone: ZoneInfo) -> Iterator[str]:
    yield f"{one.email or '(erased)'}  " + ("may get mail again" if one.lifted else "gets no mail any more")
    yield f"since:    {one.since.astimezone(zone):%Y-%m-%d %H:%M}"
    yield f"why:      {one.why}: {one.detail or '–'}"
    if one.lifted:
        yield f"lifted:   {one.lifted.astimezone(zone):%Y-%m-%d %H:%M}"
    if one.delivery is not None:
        yield f"letter:   delivery {one.delivery}"
    if one.message is not None:
        yield f"message:  publisher bounces show {one.message}"


def _line_of(one: Suppression, zone: ZoneInfo) -> str:
    by = f" (message {one.message})" if one.message is not None else ""
    return f"{one.since.astimezone(zone):%Y-%m-%d %H:%M}  {one.email or '(erased)'}  {one.why}: {one.detail}{by}"


def _for_programs(one: Suppression) -> dict[str, object]:
    names = ("email", "why", "detail", "delivery", "message")
    return {name: getattr(one, name) for name in names} | {"since": one.since.isoformat()}
