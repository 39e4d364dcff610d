"""Publishing as a site's config wants it."""

from __future__ import annotations

import logging
from os import environ

from publisher.assemble.correcting import correct_pages
from publisher.config.addresses import FOLDER
from publisher.config.nouns import hubs_of, joinable_of
from publisher.config.secret import read_secret
from publisher.errors import WrongUse
from publisher.feed.site import Site, cloud_at
from publisher.house.making import assembly_of
from publisher.house.opened import House, utc_now
from publisher.house.pushing import audience_of
from publisher.publish.folder import Folder
from publisher.publish.site import Facts, Press, publish_site
from publisher.publish.target import Target
from publisher.publish.tree import Published
from publisher.push.announce import announce
from publisher.store import columns

log = logging.getLogger(__name__)


def publish(house: House, *, everything: bool = False) -> Published:
    """Bring what is published up to date; `everything`: look at each file, also where nothing changed.

    First the pages of letters that went out are brought in line with what their posts say now.
    Whoever is to hear of changed feeds is noted; telling them is another step.
    """
    for problem in correct_pages(
        house.store,
        house.newsletters,
        lambda slug: assembly_of(house, slug),
        templates=house.templates,
        whole=everything,
    ):
        log.error("%s", problem)
    press = Press(
        store=house.store,
        target=target_of(house),
        media=house.media,
        lock=house.var / "published.lock",
        templates=house.templates,
        clock=utc_now,
    )
    published = publish_site(list(house.columns().values()), facts_of(house), press, everything=everything)
    announce(house.store, audience_of(house), now=utc_now())
    return published


def left_out_in_words(house: House) -> list[str]:
    """Columns whose posts are published no more, though nobody said that they are gone."""
    config = house.config
    with house.store.read() as conn:
        slugs = columns.left_out(conn, {*config.columns, *config.feeds.gone})
    return [
        f"the posts of {slug} are not published: config.toml has no such column; "
        f"name it in `aliases` of the column that it became, or in `feeds.gone`"
        for slug in slugs
    ]


def place_of(house: House) -> str:
    """Where that is, as a person would write it: a folder, or `s3://bucket/prefix`."""
    told = house.config.publish.target
    return str(house.feeds) if told == FOLDER else told


def target_of(house: House) -> Target:
    """Where config.toml says the site is published to. Raises WrongUse where what that needs is not installed."""
    told = house.config.publish
    if told.target == FOLDER:
        return Folder(house.feeds)
    try:
        from publisher.publish.bucket import Account, Bucket
    except ImportError as wrong:
        raise WrongUse("publishing to a bucket needs the extra `s3`: pip install publisher[s3]") from wrong
    bucket, _, prefix = told.target.removeprefix("s3://").partition("/")
    return Bucket(
        Account(
            bucket=bucket,
            prefix=prefix,
            endpoint=told.endpoint or "",
            region=told.region,
            key_id=read_secret(told.key_id, house.file.root, environ, key="publish.key_id"),
            secret=read_secret(told.key, house.file.root, environ, key="publish.key"),
        )
    )


def facts_of(house: House) -> Facts:
    """What config.toml and the store say about the site."""
    config = house.config
    return Facts(
        site=Site(
            name=config.site.name,
            url=config.site.url,
            language=config.site.language,
            hubs=hubs_of(config),
            cloud=cloud_at(config.push.rsscloud) if config.push.rsscloud else None,
            rights=config.site.rights,
            icon=config.site.icon or "",
            logo=config.site.logo or "",
        ),
        zone=house.zone,
        feed_id=house.feed_id,
        tagging_entity=config.site.tag_authority,
        entries=config.feeds.entries,
        newsletters=tuple(house.newsletters.values()),
        joinable=joinable_of(config),
    )
