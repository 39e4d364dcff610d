"""Whether letters can be carried within their lifetime, by their relays and to each destination, known beforehand.

Said in numbers, in sentences without their stop. The arithmetic is `send/capacity.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.config.values import duration_text
from publisher.house.opened import House
from publisher.house.relaying import mail_of
from publisher.house.routing import carriers_of, destinations_of, hours_of, limits_in, warm_up_of
from publisher.model.subscriber import Cadence
from publisher.send.capacity import Way, most_letters
from publisher.send.route import Destination
from publisher.store import audience, domains, segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A destination of config.toml and its readers of one newsletter."""

    name: str
    domains: tuple[str, ...]
    letters: int
    most: int | None  # that it may be given within the lifetime; None: it has no limit

    @property
    def late(self) -> int:
        """Letters that would come too late."""
        return 0 if self.most is None else max(0, self.letters - self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Letters of one issue, and what carries them."""

    letters: int
    relays: Mapping[str, int | None]  # the most that each carries within the lifetime; None: any number
    places: tuple[Place, ...]

    @property
    def most(self) -> int | None:
        """That all relays carry together; None: any number."""
        known = [most for most in self.relays.values() if most is not None]
        return sum(known) if len(known) == len(self.relays) else None

    @property
    def late(self) -> int:
        """Letters that no relay carries in time."""
        return 0 if self.most is None else max(0, self.letters - self.most)


def load_of_readers(conn: Connection, house: House, newsletter: str, cadence: Cadence, *, now: datetime) -> Load:
    """A letter to each who would get an issue now."""
    among = segments.among(conn, house.newsletters[newsletter].audience, now=now)
    letters = sum(audience.wishes(conn, newsletter, cadence, among).values())
    by_domain = domains.of_readers(conn, newsletter, cadence, _limited(house), among)
    return _load(house, newsletter, letters, by_domain, now=now)


def load_of_issue(conn: Connection, house: House, newsletter: str, issue: int, letters: int, *, now: datetime) -> Load:
    """The letters of an issue that is made."""
    return _load(house, newsletter, letters, domains.of_issue(conn, issue, _limited(house)), now=now)


def _limited(house: House) -> set[str]:
    """Domains whose readers need to be counted."""
    return {domain for place in destinations_of(house.config) for domain in place.domains}


def _load(house: House, newsletter: str, letters: int, by_domain: Mapping[str, int], *, now: datetime) -> Load:
    return Load(
        letters=letters,
        relays={name: _carried_by(house, name, now=now) for name in carriers_of(house, newsletter)},
        places=tuple(_place(house, one, by_domain, now=now) for one in destinations_of(house.config)),
    )


def _carried_by(house: House, relay: str, *, now: datetime) -> int | None:
    table = house.config.relays[relay]
    return _most(house, Way(limits=limits_in(table.limit), hours=hours_of(table), warm_up=warm_up_of(table)), now=now)


def _place(house: House, one: Destination, by_domain: Mapping[str, int], *, now: datetime) -> Place:
    others = sorted(one.domains - {one.name})
    return Place(
        name=one.name,
        domains=(one.name, *others),
        letters=sum(by_domain.get(domain, 0) for domain in one.domains),
        most=_most(house, Way(limits=one.limits), now=now),
    )


def _most(house: House, way: Way, *, now: datetime) -> int | None:
    return most_letters(way, start=now, length=mail_of(house).lifetime, zone=house.zone)


def too_much(house: House, load: Load) -> list[str]:
    """What is too much for relays or destinations, a sentence each; [] where all letters come in time."""
    within = f"within {duration_text(mail_of(house).lifetime)} (`mail.lifetime`)"
    by_relays = [_too_much_for_relays(load, within)] if load.late else []
    return [*by_relays, *(_too_much_for_place(place, within) for place in load.places if place.late)]


def _too_much_for_relays(load: Load, within: str) -> str:
    each = ", ".join(f"{name} {most:,}" for name, most in load.relays.items())
    return (
        f"{load.letters:,} letters are more than its relays carry {within}: {each} at most; "
        f"{load.late:,} would come too late and fail: raise limits or lifetime, or add a relay"
    )


def _too_much_for_place(place: Place, within: str) -> str:
    return (
        f"{place.letters:,} letters to {' and '.join(place.domains)} are more than `destinations` lets go there "
        f"{within}: {place.most:,} at most; {place.late:,} would come too late and fail: raise limit or lifetime"
    )
