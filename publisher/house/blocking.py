"""Domains of readers that send letters back for what is about us, and are left alone for an hour.

What they say while a letter is sent, the sender learns by itself (`send/gate.py`). This is for relays that take
everything: notices come by mail, after seconds or hours. The law is `send/blocks.py`'s.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from publisher.house.opened import House, utc_now
from publisher.model.reason import in_words
from publisher.send.blocks import LEAST, Blocked
from publisher.send.gate import LONGEST_PAUSE
from publisher.send.report import HeldUp, Stop
from publisher.send.route import destination_of
from publisher.store import blocks, destinations


def pause_where_much_is_blocked(house: House, among: Iterable[int]) -> list[HeldUp]:
    """Pause domains that blocked many letters of some issues since their last pause; which, until when, and why."""
    return [one for issue in among for one in _pause(house, issue)]


def destination_names(house: House) -> dict[str, str]:
    """The name that each domain of `[destinations]` goes by there."""
    tables = house.config.destinations.items()
    return {domain: name for name, table in tables for domain in (name, *table.also)}


def blocking_in_words(house: House, one: HeldUp) -> str:
    """That a domain is paused, and what to do."""
    until = f" until {one.until.astimezone(house.zone):%Y-%m-%d %H:%M %Z}" if one.until else ""
    return f"{one.name} is paused{until}: {one.why}; to try it at once: publisher relays resume {one.name}"


def _pause(house: House, issue: int) -> list[HeldUp]:
    with house.store.read() as conn:
        found = list(_that_block(conn, house, issue))
    if not found:
        return []
    now = utc_now()
    until = now + LONGEST_PAUSE
    with house.store.write() as conn:
        for name, seen, why in found:
            destinations.pause(conn, name, why=why, until=until, now=now)
            blocks.remember_pause(conn, issue, name, {"letters": seen.letters, "blocked": seen.blocked})
    return [HeldUp(stop=Stop.PAUSED, name=name, until=until, why=why) for name, _, why in found]


def _that_block(conn: Connection, house: House, issue: int) -> Iterator[tuple[str, Blocked, str]]:
    """With all that is known of them, and in words."""
    names = destination_names(house)
    reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in blocks.came_back(conn, issue):
        reasons[destination_of(f"@{one.domain}", names)][one.reason] += one.letters
    many = {name for name, counted in reasons.items() if counted.total() >= LEAST}
    if not many:
        return  # mostly: how many letters went out is not counted for that
    paused, now = destinations.paused(conn), utc_now()
    many -= {name for name, state in paused.items() if state.is_paused(now)}
    domains = {domain for domain, name in names.items() if name in many} | many
    letters: Counter[str] = Counter()
    for domain, number in blocks.went_to(conn, issue, domains).items():
        letters[destination_of(f"@{domain}", names)] += number
    for name in sorted(many):
        seen = Blocked(letters=letters[name], blocked=reasons[name].total())
        if seen.without(Blocked(**blocks.paused_for(conn, issue, name))).is_a_decision:
            yield name, seen, _why(seen, reasons[name], issue)


def _why(seen: Blocked, reasons: Counter[str], issue: int) -> str:
    told = ", ".join(f"{in_words(reason)} {number:,}" for reason, number in reasons.most_common())
    return f"{seen.blocked:,} of {seen.letters:,} letters of issue {issue} came back: {told}"
