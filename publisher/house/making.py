"""Making issues as a site's config wants them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.amending import amend
from publisher.assemble.assembly import Assembled, Assembly, Enqueue, Result
from publisher.assemble.correction import Correction, draw_up
from publisher.assemble.drafting import draft
from publisher.assemble.releasing import ANYBODYS, NOBODYS, Word, approve
from publisher.assemble.service import Courier
from publisher.assemble.settling import Also, nothing_else
from publisher.assemble.singles import assemble_singles, outlook
from publisher.assemble.slots import assemble
from publisher.config.nouns import holidays_of, zone_of
from publisher.config.schema import Config
from publisher.engine.port import Job
from publisher.house.issuewords import resting_in_words, what_came
from publisher.house.opened import House, utc_now
from publisher.house.relaying import engine_of, mail_of
from publisher.house.shortfall import load_of_issue, too_much
from publisher.house.standby import Standby
from publisher.house.travelling import gallery_of
from publisher.model.issue import Issue
from publisher.model.schedule import Slot
from publisher.model.service import Welcome
from publisher.model.subscriber import Cadence
from publisher.schedule.slots import ByTheWall, by_the_wall


def times_of(config: Config, slug: str) -> dict[Cadence, ByTheWall]:
    """When each digest of a newsletter is made."""
    zone, holidays = zone_of(config, slug), holidays_of(config, slug)
    schedule = config.newsletters[slug].schedule
    return {Cadence(name): by_the_wall(text, zone, holidays) for name, text in schedule.items()}


def assemble_issue(house: House, newsletter: str, cadence: Cadence, slot: Slot, *, now: datetime) -> Assembled:
    """Make the digest of a slot, or let its draft go."""
    return assemble(
        house.store,
        assembly_of(house, newsletter),
        cadence=cadence,
        slot=slot,
        now=now,
        templates=house.templates,
        enqueue=_enqueue_of(house),
    )


def draft_issue(
    house: House, newsletter: str, cadence: Cadence, slot: Slot, *, now: datetime, also: Also = nothing_else
) -> Assembled:
    """Make the draft of a slot that is still to come; `also` is done in the transaction that writes it."""
    assembly = assembly_of(house, newsletter)
    return draft(house.store, assembly, cadence=cadence, slot=slot, now=now, templates=house.templates, also=also)


def single_issues(house: House, newsletter: str, *, now: datetime) -> list[Assembled]:
    """Make the letters of posts that are ready to go alone."""
    assembly, enqueue = assembly_of(house, newsletter), _enqueue_of(house)
    return assemble_singles(house.store, assembly, now=now, templates=house.templates, enqueue=enqueue)


def approve_issue(house: House, issue: Issue, *, also: Also = nothing_else, word: Word = ANYBODYS) -> Assembled:
    """Somebody's word that a proposal may go; `also` is done in the transaction that writes it. Raises NotAsSeen."""
    assembly, enqueue = assembly_of(house, issue.newsletter), _enqueue_of(house)
    while True:
        done = approve(
            house.store, assembly, issue.id, now=utc_now(), templates=house.templates, enqueue=enqueue, also=also,
            word=word,
        )  # fmt: skip
        # Its time came while it was composed, and whoever makes the issue of the slot may have looked before that.
        if done.result is not Result.APPROVED or done.due is None or done.due > utc_now():
            return done
        word = NOBODYS  # it was given, and what was approved goes


def draw_up_correction(house: House, issue: Issue, *, note: Sequence[str], about: Collection[int] | None) -> Correction:
    """The correction of an issue, to look at."""
    assembly = assembly_of(house, issue.newsletter)
    return draw_up(house.store, assembly, issue.id, note=note, about=about, now=utc_now(), templates=house.templates)


def correct_issue(house: House, issue: Issue, *, note: Sequence[str], about: Collection[int] | None) -> Assembled:
    """Send a correction of an issue to who got it, or keep it as a draft where somebody has to say yes."""
    return amend(
        house.store,
        assembly_of(house, issue.newsletter),
        issue.id,
        note=note,
        about=about,
        now=utc_now(),
        templates=house.templates,
        enqueue=_enqueue_of(house),
    )


def made_in_words(house: House, newsletter: str, made: Assembled) -> str:
    """What came of making an issue, for people."""
    zone, approve_first, now = (
        zone_of(house.config, newsletter),
        house.config.newsletters[newsletter].approve,
        utc_now(),
    )
    return "; ".join([what_came(made, zone, approve=approve_first, now=now), *_too_much(house, newsletter, made, now)])


def _too_much(house: House, newsletter: str, made: Assembled, now: datetime) -> list[str]:
    if not made.deliveries:
        return []
    with house.store.read() as conn:
        return too_much(house, load_of_issue(conn, house, newsletter, made.issue, made.deliveries, now=now))


def resting_singles(house: House, newsletter: str, *, now: datetime) -> str:
    """Which posts wait for their quiet time, for people; "" where none does."""
    with house.store.read() as conn:
        found = outlook(conn, assembly_of(house, newsletter), now=now)
    return resting_in_words(found.resting.values(), zone_of(house.config, newsletter))


def courier_of(house: House) -> Courier:
    """Who writes letters of service."""
    return Courier(
        lambda slug: assembly_of(house, slug),
        store=house.store,
        templates=house.templates,
        enqueue=_enqueue_of(house),
        tell=Standby(house.store, house.templates).tell_of_letters,
    )


def _enqueue_of(house: House) -> Enqueue:
    engine = engine_of(house, lambda _stop: True)

    def enqueue(conn: Connection, issue: int) -> None:
        engine.enqueue(conn, Job(issue=issue))

    return enqueue


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
        welcome=Welcome(table.welcome),
        approve=table.approve,
        grace=table.grace,
        lifetime=mail_of(house).lifetime,
        gallery=gallery_of(house) if table.images == "inline" else None,
    )


def slot_by_hand(now: datetime) -> Slot:
    """The slot of what a person wants done at this moment."""
    return Slot(key=f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z", at=now)
