"""The steps of the work as a site's config wants them: collect, assemble, send; publishing is in `press.py`.

Here values of config.toml become what each room asks for; nothing is decided here.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from os import environ
from pathlib import Path

from sqlalchemy import Connection

from publisher.assemble import Assembled, Assembly, assemble
from publisher.cli.house import House, utc_now
from publisher.collect.collector import Collected, Desk, Source
from publisher.collect.fence import Fence
from publisher.collect.identify import Context as SourceContext
from publisher.collect.page.selectors import Selectors
from publisher.collect.rounds import Round, collect_all
from publisher.collect.visit import Call
from publisher.config.kinds import Secret
from publisher.config.nouns import authors_of, holidays_of, zone_of
from publisher.config.schema import Config, Mail, RelayTable
from publisher.config.secret import read_secret
from publisher.engine.embedded import EmbeddedEngine
from publisher.engine.port import Job
from publisher.errors import WrongUse
from publisher.fetch.web import Limits
from publisher.mail.wire import LetterHead
from publisher.model.issue import Issue
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.slots import ByTheWall, by_the_wall, next_slot
from publisher.send.catcher import Catcher
from publisher.send.deliver import send_due
from publisher.send.parcels import Context as LetterContext
from publisher.send.relay import Relay, read_relay
from publisher.send.report import SendReport
from publisher.store.database import Rehearsal

CATCHER = "catcher://"


def collect(
    house: House,
    *,
    now: datetime,
    only: str | None = None,
    call: Call = Call.ALL,
    rehearse: bool = False,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[Collected], None] = lambda _one: None,
) -> list[Collected]:
    """Visit the sources whose turn it is, or the one called `only`; `tell` is called for each when it is done.

    Of a rehearsal nothing stays, neither posts nor pictures nor when a source was visited.
    """
    if only is not None and only not in house.config.sources:
        known = ", ".join(house.config.sources) or "none"
        raise WrongUse(f"there is no source {only!r} in {house.file.path}; there are: {known}")
    round_ = Round(
        now=now,
        passed=_stopwatch(),
        call=Call.NAMED if only else call,
        letter=_next_letter(house, now),
        jitter=random.random,
        stop=stop,
        tell=tell,
    )
    store = Rehearsal(house.store) if rehearse else house.store
    with Fence() as fence, _media_folder(house, rehearse=rehearse) as media:
        return collect_all(store, sources_of(house, only), desk_of(house, fence, media, stop), round_)


def _stopwatch() -> Callable[[], timedelta]:
    """How long it is since it was made."""
    begun = time.monotonic()
    return lambda: timedelta(seconds=time.monotonic() - begun)


@contextmanager
def _media_folder(house: House, *, rehearse: bool) -> Iterator[Path]:
    if not rehearse:
        yield house.media
        return
    with tempfile.TemporaryDirectory(prefix="publisher-") as folder:
        yield Path(folder)


def _next_letter(house: House, now: datetime) -> datetime | None:
    """When the next issue of any newsletter is made."""
    times = (
        next_slot(when, after=now).at
        for slug in house.config.newsletters
        for when in times_of(house.config, slug).values()
    )
    return min(times, default=None)


def times_of(config: Config, slug: str) -> dict[Cadence, ByTheWall]:
    """When each issue of a newsletter is made."""
    zone, holidays = zone_of(config, slug), holidays_of(config, slug)
    schedule = config.newsletters[slug].schedule
    return {Cadence(name): by_the_wall(text, zone, holidays) for name, text in schedule.items()}


def desk_of(house: House, fence: Fence, media: Path, stop: Callable[[], bool]) -> Desk:
    """What all sources of the site share."""
    config = house.config
    limits = Limits(
        max_bytes=config.collect.max_bytes,
        timeout=config.collect.timeout,
        site_url=config.site.url,
        private_hosts=frozenset(host.lower() for host in config.collect.private_hosts),
        hosts=house.hosts,
    )
    return Desk(
        zone=house.zone,
        media=media,
        limits=limits,
        parse=fence.parse,
        read_article=fence.read_article,
        read_listing=fence.read_listing,
        stop=stop,
    )


def sources_of(house: House, only: str | None) -> Iterator[Source]:
    """The sources of the site, or the one called `only`."""
    config = house.config
    authors = tuple(authors_of(config))
    by_key = {author.key: author for author in authors}
    for name, table in config.sources.items():
        if only not in (None, name):
            continue
        context = SourceContext(
            source=name,
            column=table.column,
            tagging_entity=config.site.tag_authority,
            base_url=f"{config.site.url}/{table.column}/",
            backlog=table.backlog,
            column_authors=tuple(by_key[key] for key in config.columns[table.column].authors),
            authors=authors,
        )
        path = house.file.resolve(table.path) if table.path else None
        key = partial(_key_of, house, name, table.key) if table.key else str
        yield Source(
            kind=table.kind,
            url=table.url or "",
            path=path,
            key=key,
            text=table.text,
            selectors=Selectors(**table.select.model_dump()) if table.select else Selectors(),
            every=table.every,
            context=context,
        )


def _key_of(house: House, name: str, secret: Secret) -> str:
    return read_secret(secret, house.file.root, environ, key=f"sources.{name}.key")


def assemble_issue(house: House, newsletter: str, cadence: Cadence, slot: Slot, *, now: datetime) -> Assembled:
    """Make the issue of a slot, to be sent at once."""
    config, table = house.config, house.config.newsletters[newsletter]
    assembly = Assembly(
        newsletter=house.newsletters[newsletter],
        columns=house.columns(),
        site_name=config.site.name,
        site_url=config.site.url,
        postal_address=config.site.postal_address,
        zone=zone_of(config, newsletter),
        maximum=table.maximum,
        grace=table.grace,
        lifetime=mail_of(house).lifetime,
    )
    engine = engine_of(house, lambda _stop: True)

    def enqueue(conn: Connection, issue: int) -> None:
        engine.enqueue(conn, Job(issue=issue))

    return assemble(
        house.store, assembly, cadence=cadence, slot=slot, now=now, templates=house.templates, enqueue=enqueue
    )


def slot_by_hand(now: datetime) -> Slot:
    """The slot of what a person wants done at this moment."""
    return Slot(key=f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z", at=now)


def engine_of(house: House, send: Callable[[threading.Event], bool]) -> EmbeddedEngine:
    """The engine that sends with `send`."""
    return EmbeddedEngine(house.store, send, utc_now)


@contextmanager
def open_relay(house: House) -> Iterator[Relay]:
    """The relay to send through; for `catcher://`, its server runs meanwhile."""
    name = mail_of(house).relay or next(iter(house.config.relays))
    table = house.config.relays[name]
    if table.url == CATCHER:
        with Catcher(house.outbox) as catcher:
            yield catcher.relay(connections=table.connections, per_connection=table.per_connection)
    else:
        yield _relay_of(house, name, table)


def _relay_of(house: House, name: str, table: RelayTable) -> Relay:
    place = f"relays.{name}.password"
    password = read_secret(table.password, house.file.root, environ, key=place) if table.password else ""
    return read_relay(
        table.url,
        name=name,
        password=password,
        connections=table.connections,
        per_connection=table.per_connection,
        timeout=table.timeout,
        ca_file=house.file.resolve(table.ca_file) if table.ca_file else None,
        hello=bounce_domain(house),
    )


def send(house: House, relay: Relay, *, stop: Callable[[], bool], progress: Callable[[SendReport], None]) -> SendReport:
    """Send what is due through an open relay; the caller holds the sender's lock."""
    return send_due(house.store, relay, letter_context(house), stop=stop, progress=progress, clock=utc_now)


