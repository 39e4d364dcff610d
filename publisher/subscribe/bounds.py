"""How often somebody may ask to join: limits of a client, of a domain, and of the whole site. Pure.

A client is an address; of IPv6 it is a network of /64, since whoever has one has 2^64 addresses.
What is counted stands in the database by keys in which nobody can read an address or a domain:
the first octets of an HMAC. An address that is asked about is limited in its own way, by letters
(`model/asking.py`); and since mail to `mira+1@`, `mira+2@` and `m.ira@` may all come to Mira, so are
all addresses together that look like one mailbox.

Who did no work for a form (it has no script, or an old one) is welcome, under limits that are much
narrower and are counted apart, so that floods of such leave the others alone.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from publisher.model.limit import Limit
from publisher.subscribe.tickets import LIFETIME

AN_HOUR = 3600
WORKLESS_PART = 5  # of what a client and a domain may; of the site's it is
WORKLESS_PART_OF_SITE = 10
PREFIX_OF_NETWORK = 64
OF_MAILBOX = (Limit(letters=3, seconds=AN_HOUR), Limit(letters=10, seconds=24 * AN_HOUR))
_KEY_DIGITS = 24
_LONGEST_CLIENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Most wishes to join within any hour."""

    client: int = 20
    domain: int = 200
    site: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one try counts for."""

    key: str
    limit: Limit


def client_of(address: str) -> str:
    """Who is one client: an IPv4 address, a /64 of IPv6; anything else as it is."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_LONGEST_CLIENT]
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return f"{IPv6Address(int(known) >> PREFIX_OF_NETWORK << PREFIX_OF_NETWORK)}/{PREFIX_OF_NETWORK}"


def counted_for(key: bytes, bounds: Bounds, *, client: str, email: str, has_worked: bool) -> tuple[Counted, ...]:
    """All limits that a wish to join is under; in one order for all who count."""
    return tuple(
        sorted(_counted(key, bounds, client=client, email=email, has_worked=has_worked), key=lambda one: one.key)
    )


def _counted(key: bytes, bounds: Bounds, *, client: str, email: str, has_worked: bool) -> Iterator[Counted]:
    domain = email.rpartition("@")[2].lower()
    yield _one(key, "client", client_of(client), bounds.client)
    yield _one(key, "domain", domain, bounds.domain)
    yield _one(key, "site", "", bounds.site)
    if not has_worked:
        yield _one(key, "workless client", client_of(client), max(1, bounds.client // WORKLESS_PART))
        yield _one(key, "workless domain", domain, max(1, bounds.domain // WORKLESS_PART))
        yield _one(key, "workless site", "", max(1, bounds.site // WORKLESS_PART_OF_SITE))


def letters_to(key: bytes, email: str) -> tuple[Counted, ...]:
    """What a letter that asks counts for, whichever name of its mailbox it goes to."""
    name = key_of(key, "mailbox", mailbox_of(email))
    return tuple(Counted(key=name, limit=limit) for limit in OF_MAILBOX)


def mailbox_of(email: str) -> str:
    """The same for all addresses that may be one mailbox: no tag, no dots, Gmail by one name.

    Where a provider tells `mi.ra` from `mira`, both share what is no narrow limit for two.
    """
    local, _, domain = email.lower().rpartition("@")
    local = local.partition("+")[0].replace(".", "") or local
    return f"{local}@{'gmail.com' if domain == 'googlemail.com' else domain}"


def uses_of_ticket(key: bytes, nonce: str, email: str) -> tuple[Counted, Counted]:
    """That a ticket was used, and that it was for this address."""
    limit = Limit(letters=1, seconds=int(LIFETIME.total_seconds()))
    ticket = Counted(key=key_of(key, "ticket", nonce), limit=limit)
    return ticket, Counted(key=key_of(key, "ticket of", f"{nonce} {email.lower()}"), limit=limit)


def _one(key: bytes, kind: str, name: str, most: int) -> Counted:
    return Counted(key=key_of(key, kind, name), limit=Limit(letters=most, seconds=AN_HOUR))


def key_of(key: bytes, kind: str, name: str) -> str:
    """`signup:KIND:DIGITS`, without what it is about."""
    said = f"sign-up {kind}\0{name}".encode("utf-8", "surrogatepass")
    return f"signup:{kind}:{hmac.digest(key, said, 'sha256').hex()[:_KEY_DIGITS]}"
