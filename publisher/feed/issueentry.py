"""An issue of a newsletter as an entry of the newsletter's own feed. Pure.

What stands in it are the posts of the issue with their summaries, not the letter: tables
and inlined styles of mail programs are worth nothing in a feed reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from publisher.feed.characters import one_line
from publisher.feed.entry import Entry, Origin, language_of
from publisher.feed.site import Format, Site, document_path
from publisher.model.author import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFacts:
    """What is told of an issue."""

    key: str  # cadence and slot: unique in its newsletter
    subject: str  # plain; slots are filled
    link: str  # its page; absolute
    sent: datetime
    corrected: datetime | None = None  # when something in it was put right last
    correction: str = ""  # that in words


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterFacts:
    """What is told of a newsletter."""

    feed_id: str  # tag: URI, minted once and stored
    folder: str
    name: str
    language: str


def issue_entry(issue: IssueFacts, newsletter: NewsletterFacts, posts: Sequence[Entry], *, site: Site) -> Entry:
    """`posts` are those of the issue, in its order."""
    names = "; ".join(post.title for post in posts)
    when = issue.sent.replace(microsecond=0)
    updated = max(when, issue.corrected.replace(microsecond=0)) if issue.corrected else when
    note = f"<p><em>{escape(issue.correction, quote=False)}</em></p>\n" if issue.correction else ""
    return Entry(
        id=f"{newsletter.feed_id}/{issue.key}",
        link=issue.link,
        title=one_line(issue.subject) or newsletter.name,
        summary=names,
        excerpt=names,
        content=note + ("\n".join(map(_told, posts)) or f"<p>{escape(one_line(issue.subject))}</p>"),
        published=when,
        updated=updated,
        correction=issue.correction,
        language=language_of(newsletter.language, site.language),
        authors=(Author(key=newsletter.folder, name=one_line(newsletter.name) or site.name),),
        home=Origin(
            feed_id=newsletter.feed_id,
            title=one_line(newsletter.name),
            html_url=f"{site.url}/{newsletter.folder}/",
            atom_url=f"{site.url}/{document_path(newsletter.folder, Format.ATOM)}",
            rss_url=f"{site.url}/{document_path(newsletter.folder, Format.RSS)}",
        ),
    )


def _told(post: Entry) -> str:
    names = ", ".join(author.name for author in post.authors)
    heading = f'<h2><a href="{escape(post.link)}">{escape(post.title, quote=False)}</a></h2>'
    byline = f"<p><em>{escape(names, quote=False)}</em></p>" if names else ""
    summary = f"<p>{escape(post.excerpt, quote=False)}</p>" if post.excerpt else ""
    return "\n".join(part for part in (heading, byline, summary) if part)
