"""How relays and destinations stand: what their limits leave, who is parked or paused, what was carried today.

Read from config.toml and the database; nothing is opened and no secret is read. How it is
told is `relaywords.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from publisher.config.nouns import relays_of
from publisher.config.relays import RelayTable
from publisher.house.opened import House
from publisher.house.routing import WINDOWS, destinations_of, hours_of, limits_in, warm_up_of
from publisher.model.delivery import DeliveryState
from publisher.model.limit import Limit
from publisher.send import warmup
from publisher.send.hours import next_opening
from publisher.send.limits import allowance
from publisher.send.route import Destination, destination_of, names_by_domain
from publisher.store import carried, destinations, relays, uses
from publisher.store.destinations import PausedDestination
from publisher.store.relays import RelayState


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One limit, and how far it is used."""

    name: str  # `second`, `minute`, `hour`, `day`, or `warm-up`
    used: int
    allowed: int
    again: datetime | None  # when there is room again, where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmingUp:
    """A warm-up that is not over."""

    day: int  # counted from 1; 0: it is still to begin
    days: int
    full_from: date  # the first day without it


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayStanding:
    """One relay."""

    name: str
    table: RelayTable
    in_use: bool  # False: `mail.relay` names another one
    parked: RelayState | None  # None: it is not
    on_trial: bool  # it was parked until a moment ago, and took no letter since
    opens: datetime | None  # outside its hours: when they begin
    windows: Sequence[Window]
    warming_up: WarmingUp | None
    today: Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationStanding:
    """Domains of readers that are limited or paused."""

    name: str
    also: Sequence[str]
    connections: int | None
    on_the_wire: int
    pause: PausedDestination | None  # None: it takes letters
    windows: Sequence[Window]


def relay_standings(conn: Connection, house: House, *, now: datetime) -> list[RelayStanding]:
    """All relays of config.toml, in its order."""
    states, used = relays.states(conn), relays_of(house.config)
    on_the_wire = Counter(relay for relay, _ in uses.in_flight(conn))
    day = now.astimezone(house.zone)
    midnight = datetime.combine(day, time(), house.zone)
    today = carried.since(conn, midnight)
    found = []
    for name, table in house.config.relays.items():
        state, warm_up = states.get(name), warm_up_of(table)
        number = state.id if state else 0
        hours = hours_of(table)
        opens = next_opening(hours, now, house.zone) if hours else now
        warm = warmup.limit_of(warm_up, day.date()) if warm_up else None
        found.append(
            RelayStanding(
                name=name,
                table=table,
                in_use=name in used,
                parked=state if state and state.is_parked(now) else None,
                on_trial=bool(state and state.parked_since and not state.is_parked(now)),
                opens=opens if opens > now else None,
                windows=_windows(conn, f"relay:{name}", limits_in(table.limit), warm, on_the_wire[number], now=now),
                warming_up=_warming_up(warm_up, day.date()),
                today=today.get(number, {}),
            )
        )
    return found


def _windows(
    conn: Connection, key: str, limits: Sequence[Limit], warm: Limit | None, in_flight: int, *, now: datetime
) -> list[Window]:
    named = [(_name_of(limit), limit) for limit in limits] + ([("warm-up", warm)] if warm else [])
    used = uses.used(conn, key, [limit for _, limit in named], now=now) if named else {}
    return [_window(name, limit, used[limit.seconds], in_flight, now=now) for name, limit in named]


def _window(name: str, limit: Limit, counted: Mapping[int, int], in_flight: int, *, now: datetime) -> Window:
    allowed = allowance(limit, counted, in_flight=in_flight, now=now)
    used = in_flight + sum(counted.values())
    return Window(name=name, used=used, allowed=limit.letters, again=allowed.again)


def _name_of(limit: Limit) -> str:
    return next(name for name, seconds in WINDOWS.items() if seconds == limit.seconds)


def _warming_up(warm_up: warmup.WarmUp | None, today: date) -> WarmingUp | None:
    if warm_up is None or warmup.day_of(warm_up, today) is None:
        return None
    full_from = warm_up.since + timedelta(days=warm_up.days)
    return WarmingUp(day=max(0, (today - warm_up.since).days + 1), days=warm_up.days, full_from=full_from)


def destination_standings(conn: Connection, house: House, *, now: datetime) -> list[DestinationStanding]:
    """The destinations of config.toml, then domains that are paused and not in it."""
    known, paused = destinations_of(house.config), destinations.paused(conn)
    names = names_by_domain(known)
    on_the_wire = Counter(destination_of(f"@{domain}", names) for _, domain in uses.in_flight(conn))
    alone = [
        Destination(name=name, domains=frozenset({name})) for name in paused if name not in house.config.destinations
    ]
    return [
        DestinationStanding(
            name=one.name,
            also=sorted(one.domains - {one.name}),
            connections=one.connections,
            on_the_wire=on_the_wire[one.name],
            pause=paused.get(one.name),
            windows=_windows(conn, f"destination:{one.name}", one.limits, None, on_the_wire[one.name], now=now),
        )
        for one in (*known, *alone)
    ]
