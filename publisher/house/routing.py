"""Relays and destinations as a site's config wants them: what letters go by, and to whom slower.

Sending through them is `relaying.py`; showing how they are is `relays.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import time
from hashlib import blake2b

from publisher.config.nouns import cargo_of, relays_of
from publisher.config.relays import LimitTable, OauthTable, RelayTable
from publisher.config.schema import Config
from publisher.house.grants import secret_at, tokens_of
from publisher.house.opened import House
from publisher.house.pausing import pause_limits
from publisher.house.relaying import CATCHER, bounce_domain, mail_of
from publisher.model.limit import Limit
from publisher.send.catcher import Catcher
from publisher.send.hours import Hours
from publisher.send.login import Mechanism
from publisher.send.oauth import Tokens
from publisher.send.relay import Relay, read_relay
from publisher.send.route import Destination, Route
from publisher.send.traffic import Traffic
from publisher.send.warmup import WarmUp

WINDOWS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
"""Each window that may be limited, in seconds."""


@contextmanager
def open_routes(house: House) -> Iterator[Sequence[Route]]:
    """All relays that letters may go by, in the order of config.toml; where one is the catcher, it runs meanwhile."""
    mail_of(house)
    house.keyring.signers(house.file)  # a key that cannot be used is told before anything is sent
    with ExitStack() as stack:
        yield [
            route_of(table, stack.enter_context(open_one(house, name)), key=house.keys[0])
            for name, table in relays_of(house.config).items()
        ]


@contextmanager
def open_traffic(house: House) -> Iterator[Traffic]:
    """All that a run of the sender needs of config.toml, with the relays open."""
    with open_routes(house) as routes:
        yield Traffic(
            routes=routes,
            presence=house.var / "senders",
            destinations=destinations_of(house.config),
            zone=house.zone,
            limits=pause_limits(mail_of(house)),
        )


@contextmanager
def open_relay(house: House, newsletter: str) -> Iterator[Relay]:
    """A relay that letters of this newsletter go by, where it may be several the first."""
    house.keyring.signers(house.file)
    with open_one(house, carriers_of(house, newsletter)[0]) as relay:
        yield relay


def carriers_of(house: House, newsletter: str) -> list[str]:
    """The relays that letters of this newsletter may go by, those that only stand by at the end."""
    domain = house.newsletters[newsletter].from_address.rpartition("@")[2]
    tables = relays_of(house.config)
    found = [name for name, table in tables.items() if cargo_of(table).holds(newsletter, domain)]
    return sorted(found, key=lambda name: not tables[name].weight)


@contextmanager
def open_one(house: House, name: str) -> Iterator[Relay]:
    """A relay of config.toml, ready to be used. Raises ConfigError and RelayError where it cannot be."""
    table = house.config.relays[name]
    if table.url == CATCHER:
        with Catcher(house.outbox) as catcher:
            yield catcher.relay(name=name, connections=table.connections, per_connection=table.per_connection)
    else:
        yield _relay_of(house, name, table)


def route_of(table: RelayTable, relay: Relay, *, key: bytes) -> Route:
    """A relay with what config.toml says about its part in the work; the site's key makes its digest."""
    said = f"{table.model_dump_json()} {relay.password}".encode()
    return Route(
        relay=relay,
        limits=limits_in(table.limit),
        weight=table.weight,
        hours=hours_of(table),
        warm_up=warm_up_of(table),
        newsletters=frozenset(table.newsletters) or None,
        from_domains=frozenset(table.from_domains) or None,
        digest=blake2b(said, key=key[:64], digest_size=16).hexdigest(),
    )


def limits_in(table: LimitTable | None) -> tuple[Limit, ...]:
    """The limits of a relay or a destination, the shortest window first."""
    letters = {window: getattr(table, window, None) for window in WINDOWS}
    return tuple(Limit(letters=number, seconds=WINDOWS[window]) for window, number in letters.items() if number)


def hours_of(table: RelayTable) -> Hours | None:
    if table.hours is None:
        return None
    opens, _, closes = table.hours.partition("-")
    return Hours(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def warm_up_of(table: RelayTable) -> WarmUp | None:
    found = table.warm_up
    if found is None:
        return None
    return WarmUp(since=found.since, first_day=found.first_day, growth=found.growth, days=found.days)


def destinations_of(config: Config) -> list[Destination]:
    """The domains of readers that config.toml speaks of."""
    return [
        Destination(
            name=name,
            domains=frozenset((name, *table.also)),
            limits=limits_in(table.limit),
            connections=table.connections,
        )
        for name, table in config.destinations.items()
    ]


def _relay_of(house: House, name: str, table: RelayTable) -> Relay:
    oauth = table.oauth
    return read_relay(
        table.url,
        name=name,
        password=secret_at(house, table.password, f"relays.{name}.password"),
        tokens=_tokens_of(house, name, oauth) if oauth else None,
        mechanism=Mechanism(oauth.mechanism.upper()) if oauth and oauth.mechanism else None,
        connections=table.connections,
        per_connection=table.per_connection,
        timeout=table.timeout,
        chunking=table.chunking,
        ca_file=house.file.resolve(table.ca_file) if table.ca_file else None,
        hello=table.hello or bounce_domain(house),
    )


def _tokens_of(house: House, name: str, table: OauthTable) -> Tokens:
    return tokens_of(house, table, place=f"relays.{name}.oauth", kept=house.var / "oauth" / f"{name}.json")
