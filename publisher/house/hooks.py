"""The webhooks of config.toml, with the secrets that prove them."""

from __future__ import annotations

import logging

from publisher.bounce.hearing import Hearing, visitor
from publisher.bounce.webhooks.event import Keys
from publisher.errors import ConfigError
from publisher.house.grants import secret_at
from publisher.house.opened import House

log = logging.getLogger(__name__)


def hooks_of(house: House) -> dict[str, Hearing | None]:
    """Each `[webhooks.NAME]`; None for one whose secret cannot be read, which is said and ends nothing else."""
    return {name: _hook(house, name) for name in house.config.webhooks}


def _hook(house: House, name: str) -> Hearing | None:
    table = house.config.webhooks[name]
    try:
        secrets = secret_at(house, table.secret, f"webhooks.{name}.secret")
    except ConfigError as wrong:
        log.error("what [webhooks.%s] tells is not taken, and answered 503: %s", name, wrong)  # noqa: TRY400  the message says it all
        return None
    keys = Keys(
        secrets=tuple(line.strip() for line in secrets.splitlines() if line.strip()),
        user=table.user,
        networks=tuple(str(network) for network in table.networks),
        topics=table.topics,
    )
    private = frozenset(host.lower() for host in house.config.collect.private_hosts)
    return Hearing(provider=table.provider, keys=keys, visit=visitor(house.config.site.url, private_hosts=private))
