"""Which newsletters may go by which relays in config.toml: each by one at least, and none by the catcher at times.

A letter that no relay may carry would wait until its lifetime is over. One that the catcher
takes in turn with a relay is told as sent, and its reader never gets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parseaddr

from publisher.config import values
from publisher.config.addresses import CATCHER, mailbox
from publisher.config.lines import Key
from publisher.config.mistakes import Mistake
from publisher.config.raw import Raw, at, named, tables
from publisher.config.refused import Refused
from publisher.model.carriage import Cargo


def _carried(raw: Raw) -> Iterator[Mistake]:
    usable = _in_use(raw)
    for slug, newsletter in tables(raw, "newsletters") if usable else ():
        domain = _from_domain(raw, newsletter)
        carriers = [name for name, cargo in usable.items() if cargo is None or cargo.holds(slug, domain or "")]
        if domain is not None and not carriers:
            yield _by_none(raw, slug, domain, usable)
        elif domain is not None:
            yield from _caught_at_times(raw, slug, carriers)


def _in_use(raw: Raw) -> dict[str, Cargo | None]:
    """The relays that letters may go by, with what they are for; None where that cannot be read."""
    relays = dict(tables(raw, "relays"))
    only = at(raw, ("mail", "relay"))
    if only is not None:
        relays = {name: relay for name, relay in relays.items() if isinstance(only, str) and name == only.strip()}
    return {name: _cargo(raw, relay) for name, relay in relays.items()}


def _cargo(raw: Raw, relay: Raw) -> Cargo | None:
    found, domains = relay.get("newsletters", []), relay.get("from_domains", [])
    if not isinstance(found, list) or not isinstance(domains, list):
        return None
    newsletters = [str(one).strip() for one in found]
    if not set(newsletters) <= set(named(raw, "newsletters")):
        return None
    try:
        return Cargo(newsletters=newsletters, from_domains=[values.domain(one) for one in domains])
    except Refused:
        return None


def _from_domain(raw: Raw, newsletter: Raw) -> str | None:
    """The domain of its From; None where there is none that can be read."""
    try:
        address = parseaddr(mailbox(newsletter.get("from", at(raw, ("mail", "from")))))[1]
    except Refused:
        return None
    return address.rpartition("@")[2]


def _by_none(raw: Raw, slug: str, domain: str, usable: Mapping[str, Cargo | None]) -> Mistake:
    places: list[Key] = [("mail", "relay")] if at(raw, ("mail", "relay")) is not None else []
    for name, cargo in usable.items():
        if cargo and not cargo.holds_newsletter(slug):
            places.append(("relays", name, "newsletters"))
        if cargo and not cargo.holds_domain(domain):
            places.append(("relays", name, "from_domains"))
    wrong = f"may go by no relay, with From at {domain}"
    cure = "let one of the relays carry it, or add one that may"
    return Mistake(key=("newsletters", slug), wrong=wrong, cure=cure, beside=tuple(places))


def _caught_at_times(raw: Raw, slug: str, carriers: list[str]) -> Iterator[Mistake]:
    caught = [name for name in carriers if str(at(raw, ("relays", name, "url"))).strip() == CATCHER]
    if not caught or len(caught) == len(carriers):
        return
    real = next(name for name in carriers if name not in caught)
    wrong = f"may go by `relays.{real}` and by `relays.{caught[0]}`, the catcher, which keeps letters and delivers none"
    cure = f'choose: `relay = "{real}"` in `[mail]`, or `newsletters` of each relay'
    places: tuple[Key, ...] = tuple(("relays", name, "url") for name in caught)
    yield Mistake(key=("newsletters", slug), wrong=wrong, cure=cure, beside=places)


CARRIER_CHECKS = (_carried,)
