"""What is in trouble: letters in doubt, relays, domains, schedules, sources. Each in a line, with the page to go to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.collect.visit import at_address
from publisher.house.opened import House
from publisher.house.scheduledeeds import newsletter_in
from publisher.house.standby import LETTERS, PAGE, mishaps_now
from publisher.model.delivery import DeliveryState
from publisher.model.issue import Issue
from publisher.model.schedule import RunState
from publisher.model.source import SourceState
from publisher.model.user import Right
from publisher.store import destinations, ledger, relays, schedules, sources
from publisher.web.desk.insteadwords import said_at_the_desk
from publisher.web.desk.reach import may
from publisher.web.desk.unnamed import unnamed
from publisher.web.desk.visit import Visit

OFTEN = 3  # failures in a row, from which on a source is in trouble and not just out of luck


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A line."""

    words: str
    path: str  # below /desk; "": there is no page for it
    kind: str  # of its badge
    badge: str


def troubles_of(conn: Connection, house: House, doubted: Sequence[Issue], visit: Visit) -> list[Trouble]:
    """The worst first, of what the visitor may see; `doubted`: issues that may have letters in doubt."""
    found = [
        *_doubtful(conn, house, doubted),
        *_templates(conn, house, visit),
        *_carriers(conn, house, now=visit.now),
        *_schedules(conn, visit),
        *_sources(conn, house, visit),
    ]
    found = [replace(one, words=said_at_the_desk(one.words)) for one in found]
    return found if visit.may(Right.EDIT) else [replace(one, words=unnamed(one.words)) for one in found]


def _doubtful(conn: Connection, house: House, doubted: Sequence[Issue]) -> Iterator[Trouble]:
    for issue in doubted:
        if words := in_doubt(conn, issue):
            named = f"{house.newsletters[issue.newsletter].name}, {issue.cadence.value.replace('-', ' ')}"
            yield Trouble(words=f"{named}: {words}", path=f"/issues/{issue.id}", kind="bad", badge="in doubt")


def in_doubt(conn: Connection, issue: Issue) -> str:
    """How many of its letters nobody knows about, in words; "" where there are none."""
    letters = ledger.counts(conn, issue.id).get(DeliveryState.IN_DOUBT, 0)
    named = "1 letter" if letters == 1 else f"{letters:,} letters"
    return f"{named} may have arrived or not: somebody has to decide" if letters else ""


def _templates(conn: Connection, house: House, visit: Visit) -> Iterator[Trouble]:
    """The site's own templates that are broken: readers get the built-in ones."""
    for one in mishaps_now(conn, house.templates):
        if one.kind == PAGE and visit.may(Right.EDIT):
            words = (
                f"the page {one.name} is shown by the built-in template, since the site's own is broken: {one.problem}"
            )
            yield Trouble(words=words, path="", kind="bad", badge="template")
        elif one.kind == LETTERS and one.name in house.newsletters and visit.may(Right.EDIT, one.name):
            name = house.newsletters[one.name].name
            words = f"letters that confirm, welcome or bring a link for {name} have the built-in look: {one.problem}"
            yield Trouble(words=words, path=f"/newsletters/{one.name}", kind="bad", badge="template")


def _carriers(conn: Connection, house: House, *, now: datetime) -> Iterator[Trouble]:
    for state in relays.states(conn).values():
        if state.name in house.config.relays and state.is_parked(now):
            yield Trouble(words=f"relay {state.name}: {state.why}", path="/delivery", kind="bad", badge="parked")
    for name, one in destinations.paused(conn).items():
        if one.is_paused(now):
            yield Trouble(words=f"{name}: {one.why}", path="/delivery", kind="wait", badge="left alone")


def _schedules(conn: Connection, visit: Visit) -> Iterator[Trouble]:
    """`newsletter:SLUG:…` is that newsletter's; all else is the site's."""
    for one in schedules.get_all(conn):
        if one.last_state is RunState.FAILED and visit.may(Right.LOOK, newsletter_in(one.name)):
            yield Trouble(words=f"{one.name}: {one.last_note}", path="/log", kind="bad", badge="failed")


def _sources(conn: Connection, house: House, visit: Visit) -> Iterator[Trouble]:
    known = sources.get_some(conn, list(house.config.sources))
    for name, table in house.config.sources.items():
        state = at_address(known[name], table.url or "")
        if (state.problem or state.stopped) and may(visit, house, Right.LOOK, table.column):
            serious = state.stopped or state.failures >= OFTEN
            yield Trouble(
                words=f"source {name}: {_first_line(state)}",
                path=f"/columns/{table.column}",
                kind="bad" if serious else "wait",
                badge="stopped" if state.stopped else "in trouble",
            )


def _first_line(state: SourceState) -> str:
    return next(iter((state.problem or state.why).splitlines()), "it is gone for good")
