"""`publisher sources`: how each source is, when it is visited next, and why then."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.house.opened import House, open_house
from publisher.house.sourcewords import moment_in_words, next_in_words, pushed_in_words, states_of
from publisher.model.lease import Lease
from publisher.model.source import SourceState
from publisher.store import hubleases


@click.command("sources", epilog=examples("publisher sources", "publisher sources --json"))
@config_option
@json_option
def command(config_path: Path, *, as_json: bool) -> None:
    """Show each source: its last success, its next visit and why then, and what is wrong."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            states = states_of(conn, house, list(house.config.sources))
            leases = hubleases.get_standing(conn)
        for state in states if not as_json else []:
            _tell(state, leases.get(state.name), house)
        if as_json:
            print_json([_for_programs(state, leases.get(state.name), house) for state in states])


def _tell(state: SourceState, lease: Lease | None, house: House) -> None:
    table = house.config.sources[state.name]
    say(f"{state.name}  ({table.kind}, column {table.column})")
    say(f"  {table.url or table.path}")
    if state.address:
        say(f"  moved to      {state.address}  (set `url` to it)")
    say(f"  last success  {moment_in_words(state.last_success, house.zone) or 'never'}")
    say(f"  next visit    {next_in_words(state, house.zone)}")
    if lease:
        say(f"  hub           {lease.hub}: {pushed_in_words(lease, house)}")
    if state.problem:
        failed = f" ({state.failures} failures in a row)" if state.failures > 1 else ""
        say(f"  problem{failed}")
        for line in state.problem.splitlines():
            say(f"    {line}")


def _for_programs(state: SourceState, lease: Lease | None, house: House) -> dict[str, object]:
    table = house.config.sources[state.name]
    return {
        "source": state.name,
        "column": table.column,
        "kind": table.kind,
        "url": table.url,
        "moved_to": state.address or None,
        "last_success": _iso(state.last_success),
        "last_attempt": _iso(state.last_attempt),
        "next_visit": _iso(state.next_visit),
        "why": state.why,
        "stopped": state.stopped,
        "failures": state.failures,
        "problem": state.problem,
        "hub": _hub_for_programs(lease) if lease else None,
    }


def _hub_for_programs(lease: Lease) -> dict[str, object]:
    return {
        "url": lease.hub,
        "topic": lease.topic,
        "state": lease.state,
        "ends": _iso(lease.ends),
        "pushed": _iso(lease.pushed),
        "problem": lease.problem,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
