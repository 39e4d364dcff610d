"""Channel: what one document of a feed says, in no format. The writers only translate it.

Every kind of feed (of all, a column, an author, a tag, a newsletter) is one of these, and
so is each of its archive documents. Nothing here reads a clock: a feed is as new as its
newest entry, and one without entries as old as what it is of.

An entry says where it comes from wherever it is a guest: the feed it was taken from, else
its column's. That source is told as of the entry's own time (RFC 4287 §4.2.11 keeps the
metadata an entry was copied with), so that an entry does not change with its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from publisher.feed.characters import one_line, plain_line
from publisher.feed.entry import Entry, fit_author, language_of, newest_first
from publisher.feed.site import Cloud, Format, Site, document_path, stylesheet_of
from publisher.model.author import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """What a feed is, whichever entries it has."""

    feed_id: str  # tag: URI, minted once and stored
    folder: str  # below the top of the site; "" is the top
    title: str
    subtitle: str = ""
    language: str
    created: datetime  # its time as long as it has no entry
    authors: tuple[Author, ...] = ()  # whose feed it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One archive document as Atom and as RSS."""

    atom: str
    rss: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """That a document is an archive, and its place in the chain (RFC 5005 §4)."""

    here: Pair
    newer: Pair  # after the newest, the document to subscribe to


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A post that was withdrawn (RFC 6721)."""

    ref: str  # its id
    when: datetime
    comment: str = ""  # plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One document."""

    feed_id: str
    title: str
    subtitle: str
    language: str
    html_url: str
    atom_url: str  # of the document to subscribe to, also in an archive
    rss_url: str
    json_url: str
    stylesheet: str  # relative
    updated: datetime
    site_url: str
    hubs: tuple[str, ...] = ()
    cloud: Cloud | None = None  # for RSS alone
    rights: str = ""
    icon: str = ""
    logo: str = ""
    authors: tuple[Author, ...] = ()
    archive: Archive | None = None  # None: the document to subscribe to
    older: Pair | None = None  # the archive document before this one
    tombstones: tuple[Tombstone, ...] = ()
    entries: tuple[Entry, ...] = ()  # newest first


def channel_of(
    facts: FeedFacts,
    entries: Iterable[Entry],
    *,
    site: Site,
    page: str = "",
    older: str = "",
    newer: str = "",
    tombstones: Iterable[Tombstone] = (),
) -> Channel:
    """One document of a feed.

    `page` names the archive document that it is ("" the one to subscribe to), `older` and
    `newer` those next to it in the chain; the newest of them is followed by the document to
    subscribe to. Tombstones of entries that stand here again are
    left out.
    """
    shown = newest_first(_as_guest(entry, facts.feed_id) for entry in entries)
    standing = {entry.id for entry in shown}
    gone = sorted((stone for stone in tombstones if stone.ref not in standing), key=lambda one: (one.when, one.ref))
    top = f"{site.url}/{facts.folder}".rstrip("/")
    is_archive = bool(page)
    return Channel(
        feed_id=facts.feed_id,
        title=plain_line(facts.title) or one_line(site.name),
        subtitle=plain_line(facts.subtitle),
        language=language_of(facts.language, site.language),
        html_url=f"{top}/",
        atom_url=_url(site, facts.folder, Format.ATOM),
        rss_url=_url(site, facts.folder, Format.RSS),
        json_url=_url(site, facts.folder, Format.JSON),
        stylesheet=stylesheet_of(facts.folder, page),
        updated=_newest(shown, gone, facts.created),
        site_url=site.url,
        hubs=() if is_archive else site.hubs,  # an archive is polled by nobody
        cloud=None if is_archive else site.cloud,
        rights=one_line(site.rights),
        icon=site.icon,
        logo=site.logo,
        authors=tuple(fit_author(author, site.url) for author in facts.authors if one_line(author.name)),
        archive=Archive(here=_pair(site, facts, page), newer=_pair(site, facts, newer)) if is_archive else None,
        older=_pair(site, facts, older) if older else None,
        tombstones=tuple(reversed(gone)),
        entries=shown,
    )


def _as_guest(entry: Entry, feed_id: str) -> Entry:
    if entry.origin or entry.home.feed_id == feed_id:
        return entry
    return replace(entry, origin=entry.home)


def _pair(site: Site, facts: FeedFacts, page: str) -> Pair:
    return Pair(atom=_url(site, facts.folder, Format.ATOM, page), rss=_url(site, facts.folder, Format.RSS, page))


def _url(site: Site, folder: str, format_: Format, page: str = "") -> str:
    return f"{site.url}/{document_path(folder, format_, page)}"


def _newest(entries: Sequence[Entry], gone: Sequence[Tombstone], created: datetime) -> datetime:
    times = [*(entry.updated for entry in entries), *(stone.when.replace(microsecond=0) for stone in gone)]
    return max(times, default=created.replace(microsecond=0))
