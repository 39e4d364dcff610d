"""Making issues as a site's config wants them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembled, Assembly
from publisher.assemble.slots import assemble
from publisher.cli.house import House
from publisher.cli.relaying import engine_of, mail_of
from publisher.config.nouns import holidays_of, zone_of
from publisher.config.schema import Config
from publisher.engine.port import Job
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.slots import ByTheWall, by_the_wall


def times_of(config: Config, slug: str) -> dict[Cadence, ByTheWall]:
    """When each issue of a newsletter is made."""
    zone, holidays = zone_of(config, slug), holidays_of(config, slug)
    schedule = config.newsletters[slug].schedule
    return {Cadence(name): by_the_wall(text, zone, holidays) for name, text in schedule.items()}


def assemble_issue(house: House, newsletter: str, cadence: Cadence, slot: Slot, *, now: datetime) -> Assembled:
    """Make the issue of a slot, to be sent at once."""
    engine = engine_of(house, lambda _stop: True)

    def enqueue(conn: Connection, issue: int) -> None:
        engine.enqueue(conn, Job(issue=issue))

    return assemble(
        house.store,
        assembly_of(house, newsletter),
        cadence=cadence,
        slot=slot,
        now=now,
        templates=house.templates,
        enqueue=enqueue,
    )


def assembly_of(house: House, newsletter: str) -> Assembly:
    """What config.toml says about making an issue of a newsletter."""
    config, table = house.config, house.config.newsletters[newsletter]
    return Assembly(
        newsletter=house.newsletters[newsletter],
        columns=house.columns(),
        site_name=config.site.name,
        site_url=config.site.url,
        postal_address=config.site.postal_address,
        zone=zone_of(config, newsletter),
        maximum=table.maximum,
        minimum=table.minimum,
        skip_empty=table.skip_empty,
        quiet=table.quiet,
        approve=table.approve,
        grace=table.grace,
        lifetime=mail_of(house).lifetime,
    )


def slot_by_hand(now: datetime) -> Slot:
    """The slot of what a person wants done at this moment."""
    return Slot(key=f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z", at=now)
