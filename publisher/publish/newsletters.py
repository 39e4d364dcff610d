"""The archive of a newsletter: a page for each letter, lists of its issues, and its own feed.

A page that was written is written again only where a post of the issue was put right
since. What is not released or was cancelled is not shown.

Known weakness: an issue that is released long after its slot joins the archive document
of the slot's month.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from publisher.feed.identity import feed_tag
from publisher.letter.nobody import nobody_of, page_for_nobody
from publisher.model.issue import Issue, Newsletter
from publisher.model.subscriber import Cadence
from publisher.publish.issuefeed import documents_with, write_feed
from publisher.publish.issuelists import write_lists
from publisher.publish.places import Guide
from publisher.publish.shown import Shown
from publisher.publish.tree import Tree
from publisher.store import archive, marks, settings
from publisher.store.database import Store


def find_new(store: Store, newsletters: Sequence[Newsletter], *, tagging_entity: str, whole: bool) -> list[Shown]:
    """The newsletters that have other issues to show than when they were written last; `whole`: all."""
    found = []
    for newsletter in newsletters:
        with store.read() as conn:
            before, mark = marks.get(conn, _mark_of(newsletter)), archive.shown_mark(conn, newsletter.slug)
            if not whole and before == mark:
                continue
        with store.write() as conn:
            minted = feed_tag(tagging_entity, f"newsletter/{newsletter.slug}")
            feed_id = settings.decide_once(conn, _feed_of(newsletter), minted)
        found.append(Shown(newsletter=newsletter, feed_id=feed_id, mark=mark, since=archive.change_of(before)))
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
    subjects = archive.subjects(guide.conn, [one.issue.id for one in listed])
    there = set(tree.names_below(f"{shown.folder}/"))
    belong = {one.issue.path for one in listed}
    stale = [name for name in there if (path := _issue_in(name)) and path not in belong]
    tree.remove(stale)
    anew = anew or bool(stale)
    fresh = [one for one in listed if anew or one.change >= shown.since or one.issue.page not in there]
    for one in fresh:
        _write_letters(tree, one.issue, shown, guide)
    write_lists(tree, shown, guide, listed, subjects=subjects)
    kept = set() if anew else there - documents_with(shown, [one for one in fresh if one.corrected])
    yield from write_feed(tree, shown, guide, listed=listed, subjects=subjects, there=kept)


def _issue_in(name: str) -> str:
    """The path of the issue that a file below a newsletter's folder is a letter of; "" where it is of none."""
    folder, slug, last = name.split("/")[:3]
    last = last.removesuffix(".html")
    return f"{folder}/{slug}/{last}" if any(last.startswith(f"{cadence}-") for cadence in Cadence) else ""


def _write_letters(tree: Tree, issue: Issue, shown: Shown, guide: Guide) -> None:
    nobody = nobody_of(shown.newsletter, guide.setting.url, guide.setting.speak(shown.newsletter.language))
    for number, (key, html) in enumerate(archive.pages_of(guide.conn, issue.id)):
        page = page_for_nobody(html, nobody).encode()
        if number == 0:
            tree.write(issue.page, page)
        tree.write(f"{issue.path}/{key}.html", page)
