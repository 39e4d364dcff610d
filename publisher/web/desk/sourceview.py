"""How a source is, as pages show it: a badge, its last and next visits, what is wrong, what was found by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from publisher.house.opened import House
from publisher.house.sourcewords import pushed_in_words, states_of
from publisher.house.visitnow import Visits
from publisher.model.source import SourceState
from publisher.store import hubleases
from publisher.web.desk.desk import Desk

MANY_FAILURES = 3  # fewer may be the weather


def sources_of_column(house: House, column: str) -> list[str]:
    return [name for name, table in house.config.sources.items() if table.column == column]


def views_of(conn: Connection, desk: Desk, visits: Visits, names: Sequence[str]) -> list[dict[str, object]]:
    """The sources with these names, ready to print."""
    leases = hubleases.get_standing(conn)
    house = desk.house
    return [
        {
            **_standing(state, desk, visits, now=desk.clock()),
            "hub": pushed_in_words(leases[state.name], house) if state.name in leases else "",
            "hub_address": leases[state.name].hub if state.name in leases else "",
        }
        for state in states_of(conn, house, names)
    ]


def _standing(state: SourceState, desk: Desk, visits: Visits, *, now: datetime) -> dict[str, object]:
    table, last = desk.house.config.sources[state.name], visits.last(state.name)
    return {
        "name": state.name,
        "kind": table.kind,
        "place": str(table.url or table.path),
        "is_web": bool(table.url),
        "moved_to": state.address,
        "badge": badge_of(state, is_under_way=visits.is_under_way(state.name), now=now),
        "is_under_way": visits.is_under_way(state.name),
        "last_success": desk.moment(state.last_success),
        "last_attempt": desk.moment(state.last_attempt),
        "next_visit": desk.moment(state.next_visit),
        "stopped": state.stopped,
        "why": state.why,
        "problem": state.problem,
        "failures": state.failures,
        "by_hand": {"words": last.words, "failed": last.failed, "at": desk.moment(last.at)} if last else None,
    }


def badge_of(state: SourceState, *, is_under_way: bool = False, now: datetime) -> tuple[str, str]:
    """Word and kind."""
    if is_under_way:
        return "being visited", "busy"
    if state.stopped:
        return "stopped", "bad"
    if state.failures >= MANY_FAILURES:
        return "failing", "bad"
    if state.problem:
        return "in trouble", "wait"
    if state.wait_until and state.wait_until > now:
        return "rests", "wait"
    return ("well", "good") if state.last_success else ("not visited yet", "")
