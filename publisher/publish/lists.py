"""Lists of all that is published: sitemaps for search engines, an OPML file of all feeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from publisher.feed.address import web_address
from publisher.feed.opml import FeedOutline, opml_bytes
from publisher.feed.site import Format, document_path
from publisher.model.feedname import WHOLE, FeedKind
from publisher.model.issue import Newsletter
from publisher.publish.documents import find_feed
from publisher.publish.months import month_bounds, months_of
from publisher.publish.place import newsletter_place
from publisher.publish.places import Guide
from publisher.publish.sitemap import MOST, Spot, sitemap, sitemap_index
from publisher.publish.touched import Touched
from publisher.publish.tree import Tree
from publisher.store import feeds, posts
from publisher.wording.wording import Wording

OPML = "feeds.opml"
SITEMAPS = "sitemaps"  # their folder
_NEWSLETTERS = "newsletters"  # a group beside those of kinds of feeds


def write_lists(
    tree: Tree, guide: Guide, touched: Touched, *, newsletters: Sequence[Newsletter] = (), whole: bool
) -> None:
    """Write those of the months that were touched, and those of all feeds where their names did change."""
    months = months_of(guide.conn, WHOLE, guide.zone) if whole else touched.months_of(WHOLE)
    if not (months or touched.names):
        return
    written = [name for month in months for name in _write_month(tree, guide, month)]
    if touched.names:
        named = [*_named(guide), *_newsletters(newsletters)]
        tree.write(OPML, _opml(named, guide))
        pages = [f"{guide.setting.url}/{folder}/" if folder else f"{guide.setting.url}/" for _, folder, _ in named]
        written += write_parts(tree, "places", [Spot(url=url) for url in pages])
    if whole:  # those of months that are gone, too
        tree.remove(set(tree.names_below(f"{SITEMAPS}/")).difference(written))
    there = tree.names_below(f"{SITEMAPS}/")
    tree.write("sitemap.xml", sitemap_index(Spot(url=f"{guide.setting.url}/{name}") for name in there))


def _write_month(tree: Tree, guide: Guide, month: str) -> list[str]:
    start, end = month_bounds(month, guide.zone)
    seqs = feeds.between(guide.conn, WHOLE, start, end)
    spots = [
        Spot(url=f"{guide.setting.url}/{place.column}/{place.slug}.html", changed=place.updated)
        for place in posts.places_of(guide.conn, seqs)
        if not web_address(place.url)  # else its one address is elsewhere, and told there
    ]
    return write_parts(tree, month, spots)


def write_parts(tree: Tree, name: str, spots: list[Spot]) -> list[str]:
    """The names of the files that hold them; those of earlier ones that are no longer needed are taken away."""
    written = []
    for number, at in enumerate(range(0, len(spots), MOST), 1):
        written.append(f"{SITEMAPS}/{name}.xml" if number == 1 else f"{SITEMAPS}/{name}-{number}.xml")
        tree.write(written[-1], sitemap(spots[at : at + MOST]))
    tree.remove(set(tree.names_below(f"{SITEMAPS}/{name}")).difference(written))
    return written


def _named(guide: Guide) -> Iterator[tuple[str, str, str]]:
    """(group, folder, title) of every place of posts; the group is "" where the feed has ended."""
    site = guide.library.site
    for stored in feeds.get_all(guide.conn):
        feed = find_feed(guide.conn, stored.name, columns=guide.columns, site=site)
        if feed:
            yield "" if feed.ended else stored.name.kind, stored.name.folder, feed.facts.title


def _newsletters(newsletters: Iterable[Newsletter]) -> Iterator[tuple[str, str, str]]:
    for newsletter in newsletters:
        yield _NEWSLETTERS, newsletter_place(newsletter).folder, newsletter.name


def _opml(named: Iterable[tuple[str, str, str]], guide: Guide) -> bytes:
    headings = _headings(guide.setting.speak(guide.setting.language))
    groups: dict[str, list[FeedOutline]] = {group: [] for group in headings}
    for group, folder, title in (one for one in named if one[0]):
        url = f"{guide.setting.url}/{document_path(folder, Format.ATOM)}"
        page = f"{guide.setting.url}/{folder}".rstrip("/") + "/"
        groups[group].append(FeedOutline(title=title, xml_url=url, html_url=page))
    return opml_bytes(guide.setting.name, [(headings[group], some) for group, some in groups.items() if some])


def _headings(wording: Wording) -> dict[str, str]:
    """Of the groups of feeds, in their order."""
    return {
        FeedKind.ALL: wording.gettext("Everything"),
        FeedKind.COLUMN: wording.gettext("Columns"),
        FeedKind.AUTHOR: wording.gettext("Authors"),
        FeedKind.TAG: wording.gettext("Topics"),
        _NEWSLETTERS: wording.gettext("Newsletters"),
    }
