"""The site as its pages need to know it, from an opened house."""

from __future__ import annotations

from publisher.config.nouns import cadences_of, hubs_of
from publisher.config.schema import Config
from publisher.house.catching import is_caught
from publisher.house.hooks import hooks_of
from publisher.house.making import courier_of
from publisher.house.opened import House
from publisher.push.reception import Bounds
from publisher.web.addresses import GivenUp
from publisher.web.signupof import signup_of, welcomes_of
from publisher.web.site import Site


def site_of(house: House) -> Site:
    """Everything that config.toml says about what the web shows."""
    config = house.config
    return Site(
        name=config.site.name,
        url=config.site.url,
        language=config.site.language,
        zone=house.zone,
        newsletters=house.newsletters,
        cadences={slug: cadences_of(config, slug) for slug in house.newsletters},
        columns=house.columns,
        keys=house.keys,
        feeds=house.feeds,
        contact=next((one.reply_to or one.from_address for one in house.newsletters.values()), ""),
        hubs=hubs_of(config),
        largest_push_bytes=config.collect.max_bytes,
        hub=Bounds(subscriptions=config.push.subscriptions, per_host=config.push.per_host) if config.push.hub else None,
        given_up=given_up_of(config),
        unconditional=config.web.unconditional,
        proxies=config.web.proxies,
        outbox=house.outbox if is_caught(house) else None,
        hooks=hooks_of(house),
        courier=courier_of(house) if house.newsletters else None,
        signup=signup_of(config),
        welcomes=welcomes_of(config),
    )


def given_up_of(config: Config) -> GivenUp:
    """The addresses that config.toml says were given up."""
    return GivenUp(
        moved={alias: slug for slug, table in config.columns.items() for alias in table.aliases},
        ended=frozenset(slug for slug, table in config.columns.items() if table.ended),
        gone=frozenset(config.feeds.gone),
    )
