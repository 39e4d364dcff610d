"""A post as it looks where readers meet it: on its page, in a feed, in a letter. Nothing is written.

Made by the same functions that publish and send, of the post as it stands now, whether or
not that was published; also of one that is withdrawn or held.
"""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.assemble.sampling import sample_of
from publisher.config.nouns import cadences_of
from publisher.feed.atom import atom_bytes
from publisher.feed.channel import channel_of
from publisher.feed.entry import Entry
from publisher.feed.jsonfeed import json_bytes
from publisher.feed.rss import rss_bytes
from publisher.house.making import assembly_of, slot_by_hand
from publisher.house.opened import House
from publisher.house.press import facts_of
from publisher.house.specimenmail import message_of
from publisher.house.specimens import Specimen
from publisher.letter.lint import Finding
from publisher.model.feedname import FeedKind, FeedName
from publisher.model.post import Post
from publisher.model.subscriber import Cadence
from publisher.publish.documents import find_feed
from publisher.publish.library import Library
from publisher.publish.pages import Setting, post_page
from publisher.publish.place import column_place, feed_links
from publisher.store import feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class InFeed:
    """What feeds say of it."""

    entry: Entry
    atom: str
    rss: str
    json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InLetter:
    """A letter with this post alone."""

    subject: str
    html: str
    text: str
    findings: tuple[Finding, ...]


def as_page(conn: Connection, house: House, post: Post) -> str:
    """The HTML of its page; its addresses are relative to the folder of its column."""
    facts, columns = facts_of(house), house.columns()
    setting = Setting(
        name=facts.site.name,
        url=facts.site.url,
        language=facts.site.language,
        zone=facts.zone,
        render=house.templates.render,
        speak=house.templates.wording,
        joinable=facts.joinable,
    )
    library = Library(conn, columns, facts.site, house.templates.wording)
    column = columns[post.column]
    links = feed_links(column_place(column), facts.site.url)
    page = post_page(post, column, links, setting, before=library.before(post), after=library.after(post))
    return page.decode()


def as_entry(conn: Connection, house: House, post: Post) -> InFeed | None:
    """What the feed of its column says of it; None where it says nothing: it was withdrawn, or is in none yet."""
    site, columns = facts_of(house).site, house.columns()
    name = FeedName(kind=FeedKind.COLUMN, key=post.column)
    if not feeds.known(conn, [name]):  # nothing was published yet
        return None
    feed = find_feed(conn, name, columns=columns, site=site)
    entries = Library(conn, columns, site, house.templates.wording).entries([post.seq])
    if feed is None or not entries:
        return None
    channel = channel_of(feed.facts, entries, site=site)
    return InFeed(
        entry=entries[0],
        atom=atom_bytes(channel).decode(),
        rss=rss_bytes(channel).decode(),
        json=json_bytes(channel).decode(),
    )


def as_letter(house: House, post: Post, newsletter: str, *, now: datetime) -> InLetter:
    """A letter of a newsletter that has its column. Raises TemplateError, ValueError where no mail can hold it."""
    assembly = assembly_of(house, newsletter)
    cadence = next(iter(cadences_of(house.config, newsletter)), Cadence.AS_IT_HAPPENS)
    proposal = sample_of(
        house.store, assembly, post, cadence=cadence, slot=slot_by_hand(now), now=now, templates=house.templates
    )
    composed = proposal.letters[0][1]
    specimen = Specimen(
        newsletter=assembly.newsletter,
        issue=proposal.issue,
        letter=composed.letter,
        findings=composed.findings,
        reader=None,
        variants=(),
        notes=(),
    )
    message = email.message_from_bytes(message_of(house, specimen, {}, now=now), policy=email.policy.default)
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    return InLetter(
        subject=str(message["Subject"]),
        html=str(html.get_content()) if html else "",
        text=str(text.get_content()).replace("\r\n", "\n") if text else "",
        findings=composed.findings,
    )
