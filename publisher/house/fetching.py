"""What a fetch may take, and how it says who asks, as a site's config wants it."""

from __future__ import annotations

from publisher.fetch.web import Limits
from publisher.house.opened import House


def fetch_limits(house: House) -> Limits:
    """For sources of posts; hosts are those of the house, whose patience is shared."""
    config = house.config
    return Limits(
        max_bytes=config.collect.max_bytes,
        timeout=config.collect.timeout,
        site_url=config.site.url,
        private_hosts=frozenset(host.lower() for host in config.collect.private_hosts),
        hosts=house.hosts,
    )
