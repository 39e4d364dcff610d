"""The pages of one place (a column, an author, a tag): its first page and those by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from sqlalchemy import Connection

from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.feedname import FeedKind
from publisher.model.post import Post
from publisher.publish.documents import Feed
from publisher.publish.library import Library
from publisher.publish.months import (
    MonthPage,
    month_of_page,
    months_of,
    names_of,
    newest_name_first,
    pages_in,
    with_neighbours,
)
from publisher.publish.pages import Setting, author_page, column_page, month_page, tag_page
from publisher.publish.place import ARCHIVE, FeedLinks, Place, author_place, column_place, feed_links, tag_place
from publisher.publish.tree import Tree
from publisher.store import authors, feeds

END = ".html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What the pages of all places are made from."""

    conn: Connection
    library: Library
    setting: Setting
    zone: tzinfo
    most: int  # posts on a first page

    @property
    def columns(self) -> Mapping[str, Column]:
        return self.library.columns


def months_beside(tree: Tree, feed: Feed, guide: Guide, *, touched: set[str]) -> set[str] | None:
    """The months whose pages have other neighbours than before; None: all, for not one of the pages is there yet."""
    had = _months_there(tree, feed)
    if not had:
        return None if _has_more(feed, guide) else set()
    names = _names(feed, guide, had=had, touched=touched)
    return set() if names == had else set(with_neighbours(map(month_of_page, names), touched))


def write_place(tree: Tree, feed: Feed, guide: Guide, *, touched: set[str] | None) -> None:
    """Write what changed of a place; `touched` are the months in which its list or their neighbours did, None: all."""
    place = _place_of(feed, guide)
    links = feed_links(place, guide.setting.url, title=feed.facts.title)
    names = _write_months(tree, feed, guide, place=place, links=links, touched=touched)
    posts = guide.library.posts(feeds.newest(guide.conn, feed.name, most=guide.most))
    for key in guide.columns[feed.name.key].authors if feed.name.kind is FeedKind.COLUMN else ():
        tree.copy_pictures_of(authors.find(guide.conn, [key]).values())
    tree.write(f"{feed.facts.folder}/index.html", _first_page(feed, links, posts, names, guide))


def _has_more(feed: Feed, guide: Guide) -> bool:
    """Whether there is more than its first page shows."""
    return len(feeds.newest(guide.conn, feed.name, most=guide.most + 1)) > guide.most


def _months_there(tree: Tree, feed: Feed) -> list[str]:
    """The names of its pages by month that are published, newest first."""
    folder = f"{feed.facts.folder}/{ARCHIVE}/"
    found = (path.removeprefix(folder) for path in tree.names_below(folder))
    return newest_name_first(name.removesuffix(END) for name in found if name.endswith(END))


def _place_of(feed: Feed, guide: Guide) -> Place:
    if feed.name.kind is FeedKind.COLUMN:
        return column_place(guide.columns[feed.name.key])
    if feed.name.kind is FeedKind.AUTHOR:
        return author_place(_author_of(feed), guide.setting.language)
    return tag_place(feed.facts.title, guide.setting.language)


def _author_of(feed: Feed) -> Author:
    return feed.author or Author(key=feed.name.key, name=feed.facts.title)


def _first_page(feed: Feed, links: FeedLinks, posts: Sequence[Post], names: Sequence[str], guide: Guide) -> bytes:
    setting, columns = guide.setting, guide.columns
    if feed.name.kind is FeedKind.COLUMN:
        column = columns[feed.name.key]
        found = authors.find(guide.conn, column.authors)
        people = [found[key] for key in column.authors if key in found]
        return column_page(column, links, newest=posts, authors=people, months=names, setting=setting)
    if feed.name.kind is FeedKind.AUTHOR:
        person = _author_of(feed)
        return author_page(person, links, newest=posts, columns=columns, months=names, setting=setting)
    return tag_page(feed.facts.title, links, newest=posts, columns=columns, months=names, setting=setting)


def _write_months(
    tree: Tree, feed: Feed, guide: Guide, *, place: Place, links: FeedLinks, touched: set[str] | None
) -> list[str]:
    """Write those that changed; the names of all, newest first."""
    had = _months_there(tree, feed)
    names = _names(feed, guide, had=had, touched=touched)
    there = {month_of_page(name) for name in names}
    for month in sorted(there if touched is None else there & touched):
        for page in pages_in(guide.conn, feed.name, month, guide.zone):
            path = f"{feed.facts.folder}/{ARCHIVE}/{page.name}{END}"
            tree.write(path, _month(page, guide, place=place, links=links, names=names))
    tree.remove(f"{feed.facts.folder}/{ARCHIVE}/{name}{END}" for name in had if name not in names)
    return names


def _names(feed: Feed, guide: Guide, *, had: Sequence[str], touched: set[str] | None) -> list[str]:
    """The names of all its pages by month, newest first; those of months that were not touched are known."""
    if not _has_more(feed, guide):
        return []
    changed = months_of(guide.conn, feed.name, guide.zone) if touched is None else sorted(touched)
    kept = [] if touched is None else [name for name in had if month_of_page(name) not in touched]
    return newest_name_first([*kept, *names_of(guide.conn, feed.name, changed, guide.zone)])


def _month(page: MonthPage, guide: Guide, *, place: Place, links: FeedLinks, names: Sequence[str]) -> bytes:
    at = names.index(page.name)
    return month_page(
        place,
        links,
        page.name,
        posts=list(reversed(guide.library.posts(page.posts))),
        columns=guide.columns,
        setting=guide.setting,
        earlier=names[at + 1] if at + 1 < len(names) else "",
        later=names[at - 1] if at else "",
    )
