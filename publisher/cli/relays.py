"""`publisher relays`: how relays and destinations stand; leave one alone, use it again, try them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.given import for_how_long, one_line
from publisher.config.nouns import relays_of
from publisher.errors import WrongUse
from publisher.house.opened import House, open_house, utc_now
from publisher.house.relayprobe import Tried, tried_for_programs, tried_in_words, try_relay
from publisher.house.relaystate import destination_standings, relay_standings
from publisher.house.relaywords import (
    destination_for_programs,
    destination_lines,
    moment,
    relay_for_programs,
    relay_lines,
)
from publisher.house.routing import carriers_of, destinations_of
from publisher.send.route import destination_of, names_by_domain
from publisher.store import claims, destinations, relays, uses


@click.group(
    "relays",
    invoke_without_command=True,
    epilog=examples(
        "publisher relays                              how each stands, and what its limits leave",
        "publisher relays check                        connect to each, log in, send nothing",
        "publisher relays park post --for 2h           leave one alone; its letters go by others, or wait",
        "publisher relays resume post                  use it again at once",
        "publisher relays resume gmail.com             try a domain that is paused",
    ),
)
@config_option
@json_option
@click.pass_context
def command(ctx: click.Context, config_path: Path, *, as_json: bool) -> None:
    """Show each relay: how much of its limits is used, whether it is parked and why, what it carried today.

    Below them are the domains of readers that have limits or are paused, because they put
    everything off.
    """
    if ctx.invoked_subcommand is not None:
        return
    with open_house(config_path) as house:
        now = utc_now()
        with house.store.read() as conn:
            ours, theirs = relay_standings(conn, house, now=now), destination_standings(conn, house, now=now)
        if as_json:
            print_json(
                {
                    "relays": [relay_for_programs(one) for one in ours],
                    "destinations": [destination_for_programs(one, now=now) for one in theirs],
                }
            )
            return
        for relay in ours:
            _say_all(relay_lines(relay, now=now, zone=house.zone))
        if theirs:
            say("\ndestinations\n")
        for destination in theirs:
            _say_all(destination_lines(destination, now=now, zone=house.zone))
        if not ours:
            say(f"there is no relay in {house.file.path}; add [relays.NAME]")


def _say_all(lines: Iterator[str]) -> None:
    for line in lines:
        say(line)


@command.command(
    "park",
    epilog=examples(
        "publisher relays park post",
        "publisher relays park post --for 2h --why 'they mend their servers'",
    ),
)
@config_option
@json_option
@click.option("--for", "length", metavar="TIME", callback=for_how_long, help="How long, like 2h; else until resumed.")
@click.option("--why", default="by hand", callback=one_line, help="What people will read about it.")
@click.argument("name")
def park(config_path: Path, *, as_json: bool, length: timedelta | None, why: str, name: str) -> None:
    """Leave the relay NAME alone for a while: its letters go by others that may carry them, or wait.

    It takes effect within two seconds in every process that sends; what is on the wire is finished.
    """
    with open_house(config_path) as house:
        _known_relay(house, name)
        now = utc_now()
        until = now + length if length else None
        with house.store.write() as conn:
            relays.park(conn, name, why=why, until=until, now=now)
        waiting = _carried_by_none_else(house, name)
        if as_json:
            print_json({"relay": name, "parked_until": until.isoformat() if until else None, "waiting": waiting})
            return
        for_ever = f"until you type: publisher relays resume {name}"
        say(f"{name}: parked {f'until {moment(until, now, house.zone)}' if until else for_ever}")
        if waiting:
            warn(f"Warning: no other relay may carry {', '.join(waiting)}; their letters wait")


def _carried_by_none_else(house: House, name: str) -> list[str]:
    """The newsletters whose letters wait while this relay is parked, and others that are parked now."""
    left = set(relays_of(house.config)) - _parked(house) - {name}
    return [
        slug
        for slug in house.newsletters
        if name in (carriers := carriers_of(house, slug)) and not left.intersection(carriers)
    ]


def _parked(house: House) -> set[str]:
    """The names of relays that are parked now."""
    with house.store.read() as conn:
        return {name for name, state in relays.states(conn).items() if state.is_parked(utc_now())}


def _known_relay(house: House, name: str) -> None:
    if name not in house.config.relays:
        raise WrongUse(f"there is no relay {name!r} in {house.file.path}; {_instead(name, list(house.config.relays))}")


def _instead(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"


@command.command("resume", epilog=examples("publisher relays resume post", "publisher relays resume gmail.com"))
@config_option
@json_option
@click.argument("name")
def resume(config_path: Path, *, as_json: bool, name: str) -> None:
    """Use a relay again that is parked, or try a domain of readers that is paused."""
    with open_house(config_path) as house:
        is_relay = name in house.config.relays
        place = destination_of(f"@{name}", names_by_domain(destinations_of(house.config)))
        with house.store.write() as conn:
            uses.lock(conn, [name])  # senders settle letters and learn of relays: never both at once, in another order
            was_away = relays.unpark(conn, name) if is_relay else destinations.end_pause(conn, place)
            if was_away:
                claims.put_off_no_longer(conn)
            paused = list(destinations.paused(conn))
        if not was_away and not is_relay:
            raise WrongUse(
                f"{name!r} is no relay of {house.file.path}, and no domain that is paused; "
                f"{_instead(name, [*house.config.relays, *paused])}"
            )
        if as_json:
            print_json({"relay" if is_relay else "destination": name if is_relay else place, "resumed": was_away})
        elif was_away:
            say(f"{name if is_relay else place}: used again")
        else:
            say(f"{name}: it was not parked")


@command.command(
    "check",
    epilog=examples("publisher relays check", "publisher relays check post --json"),
)
@config_option
@json_option
@click.argument("name", required=False)
@click.pass_context
def check(ctx: click.Context, config_path: Path, *, as_json: bool, name: str | None) -> None:
    """Connect to each relay that is used (or to NAME), with TLS and login, and tell what it offers. Nothing is sent.

    Exit code 1 where letters could not go by one of them.
    """
    with open_house(config_path) as house:
        if name:
            _known_relay(house, name)
        found = []
        parked = _parked(house)
        for one in [name] if name else relays_of(house.config):
            tried = try_relay(house, one)
            found.append(tried)
            if not as_json:
                _tell(tried, house, now=utc_now())
                if one in parked and not tried.problem:
                    say(f"  parked      it is left alone still; use it again with: publisher relays resume {one}")
        if as_json:
            print_json([tried_for_programs(one) | {"parked": one.name in parked} for one in found])
        elif not found:
            say(f"there is no relay in {house.file.path}; add [relays.NAME]")
    ctx.exit(1 if any(one.problem for one in found) else 0)


def _tell(tried: Tried, house: House, *, now: datetime) -> None:
    for line in tried_in_words(tried, now=now, zone=house.zone):
        say(line)
