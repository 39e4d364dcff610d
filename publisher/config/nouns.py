"""From the tables of config.toml to the nouns of the model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from publisher.config.holidays import Holidays, read_holidays
from publisher.config.mailing import LookTable, NewsletterTable
from publisher.config.relays import RelayTable
from publisher.config.schema import AuthorTable, Config
from publisher.model.author import Author, Link
from publisher.model.carriage import Cargo
from publisher.model.column import Column
from publisher.model.issue import Newsletter, StoryText
from publisher.model.look import Face, Look
from publisher.model.media import Image
from publisher.model.segment import Segment, key_of
from publisher.model.subscriber import Cadence


def authors_of(config: Config) -> Iterator[Author]:
    """The configured authors."""
    for key, table in config.authors.items():
        yield Author(
            key=key,
            name=table.name,
            blurb=table.blurb.strip(),
            bio=table.bio.strip(),
            email=table.email or "",
            url=table.url or "",
            links=tuple(Link(label=label, url=url) for label, url in table.links.items()),
            portrait=_portrait_of(table),
        )


def _portrait_of(table: AuthorTable) -> Image | None:
    return Image(url=table.portrait, alt=table.portrait_alt or table.name) if table.portrait else None


def column_of(config: Config, slug: str, *, feed_id: str, told_name: str, told_tagline: str) -> Column:
    """A configured column; where config.toml is silent, what its sources told stands in."""
    table = config.columns[slug]
    return Column(
        slug=slug,
        feed_id=feed_id,
        name=table.name or told_name or slug.replace("-", " ").title(),
        tagline=told_tagline if table.tagline is None else table.tagline,
        language=table.language or config.site.language,
        authors=table.authors,
        ended=table.ended,
    )


def newsletter_of(config: Config, slug: str) -> Newsletter:
    """A configured newsletter; no columns named means all of them."""
    table = config.newsletters[slug]
    name, address = parseaddr(sender_of(config, table))
    return Newsletter(
        slug=slug,
        name=table.name,
        columns=table.columns or tuple(config.columns),
        from_name=name or table.name,
        from_address=address,
        reply_to=table.reply_to or "",
        subject=table.subject,
        language=table.language or config.site.language,
        template=table.template,
        look=_look_of(config, table),
        text=StoryText(table.text),
        related=table.related,
        greeting=table.greeting,
        nameless=table.nameless,
        audience=segment_of(config, table.audience) if table.audience else None,
    )


def segment_of(config: Config, name: str) -> Segment:
    """A configured segment; its days begin at midnight in the newsroom's zone."""
    table, zone = config.segments[name], ZoneInfo(config.site.time_zone)
    holders = tuple(
        (column, tuple(slug for slug, one in config.newsletters.items() if not one.columns or column in one.columns))
        for column in table.columns
    )
    return Segment(
        name=name,
        newsletters=table.newsletters,
        columns=table.columns,
        cadences=tuple(map(Cadence, table.cadence)),
        languages=tuple(language.lower() for language in table.language),
        tags=tuple(key_of(tag) for tag in table.tags),
        without_tags=tuple(key_of(tag) for tag in table.without_tags),
        joined_after=_beginning(table.joined_after, zone),
        joined_before=_beginning(table.joined_before, zone),
        newer_than=table.newer_than,
        older_than=table.older_than,
        site_language=config.site.language.lower(),
        holders=holders,
    )


def _beginning(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None


def _look_of(config: Config, table: NewsletterTable) -> Look:
    """Key by key: the newsletter's, else that of all letters, else the design's own."""
    of_all = config.mail.look if config.mail else LookTable()
    told = of_all.model_dump(exclude_unset=True) | table.look.model_dump(exclude_unset=True)
    logo = told.get("logo")
    return Look(
        **{name: told.get(name) or "" for name in ("accent", "ink", "paper", "ground")},
        headings=Face(told["headings"]) if told.get("headings") else None,
        body=Face(told["body"]) if told.get("body") else None,
        logo=Image(url=logo, alt=told.get("logo_alt") or table.name) if logo else None,
        logo_width=told.get("logo_width", LookTable().logo_width),
    )


def sender_of(config: Config, table: NewsletterTable) -> str:
    """From: the newsletter's own, else that of all."""
    if table.sender:
        return table.sender
    assert config.mail is not None  # noqa: S101  crossing.py: a newsletter needs [mail]
    return config.mail.sender


def zone_of(config: Config, slug: str) -> ZoneInfo:
    """The time zone of a newsletter's schedule."""
    return ZoneInfo(config.newsletters[slug].time_zone or config.site.time_zone)


def holidays_of(config: Config, slug: str) -> Holidays:
    """The days on which a newsletter rests."""
    return read_holidays(config.newsletters[slug].holidays)


def cadences_of(config: Config, slug: str) -> tuple[Cadence, ...]:
    """The cadences that a newsletter offers."""
    table = config.newsletters[slug]
    single = (Cadence.AS_IT_HAPPENS,) if table.as_it_happens else ()
    return (*(Cadence(name) for name in table.schedule), *single)


def joinable_of(config: Config) -> tuple[str, ...]:
    """Newsletters that people may join by themselves: those that ever come."""
    if not config.signup.open:
        return ()
    return tuple(slug for slug, table in config.newsletters.items() if table.signup and cadences_of(config, slug))


def relays_of(config: Config) -> dict[str, RelayTable]:
    """The relays that letters may go by: the one that [mail] names, else all."""
    only = config.mail.relay if config.mail else None
    return {name: table for name, table in config.relays.items() if only in (None, name)}


def cargo_of(table: RelayTable) -> Cargo:
    """What a relay is for."""
    return Cargo(newsletters=table.newsletters, from_domains=table.from_domains)


OWN_HUB = "hub"  # its path below the site's address


def hubs_of(config: Config) -> tuple[str, ...]:
    """The addresses of all hubs that the feeds name, our own first: it tells only what changed."""
    own = (f"{config.site.url}/{OWN_HUB}",) if config.push.hub else ()
    return tuple(dict.fromkeys((*own, *config.push.hubs)))
