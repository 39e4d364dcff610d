"""`publisher bounces domains`: what came back and what was refused, by the domain of readers, and who is paused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import click
from sqlalchemy import Connection

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.house.blocking import destination_names
from publisher.house.opened import House, open_house, utc_now
from publisher.house.relaywords import moment
from publisher.model.incoming import Kind
from publisher.model.reason import in_words, reason_named
from publisher.send.route import destination_of
from publisher.store import blocks, destinations
from publisher.store.destinations import PausedDestination

DAYS, MOST_DAYS = 7, 90  # messages are kept for ninety


@dataclass(slots=True, kw_only=True)
class DomainStanding:
    """A domain of readers, or several that config.toml takes for one."""

    name: str
    letters: int = 0  # that had an answer
    came_back: Counter[str] = field(default_factory=Counter)  # by reason
    refused: Counter[str] = field(default_factory=Counter)
    complaints: int = 0
    pause: PausedDestination | None = None

    @property
    def blocked(self) -> int:
        """For what is about us and not about readers."""
        return sum(
            number
            for counted in (self.came_back, self.refused)
            for value, number in counted.items()
            if (reason := reason_named(value)) and reason.about_us
        )


@click.command(
    "domains",
    epilog=examples(
        "publisher bounces domains",
        "publisher bounces domains --days 30 --limit 10",
        "publisher bounces domains --json",
    ),
)
@config_option
@json_option
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=DAYS, show_default=True, help="How far back.")
@click.option("--limit", default=20, show_default=True, metavar="N", help="At most so many; 0 for all.")
def command(config_path: Path, *, as_json: bool, days: int, limit: int) -> None:
    """Show domains of readers where letters came back or were refused, those that block us first.

    What is about us (spam, reputation, policy, SPF and DKIM, our address) is held against no
    reader. A domain that does it to many letters is paused; this says until when, and why.
    """
    with open_house(config_path) as house:
        now = utc_now()
        with house.store.read() as conn:
            found = domain_standings(conn, house, since=now - timedelta(days=days), now=now)
        found = found[: limit or None]
        if as_json:
            print_json([_for_programs(one) for one in found])
            return
        for one in found:
            for line in _in_words(one, now, house.zone):
                say(line)
        if not found:
            say(f"nothing came back or was refused within {days} days")


def domain_standings(conn: Connection, house: House, *, since: datetime, now: datetime) -> list[DomainStanding]:
    """Those where anything happened, or that are paused now."""
    names = destination_names(house)
    found: dict[str, DomainStanding] = {}

    def of(domain: str) -> DomainStanding:
        name = destination_of(f"@{domain}", names)
        return found.setdefault(name, DomainStanding(name=name))

    for name, state in destinations.paused(conn).items():
        if state.is_paused(now):
            of(name).pause = state
    for one in blocks.since(conn, since):
        standing = of(one.domain)
        if one.kind == Kind.COMPLAINT:
            standing.complaints += one.letters
        else:
            (standing.came_back if one.kind == Kind.BOUNCE else standing.refused)[one.reason] += one.letters
    domains = {domain for domain, name in names.items() if name in found} | found.keys()
    for domain, number in blocks.letters_since(conn, since, domains).items():
        of(domain).letters += number
    return sorted(found.values(), key=_place)


def _place(one: DomainStanding) -> tuple[object, ...]:
    others = one.came_back.total() + one.refused.total() + one.complaints
    return one.pause is None, -one.blocked, -others, one.name


def _in_words(one: DomainStanding, now: datetime, zone: tzinfo) -> Iterable[str]:
    share = f", {one.blocked:,} blocked ({100 * one.blocked / max(one.letters, one.blocked):.0f} %)"
    yield f"{one.name}: {one.letters:,} letters{share if one.blocked else ''}"
    if one.pause:
        until = moment(one.pause.paused_until, now, zone)
        yield f"  paused until {until}: {one.pause.why}; to try it at once: publisher relays resume {one.name}"
    if one.came_back:
        yield f"  came back:  {_reasons(one.came_back)}"
    if one.refused:
        yield f"  refused:    {_reasons(one.refused)}"
    if one.complaints:
        yield f"  complaints: {one.complaints:,}"


def _reasons(counted: Mapping[str, int]) -> str:
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{in_words(reason) or 'not told'} {number:,}" for reason, number in ordered)


def _for_programs(one: DomainStanding) -> dict[str, object]:
    pause = one.pause
    return {
        "domain": one.name,
        "letters": one.letters,
        "blocked": one.blocked,
        "came_back": dict(one.came_back),
        "refused": dict(one.refused),
        "complaints": one.complaints,
        "paused_until": pause.paused_until.isoformat() if pause else None,
        "pauses": pause.pauses if pause else 0,
        "why": pause.why if pause else "",
    }
