"""Trying a relay: one connection with what config.toml says, and what it offers, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from publisher.errors import PublisherError
from publisher.house.opened import House
from publisher.house.relaywords import place_of
from publisher.house.routing import open_one
from publisher.send.commands import Offer
from publisher.send.probe import Probe, probe

SOON = timedelta(days=14)  # a certificate that ends within it is worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one relay."""

    name: str
    place: str
    problem: str  # why letters cannot go by it; "": they can
    found: Probe


def try_relay(house: House, name: str) -> Tried:
    """What is wrong with its secrets or its address is told like all else."""
    place = place_of(house.config.relays[name])
    try:
        with open_one(house, name) as relay:
            found = probe(relay)
    except PublisherError as wrong:
        return Tried(name=name, place=place, problem=str(wrong), found=Probe())
    return Tried(name=name, place=place, problem=found.problem, found=found)


def tried_in_words(tried: Tried, *, now: datetime, zone: tzinfo) -> Iterator[str]:
    """One relay for people."""
    found = tried.found
    if tried.problem:
        yield f"{tried.name}  {tried.place}: {tried.problem}"
    else:
        login = f", logged in by {found.login}" if found.login else ", no login"
        secrecy = found.tls or "not encrypted"
        yield f"{tried.name}  {tried.place}: takes letters after {found.seconds:.1f} s, {secrecy}{login}"
        yield f"  offers      {', '.join(_offered(found.offer)) or 'nothing but plain SMTP'}"
        lacking = _lacking(found.offer)
        if lacking:
            yield f"  lacks       {'; '.join(lacking)}"
    if found.certificate_ends:
        left = found.certificate_ends - now
        soon = "Warning: " if left < SOON else ""
        yield f"  {soon}its certificate ends {found.certificate_ends.astimezone(zone):%a %Y-%m-%d}, in {left.days} days"


def _offered(offer: Offer) -> list[str]:
    size = f"SIZE (letters of {offer.largest_bytes:,} bytes at most)" if offer.largest_bytes else "SIZE"
    words = {
        size: offer.size,
        "PIPELINING": offer.pipelining,
        "CHUNKING": offer.chunking,
        "DSN": offer.dsn,
        "SMTPUTF8": offer.smtputf8,
        "8BITMIME": offer.eight_bit,
    }
    return [word for word, is_there in words.items() if is_there]


def _lacking(offer: Offer) -> list[str]:
    """What it does not offer, and what that means."""
    costs = {
        "PIPELINING: one answer after the other, slow over a distance": offer.pipelining,
        "DSN: what bounces names its letter by the return address alone": offer.dsn,
        "SMTPUTF8: no letters to addresses beyond ASCII": offer.smtputf8,
    }
    return [words for words, is_there in costs.items() if not is_there]


def tried_for_programs(tried: Tried) -> dict[str, object]:
    found = tried.found
    offer = found.offer
    return {
        "relay": tried.name,
        "url": tried.place,
        "works": not tried.problem,
        "problem": tried.problem,
        "seconds": round(found.seconds, 3),
        "tls": found.tls or None,
        "certificate_ends": found.certificate_ends.isoformat() if found.certificate_ends else None,
        "login": found.login,
        "offers": {
            "SIZE": offer.largest_bytes if offer.size else None,
            "PIPELINING": offer.pipelining,
            "CHUNKING": offer.chunking,
            "DSN": offer.dsn,
            "SMTPUTF8": offer.smtputf8,
            "8BITMIME": offer.eight_bit,
        },
    }
