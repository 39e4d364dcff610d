"""`publisher sources`: how each source is, when it is visited next, and why then."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.collect.visit import at_address
from publisher.house.listening import why_not_pushed
from publisher.house.opened import House, open_house
from publisher.model.lease import Lease, LeaseState
from publisher.model.source import SourceState
from publisher.store import hubleases, sources


@click.command("sources", epilog=examples("publisher sources", "publisher sources --json"))
@config_option
@json_option
def command(config_path: Path, *, as_json: bool) -> None:
    """Show each source: its last success, its next visit and why then, and what is wrong."""
    with open_house(config_path) as house:
        states = _states(house)
        with house.store.read() as conn:
            leases = hubleases.get_standing(conn)
        for state in states if not as_json else []:
            _tell(state, leases.get(state.name), house)
        if as_json:
            print_json([_for_programs(state, leases.get(state.name), house) for state in states])


def _states(house: House) -> list[SourceState]:
    """Of each source of config.toml, in its order; also of those never visited."""
    with house.store.read() as conn:
        known = {state.name: state for state in sources.get_all(conn)}
    configured = house.config.sources.items()
    return [at_address(known.get(name, SourceState(name=name)), table.url or "") for name, table in configured]


def _tell(state: SourceState, lease: Lease | None, house: House) -> None:
    table = house.config.sources[state.name]
    say(f"{state.name}  ({table.kind}, column {table.column})")
    say(f"  {table.url or table.path}")
    if state.address:
        say(f"  moved to      {state.address}  (set `url` to it)")
    say(f"  last success  {_moment(state.last_success, house.zone) or 'never'}")
    say(f"  next visit    {_next(state, house.zone)}")
    if lease:
        say(f"  hub           {lease.hub}: {_pushed(lease, house)}")
    if state.problem:
        failed = f" ({state.failures} failures in a row)" if state.failures > 1 else ""
        say(f"  problem{failed}")
        for line in state.problem.splitlines():
            say(f"    {line}")


def _next(state: SourceState, zone: tzinfo) -> str:
    if state.stopped:
        return f"none: {state.why}"
    if state.next_visit is None:
        return "in the next round"
    return f"{_moment(state.next_visit, zone)}: {state.why}"


def _pushed(lease: Lease, house: House) -> str:
    """How it is with the hub, in words."""
    why_not, zone = why_not_pushed(house), house.zone
    if why_not:
        return f"not asked ({why_not})"
    trouble = f"; {lease.problem}" if lease.problem else ""
    if lease.state is LeaseState.ACTIVE:
        told = f"last told news {_moment(lease.pushed, zone)}" if lease.pushed else "has told no news yet"
        return f"{told}, its lease ends {_moment(lease.ends, zone)}{trouble}"
    if lease.state is LeaseState.DENIED:
        return f"does not want to{trouble}; asked again {_moment(lease.next_try, zone)}"
    return f"asked {_moment(lease.asked, zone)}{trouble}" if lease.asked else f"to be asked{trouble}"


def _moment(at: datetime | None, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}" if at else ""


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
