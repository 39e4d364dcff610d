"""Publishing a site: every column's posts as pages and feeds, in an order that is safe to read.

Pictures come before the pages that show them, pages before the feeds that link to them,
and nothing is taken away until all is written. Posts are read as a stream: each one's page
is written as it comes by, and only the newest are kept for feeds and lists.

Known weakness: every page is rendered anew in each run, about two milliseconds a post.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from publisher.errors import PublishError
from publisher.feed.atom import atom_bytes
from publisher.feed.channel import Channel, Site, column_channel, whole_channel
from publisher.feed.rss import rss_bytes
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.post import Post
from publisher.publish.pages import ColumnCard, Setting, card_of, column_page, index_page, post_page
from publisher.publish.tree import Folders, Published, Tree, open_tree
from publisher.publish.view import Line, line_of
from publisher.store import authors as stored_authors
from publisher.store import columns as stored_columns
from publisher.store import posts as stored_posts
from publisher.store.database import Store
from publisher.templating import Templates

ON_INDEX = 5  # posts of each column on the page of all columns
_STYLESHEETS = (("feed.css", "feed/feed.css"), ("site.css", "web/site.css"))
_ATTRIBUTE = re.compile(r'="([^"]*\bmedia:[^"]*)"')
_PICTURE = re.compile(r"(?:^|,\s*)media:([A-Za-z0-9][A-Za-z0-9._-]*)")  # after a comma: in srcset


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What config.toml and the store say about the site."""

    name: str
    url: str  # without a slash at its end
    language: str
    zone: tzinfo  # the newsroom's; days are told in it
    feed_id: str  # of the feed of all columns; minted once and stored
    entries: int  # newest posts in each feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A column with its posts, newest first; they are read once."""

    column: Column
    created: datetime
    authors: Sequence[Author]  # its own, who may not have written yet
    posts: Iterable[Post]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A column whose posts have their pages."""

    column: Column
    channel: Channel
    newest: tuple[Post, ...]


def publish_site(
    store: Store, columns: Sequence[Column], *, facts: Facts, folders: Folders, templates: Templates
) -> Published:
    """Bring the tree up to date with one state of the store.

    Raises Unwritable (disk full, no permission), TemplateError, Busy, StorageError; what was
    published before is then still there, and whole.
    """
    with store.read() as conn:
        known = {stored.slug: stored for stored in stored_columns.get_all(conn)}
        unknown = [column.slug for column in columns if column.slug not in known]
        if unknown:
            raise PublishError(f"the store knows no column {unknown[0]!r} yet; collect once before publishing")
        shelves = (
            Shelf(
                column=column,
                created=known[column.slug].created,
                authors=_in_order(stored_authors.find(conn, column.authors), column.authors),
                posts=stored_posts.of_column(conn, column.slug),
            )
            for column in columns
        )
        return publish_shelves(shelves, facts=facts, folders=folders, templates=templates)


def publish_shelves(shelves: Iterable[Shelf], *, facts: Facts, folders: Folders, templates: Templates) -> Published:
    """The same from columns and posts that are at hand."""
    setting = Setting(name=facts.name, url=facts.url, language=facts.language, zone=facts.zone, render=templates.render)
    with open_tree(folders) as tree:
        for name, template in _STYLESHEETS:
            tree.write(name, templates.render(template, {}).encode())
        created: list[datetime] = []
        shown: list[_Shown] = []
        for shelf in shelves:
            created.append(shelf.created)
            shown.append(_put_pages(tree, shelf, facts, setting))
        whole = whole_channel(
            _site_of(facts),
            [each.channel for each in shown],
            feed_id=facts.feed_id,
            most=facts.entries,
            created=min(created, default=datetime.fromtimestamp(0, facts.zone)),
        )
        tree.write("index.html", index_page(whole, _cards(shown, setting), setting))
        for each in shown:
            _put_feeds(tree, f"{each.column.slug}/", each.channel)
        _put_feeds(tree, "", whole)
        return tree.finish()


def _put_pages(tree: Tree, shelf: Shelf, facts: Facts, setting: Setting) -> _Shown:
    """A page for each post, then the column's own."""
    column = shelf.column
    newest: list[Post] = []
    earlier: list[Line] = []
    bare = column_channel(column, (), site=_site_of(facts), created=shelf.created)
    for post in shelf.posts:
        for picture in _pictures_of(post.authors, post):
            tree.copy_picture(picture)
        tree.write(f"{column.slug}/{post.slug}.html", post_page(post, column, bare, setting))
        if len(newest) < facts.entries:
            newest.append(post)
        else:
            earlier.append(line_of(post, column, zone=facts.zone))
    for picture in _pictures_of(shelf.authors, None):
        tree.copy_picture(picture)
    channel = column_channel(column, newest, site=_site_of(facts), created=shelf.created)
    page = column_page(column, channel, newest=newest, earlier=earlier, authors=shelf.authors, setting=setting)
    tree.write(f"{column.slug}/index.html", page)
    return _Shown(column=column, channel=channel, newest=tuple(newest[:ON_INDEX]))


def _put_feeds(tree: Tree, folder: str, channel: Channel) -> None:
    tree.write(f"{folder}atom.xml", atom_bytes(channel))
    tree.write(f"{folder}rss.xml", rss_bytes(channel))


def _cards(shown: Sequence[_Shown], setting: Setting) -> list[ColumnCard]:
    return [card_of(each.column, each.channel, each.newest, setting) for each in shown]


def _pictures_of(authors: Sequence[Author], post: Post | None) -> Iterator[str]:
    """The names of all pictures of ours that a page will show."""
    images = [author.portrait for author in authors]
    if post:
        for value in _ATTRIBUTE.findall(post.body):
            yield from _PICTURE.findall(value)
        images += [post.image, *(story.image for story in post.related)]
    for image in images:
        yield from _PICTURE.findall(image.url) if image else ()


def _in_order(found: dict[str, Author], keys: Sequence[str]) -> list[Author]:
    return [found[key] for key in keys if key in found]


def _site_of(facts: Facts) -> Site:
    return Site(name=facts.name, url=facts.url, language=facts.language)
