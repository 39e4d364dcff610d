"""The feed of a newsletter: an entry for each issue that went out.

Archive documents are by month (RFC 5005 §4). The document to subscribe to holds the newest
issues, at least all of the newest month, and those that were put right last: a correction
reaches readers who have long had the issue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from publisher.feed.channel import FeedFacts, channel_of
from publisher.feed.entry import Entry
from publisher.feed.issueentry import IssueFacts, NewsletterFacts, issue_entry
from publisher.feed.site import Format, document_path
from publisher.publish.documents import REVISED, written
from publisher.publish.filing import month_of
from publisher.publish.places import Guide
from publisher.publish.shown import Shown, correction_of, subject_of
from publisher.publish.tree import Tree
from publisher.store import archive
from publisher.store import columns as stored_columns
from publisher.store.archive import ShownIssue


def write_feed(
    tree: Tree,
    shown: Shown,
    guide: Guide,
    *,
    listed: Sequence[ShownIssue],
    subjects: dict[int, str],
    there: set[str],
) -> Iterator[tuple[str, bytes]]:
    """Write the archive documents that are not `there`; what comes back are those to subscribe to."""
    facts, site = _facts_of(shown, guide), guide.library.site
    months: dict[str, list[ShownIssue]] = {}
    for one in listed:
        months.setdefault(month_of(one.issue.due), []).append(one)
    newest, older = max(months, default=""), ""
    closed = sorted(months.keys() - {newest})
    for month, newer in zip_longest(closed, closed[1:], fillvalue=""):
        if not {_document(shown, name) for name in (month, newer) if name} <= there:
            entries = [_entry(one, subjects, shown, guide) for one in months[month]]
            channel = channel_of(facts, entries, site=site, page=month, older=older, newer=newer)
            for path, content in written(channel, shown.folder, guide.library, month):
                tree.write(path, content)
        older = month
    current = {one.issue.id: one for one in [*listed[: guide.most], *months.get(newest, []), *_corrected_last(listed)]}
    entries = [_entry(one, subjects, shown, guide) for one in current.values()]
    return written(channel_of(facts, entries, site=site, older=older), shown.folder, guide.library)


def documents_with(shown: Shown, issues: Sequence[ShownIssue]) -> set[str]:
    """The archive documents that hold these issues, or would."""
    return {_document(shown, month_of(one.issue.due)) for one in issues}


def _document(shown: Shown, month: str) -> str:
    return document_path(shown.folder, Format.ATOM, month)


def _corrected_last(listed: Sequence[ShownIssue]) -> list[ShownIssue]:
    corrected = [(one.corrected, one.issue.id, one) for one in listed if one.corrected]
    return [one for _, _, one in sorted(corrected, key=lambda item: item[:2], reverse=True)[:REVISED]]


def _facts_of(shown: Shown, guide: Guide) -> FeedFacts:
    return FeedFacts(
        feed_id=shown.feed_id,
        folder=shown.folder,
        title=shown.newsletter.name,
        language=shown.newsletter.language or guide.setting.language,
        created=stored_columns.newsletter_created(guide.conn, shown.newsletter.slug),
    )


def _entry(one: ShownIssue, subjects: dict[int, str], shown: Shown, guide: Guide) -> Entry:
    issue = one.issue
    posts = guide.library.entries(archive.posts_of(guide.conn, issue.id))
    facts = IssueFacts(
        key=f"{issue.cadence}-{issue.slot}",
        subject=subject_of(issue, subjects, shown, guide),
        link=f"{guide.setting.url}/{issue.page}",
        sent=issue.due,
        corrected=one.corrected,
        correction=correction_of(one, shown, guide),
    )
    newsletter = NewsletterFacts(
        feed_id=shown.feed_id,
        folder=shown.folder,
        name=shown.newsletter.name,
        language=shown.newsletter.language,
    )
    return issue_entry(facts, newsletter, posts, site=guide.library.site)
