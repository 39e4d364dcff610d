"""Routes: relays with all that says which letters go by them and when; and the destinations of letters.

A route is what config.toml has about one relay. Which of several routes takes a letter is
decided in `allot.py`, what may go now in `gate.py`.

Pure values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from publisher.model.carriage import Cargo
from publisher.model.limit import Limit
from publisher.send.hours import Hours
from publisher.send.relay import Relay
from publisher.send.warmup import WarmUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One relay, and its part in the work."""

    relay: Relay
    limits: tuple[Limit, ...] = ()
    weight: int = 1  # its share of letters that several may carry; 0: only what no other can
    hours: Hours | None = None  # None: always
    warm_up: WarmUp | None = None
    newsletters: frozenset[str] | None = None  # that may go by it; None: all
    from_domains: frozenset[str] | None = None  # of newsletters that may go by it, each with all below it; None: all
    digest: str = ""  # of all that config.toml says about it, its secrets too: another one, and it is tried anew

    @property
    def name(self) -> str:
        """As in config.toml."""
        return self.relay.name

    def may_carry(self, newsletter: str, from_domain: str) -> bool:
        """Whether letters of this newsletter may go by it at all, at whatever time."""
        cargo = Cargo(newsletters=self.newsletters or (), from_domains=self.from_domains or ())
        return cargo.holds(newsletter, from_domain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Domains of readers that are one for limits and pauses."""

    name: str  # the domain that stands for all of them
    domains: frozenset[str]  # itself too; A-labels in lower case
    limits: tuple[Limit, ...] = ()
    connections: int | None = None  # most letters on their way to it at a time; None: any number


def names_by_domain(destinations: Iterable[Destination]) -> dict[str, str]:
    """The name of the destination that each of their domains belongs to; made once, asked for each letter."""
    return {domain: one.name for one in destinations for domain in one.domains}


def destination_of(address: str, names: Mapping[str, str]) -> str:
    """The name of the destination of an address: its domain, where none holds that."""
    domain = address.rpartition("@")[2].lower()
    return names.get(domain, domain)
