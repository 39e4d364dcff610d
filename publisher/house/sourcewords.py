"""How sources are, in words: their last success, their next visit and why then, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from sqlalchemy import Connection

from publisher.collect.visit import at_address
from publisher.house.listening import why_not_pushed
from publisher.house.opened import House
from publisher.model.lease import Lease, LeaseState
from publisher.model.source import SourceState
from publisher.store import sources


def states_of(conn: Connection, house: House, names: Sequence[str]) -> list[SourceState]:
    """Of these sources of config.toml, in this order; also of those never visited."""
    known = sources.get_some(conn, names)
    return [at_address(known[name], house.config.sources[name].url or "") for name in names]


def next_in_words(state: SourceState, zone: tzinfo) -> str:
    if state.stopped:
        return f"none: {state.why}"
    if state.next_visit is None:
        return "in the next round"
    return f"{moment_in_words(state.next_visit, zone)}: {state.why}"


def pushed_in_words(lease: Lease, house: House) -> str:
    """How it is with the hub."""
    why_not, zone = why_not_pushed(house), house.zone
    if why_not:
        return f"not asked ({why_not})"
    trouble = f"; {lease.problem}" if lease.problem else ""
    if lease.state is LeaseState.ACTIVE:
        told = f"last told news {moment_in_words(lease.pushed, zone)}" if lease.pushed else "has told no news yet"
        return f"{told}, its lease ends {moment_in_words(lease.ends, zone)}{trouble}"
    if lease.state is LeaseState.DENIED:
        return f"does not want to{trouble}; asked again {moment_in_words(lease.next_try, zone)}"
    return f"asked {moment_in_words(lease.asked, zone)}{trouble}" if lease.asked else f"to be asked{trouble}"


def moment_in_words(at: datetime | None, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}" if at else ""
