"""The archive of a newsletter: a page for each letter, lists of its issues, and its own feed.

Issues are frozen when they are made, so a page that was written once is never written
again. What is held or cancelled is not shown. Archive documents of the feed are by month
(RFC 5005 §4); the document to subscribe to holds the newest issues, and at least all of
the newest month.

Known weakness: an issue that is released long after its slot joins the archive document
of the slot's month.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from sqlalchemy import Connection

from publisher.feed.channel import FeedFacts, channel_of
from publisher.feed.characters import one_line
from publisher.feed.entry import Entry
from publisher.feed.identity import feed_tag
from publisher.feed.issueentry import IssueFacts, NewsletterFacts, issue_entry
from publisher.feed.site import Format, document_path
from publisher.letter.nobody import page_for_nobody, subject_for_nobody
from publisher.model.direction import direction_of
from publisher.model.issue import Issue, Newsletter
from publisher.model.subscriber import Cadence
from publisher.publish import jsonld
from publisher.publish.documents import written
from publisher.publish.filing import month_of
from publisher.publish.place import FeedLinks, feed_links, newsletter_place
from publisher.publish.places import Guide
from publisher.publish.tree import Tree
from publisher.publish.view import Moment, moment_of
from publisher.store import archive, marks, settings
from publisher.store import columns as stored_columns
from publisher.store.database import Store

ON_PAGE = 100  # newest issues on the first page; older ones stand on pages by year


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLine:
    """An issue in a list."""

    subject: str
    href: str
    day: Moment
    cadence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A newsletter of which there is something new to show."""

    newsletter: Newsletter
    feed_id: str
    mark: str  # what is kept when it is written

    @property
    def folder(self) -> str:
        return f"newsletters/{self.newsletter.slug}"


def find_new(store: Store, newsletters: Sequence[Newsletter], *, tagging_entity: str, whole: bool) -> list[Shown]:
    """The newsletters that have other issues to show than when they were written last; `whole`: all."""
    found = []
    for newsletter in newsletters:
        with store.read() as conn:
            mark = archive.shown_mark(conn, newsletter.slug)
            if not whole and marks.get(conn, _mark_of(newsletter)) == mark:
                continue
        with store.write() as conn:
            minted = feed_tag(tagging_entity, f"newsletter/{newsletter.slug}")
            feed_id = settings.decide_once(conn, _feed_of(newsletter), minted)
        found.append(Shown(newsletter=newsletter, feed_id=feed_id, mark=mark))
    return found


def known(conn: Connection, newsletters: Sequence[Newsletter]) -> list[Shown]:
    """Newsletters that were written before, and of which nothing is new but what their posts say."""
    found = []
    for newsletter in newsletters:
        feed_id = settings.find_decided(conn, _feed_of(newsletter))
        if feed_id:
            found.append(Shown(newsletter=newsletter, feed_id=feed_id, mark=archive.shown_mark(conn, newsletter.slug)))
    return found


def settle_new(store: Store, found: Sequence[Shown]) -> None:
    """All of them are written."""
    with store.write() as conn:
        marks.put(conn, {_mark_of(one.newsletter): one.mark for one in found})


def _feed_of(newsletter: Newsletter) -> str:
    return f"feed of newsletter {newsletter.slug}"


def _mark_of(newsletter: Newsletter) -> str:
    return f"newsletter {newsletter.slug}"


def write_newsletter(tree: Tree, shown: Shown, guide: Guide, *, anew: bool) -> Iterator[tuple[str, bytes]]:
    """Write the pages; what comes back are the documents to subscribe to, which are written last of all.

    `anew`: what is written already may have to say something else.
    """
    listed = archive.shown_issues(guide.conn, shown.newsletter.slug)
    subjects = archive.subjects(guide.conn, [issue.id for issue in listed])
    there = set(tree.names_below(f"{shown.folder}/"))
    belong = {issue.path for issue in listed}
    stale = [name for name in there if (path := _issue_in(name)) and path not in belong]
    tree.remove(stale)
    anew = anew or bool(stale)
    for issue in listed:
        if anew or issue.page not in there:
            _write_letters(tree, issue, guide)
    _write_lists(tree, shown, guide, [_line(issue, subjects, guide) for issue in listed])
    yield from _feed(tree, shown, guide, listed=listed, subjects=subjects, there=set() if anew else there)


