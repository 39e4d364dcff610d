"""How relays and destinations stand, in lines for people and as values for programs. A login is never shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from publisher.config.relays import RelayTable
from publisher.house.relaying import CATCHER
from publisher.house.relaystate import DestinationStanding, RelayStanding, WarmingUp, Window
from publisher.model.delivery import DeliveryState
from publisher.send.relay import PORTS, Scheme

BAR = 20  # characters
_STATES = {
    DeliveryState.SENDING: "on the wire",
    DeliveryState.SENT: "sent",
    DeliveryState.DEFERRED: "to try again",
    DeliveryState.FAILED: "failed",
    DeliveryState.IN_DOUBT: "in doubt",
}


def place_of(table: RelayTable) -> str:
    """Where a relay is, without who logs in: `smtps://mail.example:465`."""
    if table.url == CATCHER:
        return CATCHER
    parts = urlsplit(table.url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or PORTS[Scheme(parts.scheme)]}"


def relay_lines(one: RelayStanding, *, now: datetime, zone: tzinfo) -> Iterator[str]:
    """A relay for people; its first line begins at the margin."""
    table = one.table
    yield f"{one.name}  {place_of(table)}"
    yield _line("state", state_in_words(one, now=now, zone=zone))
    cargo = _cargo_in_words(table)
    if cargo:
        yield _line("carries", cargo)
    if table.hours:
        yield _line("hours", table.hours)
    if one.warming_up:
        yield _line("warm-up", _warm_up_in_words(one.warming_up))
    yield from _window_lines(one.windows, now=now, zone=zone)
    yield _line("today", _today(one))


def state_in_words(one: RelayStanding, *, now: datetime, zone: tzinfo) -> str:
    """Whether it carries letters now, and why not."""
    if not one.in_use:
        return "not used: `mail.relay` names another one"
    if one.parked:
        since = moment(one.parked.parked_since or now, now, zone)
        until = f" until {moment(one.parked.parked_until, now, zone)}" if one.parked.parked_until else ""
        why = f": {one.parked.why}" if one.parked.why else ""
        return f"parked since {since}{until}{why}; use it again with: publisher relays resume {one.name}"
    if one.opens:
        return f"rests outside its hours, until {moment(one.opens, now, zone)}"
    full = [window.again for window in one.windows if window.again]
    if full:
        return f"has no room until {moment(max(full), now, zone)}"
    if one.on_trial:
        return "was parked, and is given a few letters until it takes one"
    if table_keeps(one.table):
        return "keeps letters on this machine, delivers none"
    return "stands by for letters that no other relay can take" if not one.table.weight else "carries letters"


def table_keeps(table: RelayTable) -> bool:
    """Whether it is the catcher."""
    return table.url == CATCHER


def _cargo_in_words(table: RelayTable) -> str:
    """What it is for, where that is not all."""
    named = ", ".join(table.newsletters)
    domains = "From at " + " or ".join(table.from_domains) if table.from_domains else ""
    share = f"weight {table.weight}" if table.weight > 1 else ""
    return "; ".join(part for part in (named, domains, share) if part)


def _warm_up_in_words(warming: WarmingUp) -> str:
    day = f"day {warming.day} of {warming.days}" if warming.day else "not begun, as on its first day"
    return f"{day}; without it from {warming.full_from}"


def _today(one: RelayStanding) -> str:
    told = [f"{one.today[state]:,} {name}" for state, name in _STATES.items() if one.today.get(state)]
    return ", ".join(told) or "nothing yet"


def destination_lines(one: DestinationStanding, *, now: datetime, zone: tzinfo) -> Iterator[str]:
    """A destination for people."""
    also = f" (and {', '.join(one.also)})" if one.also else ""
    yield f"{one.name}{also}"
    yield _line("state", _pause_in_words(one, now=now, zone=zone))
    if one.connections is not None:
        yield _line("at a time", f"{_bar(one.on_the_wire, one.connections)}  {one.on_the_wire} of {one.connections}")
    yield from _window_lines(one.windows, now=now, zone=zone)


def _pause_in_words(one: DestinationStanding, *, now: datetime, zone: tzinfo) -> str:
    pause = one.pause
    full = [window.again for window in one.windows if window.again]
    if pause and pause.is_paused(now):
        since, until = moment(pause.paused_since, now, zone), moment(pause.paused_until, now, zone)
        why = f": {pause.why}" if pause.why else ""
        return f"paused since {since}, until {until}{why}; go on with: publisher relays resume {one.name}"
    if full:
        return f"has no room until {moment(max(full), now, zone)}"
    return "was paused, and is given a few letters until it takes one" if pause else "takes letters"


def _window_lines(windows: Sequence[Window], *, now: datetime, zone: tzinfo) -> Iterator[str]:
    for window in windows:
        again = f", room again {moment(window.again, now, zone)}" if window.again else ""
        label = "in a day" if window.name == "warm-up" else f"in a {window.name}"
        warm = " (warm-up)" if window.name == "warm-up" else ""
        used = f"{window.used:,} of {window.allowed:,}"
        yield _line(label.replace("a hour", "an hour"), f"{_bar(window.used, window.allowed)}  {used}{warm}{again}")


def _bar(used: int, allowed: int) -> str:
    """Full only where it is used up, empty only where nothing is used."""
    filled = min(BAR, used * BAR // allowed)
    if used and not filled:
        filled = 1
    return "█" * filled + "░" * (BAR - filled)


def _line(label: str, words: str) -> str:
    return f"  {label:<12}{words}"


def moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    """A time on the wall: of today without its date."""
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M:%S %Z}"
    return f"{local:%a %Y-%m-%d %H:%M %Z}"


def relay_for_programs(one: RelayStanding) -> dict[str, object]:
    table, parked, warming = one.table, one.parked, one.warming_up
    return {
        "relay": one.name,
        "url": place_of(table),
        "in_use": one.in_use,
        "weight": table.weight,
        "connections": table.connections,
        "newsletters": list(table.newsletters),
        "from_domains": list(table.from_domains),
        "hours": table.hours,
        "opens": _iso(one.opens),
        "parked": {"since": _iso(parked.parked_since), "until": _iso(parked.parked_until), "why": parked.why}
        if parked
        else None,
        "on_trial": one.on_trial,
        "warm_up": {"day": warming.day, "days": warming.days, "full_from": warming.full_from.isoformat()}
        if warming
        else None,
        "limits": [_window_for_programs(window) for window in one.windows],
        "today": {state.value: one.today.get(state, 0) for state in _STATES},
    }


def destination_for_programs(one: DestinationStanding, *, now: datetime) -> dict[str, object]:
    pause = one.pause
    return {
        "destination": one.name,
        "also": list(one.also),
        "connections": one.connections,
        "on_the_wire": one.on_the_wire,
        "paused": {
            "now": pause.is_paused(now),
            "since": _iso(pause.paused_since),
            "until": _iso(pause.paused_until),
            "pauses": pause.pauses,
            "why": pause.why,
        }
        if pause
        else None,
        "limits": [_window_for_programs(window) for window in one.windows],
    }


def _window_for_programs(window: Window) -> dict[str, object]:
    return {"window": window.name, "used": window.used, "allowed": window.allowed, "again": _iso(window.again)}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
