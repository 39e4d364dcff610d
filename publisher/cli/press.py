"""Publishing as a site's config wants it."""

from __future__ import annotations

from publisher.cli.house import House, utc_now
from publisher.config.nouns import hubs_of
from publisher.feed.site import Site
from publisher.publish.folder import Folder
from publisher.publish.site import Facts, Press, publish_site
from publisher.publish.tree import Published


def publish(house: House, *, everything: bool = False) -> Published:
    """Bring what is published up to date; `everything`: look at each file, also where nothing changed."""
    press = Press(
        store=house.store,
        target=Folder(house.feeds),
        media=house.media,
        lock=house.var / "published.lock",
        templates=house.templates,
        clock=utc_now,
    )
    return publish_site(list(house.columns().values()), facts_of(house), press, everything=everything)


def facts_of(house: House) -> Facts:
    """What config.toml and the store say about the site."""
    config = house.config
    return Facts(
        site=Site(
            name=config.site.name,
            url=config.site.url,
            language=config.site.language,
            hubs=hubs_of(config),
            rights=config.site.rights,
            icon=config.site.icon or "",
            logo=config.site.logo or "",
        ),
        zone=house.zone,
        feed_id=house.feed_id,
        tagging_entity=config.site.tag_authority,
        entries=config.feeds.entries,
    )