def _feed(
    tree: Tree, shown: Shown, guide: Guide, *, listed: Sequence[Issue], subjects: dict[int, str], there: set[str]
) -> Iterator[tuple[str, bytes]]:
    """Write the archive documents that are not there; what comes back are those to subscribe to."""
    facts, site = _facts_of(shown, guide), guide.library.site
    months: dict[str, list[Issue]] = {}
    for issue in listed:
        months.setdefault(month_of(issue.due), []).append(issue)
    newest, older = max(months, default=""), ""
    closed = sorted(months.keys() - {newest})
    for month, newer in zip_longest(closed, closed[1:], fillvalue=""):
        named = {document_path(shown.folder, Format.ATOM, one) for one in (month, newer) if one}
        if not named <= there:
            entries = [_entry(issue, subjects, shown, guide) for issue in months[month]]
            channel = channel_of(facts, entries, site=site, page=month, older=older, newer=newer)
            for path, content in written(channel, shown.folder, guide.library, month):
                tree.write(path, content)
        older = month
    current = {issue.id: issue for issue in [*listed[: guide.most], *months.get(newest, [])]}
    entries = [_entry(issue, subjects, shown, guide) for issue in current.values()]
    return written(channel_of(facts, entries, site=site, older=older), shown.folder, guide.library)


def _issue_in(name: str) -> str:
    """The path of the issue that a file below a newsletter's folder is a letter of; "" where it is of none."""
    folder, slug, last = name.split("/")[:3]
    last = last.removesuffix(".html")
    return f"{folder}/{slug}/{last}" if any(last.startswith(f"{cadence}-") for cadence in Cadence) else ""


def _write_letters(tree: Tree, issue: Issue, guide: Guide) -> None:
    for number, (key, letter) in enumerate(archive.letters_of(guide.conn, issue.id)):
        page = page_for_nobody(letter, guide.setting.url).encode()
        if number == 0:
            tree.write(issue.page, page)
        tree.write(f"{issue.path}/{key}.html", page)


def _line(issue: Issue, subjects: dict[int, str], guide: Guide) -> IssueLine:
    return IssueLine(
        subject=_subject(issue, subjects, guide),
        href=f"{issue.path.rpartition('/')[2]}.html",
        day=moment_of(issue.due, guide.zone, guide.setting.speak(guide.setting.language)),
        cadence=issue.cadence.replace("-", " "),
    )


def _subject(issue: Issue, subjects: dict[int, str], guide: Guide) -> str:
    return subject_for_nobody(subjects.get(issue.id, ""), guide.setting.url) or issue.slot


def _write_lists(tree: Tree, shown: Shown, guide: Guide, lines: Sequence[IssueLine]) -> None:
    """The newest on the first page; years, where there are more."""
    newest = lines[:ON_PAGE]
    years = {year: list(some) for year, some in groupby(lines, key=lambda line: line.day.iso[:4])}
    others = list(years) if len(lines) > len(newest) else []
    tree.write(f"{shown.folder}/index.html", _list_page(shown, guide, newest, years=others))
    for year in others:
        page = _list_page(shown, guide, years[year], year=year)
        tree.write(f"{shown.folder}/{year}.html", page)


def _list_page(
    shown: Shown, guide: Guide, lines: Sequence[IssueLine], *, years: Sequence[str] = (), year: str = ""
) -> bytes:
    setting, newsletter = guide.setting, shown.newsletter
    links = _links(shown, guide)
    canonical = f"{links.html_url}{year}.html" if year else links.html_url
    facts = jsonld.collection(
        one_line(newsletter.name),
        url=canonical,
        description="",
        language=newsletter.language,
        site=jsonld.organization(one_line(setting.name), setting.url),
    )
    values = {
        "site": {"name": setting.name, "url": setting.url, "language": setting.language},
        "language": newsletter.language,
        "direction": direction_of(newsletter.language),
        "root": "../..",
        "feeds": links,
        "newsletter": newsletter,
        "canonical": canonical,
        "jsonld": jsonld.written(facts),
        "issues": lines,
        "years": years,
        "year": year,
    }
    return setting.render("web/newsletter.html", values).encode()


def _links(shown: Shown, guide: Guide) -> FeedLinks:
    return feed_links(newsletter_place(shown.newsletter), guide.setting.url)


def _facts_of(shown: Shown, guide: Guide) -> FeedFacts:
    return FeedFacts(
        feed_id=shown.feed_id,
        folder=shown.folder,
        title=shown.newsletter.name,
        language=shown.newsletter.language or guide.setting.language,
        created=stored_columns.newsletter_created(guide.conn, shown.newsletter.slug),
    )


def _entry(issue: Issue, subjects: dict[int, str], shown: Shown, guide: Guide) -> Entry:
    posts = guide.library.entries(archive.posts_of(guide.conn, issue.id))
    facts = IssueFacts(
        key=f"{issue.cadence}-{issue.slot}",
        subject=_subject(issue, subjects, guide),
        link=f"{guide.setting.url}/{issue.page}",
        sent=issue.due,
    )
    newsletter = NewsletterFacts(
        feed_id=shown.feed_id,
        folder=shown.folder,
        name=shown.newsletter.name,
        language=shown.newsletter.language,
    )
    return issue_entry(facts, newsletter, posts, site=guide.library.site)