def letter_context(house: House) -> LetterContext:
    """What all letters of the site have in common."""
    return LetterContext(
        keys=house.keys,
        site_url=house.config.site.url,
        bounce_domain=bounce_domain(house),
        head_of=lambda issue: _head_of(house, issue),
    )


def bounce_domain(house: House) -> str:
    """The domain of return addresses, and our name in EHLO (RFC 5321 §4.1.1.1)."""
    default = next(iter(house.newsletters.values())).from_address
    return mail_of(house).bounce_domain or default.rpartition("@")[2]


def _head_of(house: House, issue: Issue) -> LetterHead:
    if issue.newsletter not in house.newsletters:
        raise WrongUse(
            f"issue {issue.id} is of newsletter {issue.newsletter!r}, which is no longer in {house.file.path}; "
            f"put it back, or type: publisher issues cancel {issue.id}"
        )
    newsletter, site = house.newsletters[issue.newsletter], house.config.site
    domain = newsletter.from_address.rpartition("@")[2]
    authority = site.tag_authority.partition(",")[0].rpartition("@")[2]
    return LetterHead(
        from_name=newsletter.from_name,
        from_address=newsletter.from_address,
        reply_to=newsletter.reply_to,
        list_name=newsletter.name,
        list_id=f"{newsletter.slug}.newsletters.{authority}",  # the part of the config that never changes
        list_help=f"{site.url}/unsubscribe",
        list_owner=newsletter.reply_to or newsletter.from_address,
        list_archive_url=f"{site.url}/newsletters/{newsletter.slug}/",
        feedback_id=f"{issue.cadence}-{issue.slot}:{newsletter.slug}:newsletter:{_sender_id(domain)}",
        language=newsletter.language,
        date=issue.created,
        mail_domain=domain,
    )


def _sender_id(domain: str) -> str:
    """5 to 15 characters that stay the same for one sender, as Gmail's Feedback-ID wants them."""
    return "".join(character for character in domain if character.isalnum())[:15].ljust(5, "0")


def mail_of(house: House) -> Mail:
    """The [mail] table. Raises WrongUse where there is none, because there is no newsletter."""
    if house.config.mail is None or not house.newsletters:
        raise WrongUse(f"{house.file.path} has no newsletter; add [newsletters.NAME] and [mail]")
    return house.config.mail
