"""Telling others that feeds changed, as a site's config wants it: hubs, rssCloud, subscribers of our own hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from publisher.config.nouns import OWN_HUB
from publisher.fetch.asking import Limits
from publisher.house.opened import House, utc_now
from publisher.publish.target import Target
from publisher.push.announce import Audience
from publisher.push.worker import TIMEOUT, Pusher
from publisher.store.pings import Ping

BY_HAND_SECONDS = 15.0


def audience_of(house: House) -> Audience:
    """Whom config.toml wants told."""
    config = house.config
    own = f"{config.site.url}/{OWN_HUB}" if config.push.hub else ""
    return Audience(
        site_url=config.site.url,
        hubs=tuple(dict.fromkeys(hub for hub in config.push.hubs if hub != own)),
        rsscloud=config.push.rsscloud or "",
        own_hub=own,
    )


def pusher_of(house: House, target: Target) -> Pusher:
    """Who tells them. The hubs that config.toml names may be in a private network: nobody else named them."""
    audience, push = audience_of(house), house.config.push
    limits = Limits(
        max_bytes=house.config.collect.max_bytes,
        timeout=TIMEOUT,
        site_url=house.config.site.url,
        private_hosts=frozenset(host.lower() for host in push.private_hosts),
    )
    named = frozenset((urlsplit(url).hostname or "").lower() for url in (*audience.hubs, audience.rsscloud) if url)
    return Pusher(
        store=house.store,
        audience=audience,
        read=target.read,
        clock=utc_now,
        limits=limits,
        hub_limits=replace(limits, private_hosts=named),
    )


def ping_hubs(house: House, target: Target) -> list[Ping]:
    """Tell hubs now what they have not heard yet, in bounded time; what they have not heard even now."""
    audience = audience_of(house)
    if not (audience.hubs or audience.rsscloud):
        return []
    told = pusher_of(house, target).ping_once(seconds=BY_HAND_SECONDS)
    return [ping for ping in told if ping.problem or ping.next_try]


def unheard_in_words(unheard: Iterable[Ping]) -> Iterator[str]:
    """A line for each hub and problem."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for ping in unheard:
        kinds.setdefault((ping.hub, ping.problem or "there was no time left"), []).append(ping.topic)
    for (hub, problem), topics in kinds.items():
        feeds = topics[0] if len(topics) == 1 else f"{len(topics)} feeds"
        yield f"{hub} has not heard of {feeds}: {problem}; publisher serve tells it again"
