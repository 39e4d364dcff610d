"""What keeps mail providers from believing where a newsletter's letters come from, said before they are sent."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.house.opened import House
from publisher.house.relaying import CATCHER, bounce_domain_of
from publisher.house.signing import SIGNING
from publisher.mail.alignment import may_align


def unproven(house: House, slug: str) -> Iterator[str]:
    """What SPF or DKIM does not prove of a newsletter's letters, each in a sentence without its stop."""
    domain, returns = house.newsletters[slug].from_address.rpartition("@")[2], bounce_domain_of(house, slug)
    if not may_align(domain, returns):
        yield (
            f"From is at {domain} and return addresses are at {returns}, so SPF does not count for DMARC; set "
            f"`newsletters.{slug}.bounce_domain` to {domain}, or to a domain below it"
        )
    tries_out = all(table.url == CATCHER for table in house.config.relays.values())
    signing = [table.domain for table in house.config.dkim.values() if table.state == SIGNING]
    if not tries_out and not any(f".{domain}".endswith(f".{one}") for one in signing):
        yield (
            f"no key signs letters from {domain}, and mail providers want DKIM; make one with `publisher dkim new`, "
            "unless your relay signs"
        )
