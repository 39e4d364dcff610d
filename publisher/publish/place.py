"""Place: what has a list of posts on pages of its own (all columns, a column, an author, a tag), and its feeds.

Pure. A place's first page holds its newest posts; what is older stands on pages by month,
so that no page grows with the archive. The name of such a page is that of the month, with
a number where the month has several: `2026-11`, `2026-11-2`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from publisher.feed.characters import one_line
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.feedname import FeedKind, FeedName
from publisher.model.issue import Newsletter
from publisher.model.slug import slug_of
from publisher.wording.wording import Wording

ARCHIVE = "archive"  # the folder of a place's pages by month


class Kind(StrEnum):
    ALL = "all"
    COLUMN = "column"
    AUTHOR = "author"
    TAG = "tag"
    NEWSLETTER = "newsletter"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLinks:
    """Where the feeds of a place are; absolute, "" where there are none."""

    title: str
    html_url: str
    atom_url: str
    rss_url: str
    json_url: str  # "" where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a list of posts stands."""

    kind: Kind
    folder: str  # below the top of the tree: `harbour-notes`, `authors/mira-voss`, `tags/tides`; "" is the top
    name: str
    language: str  # BCP 47
    ended: bool = False  # its pages stay, its feeds are published no more

    @property
    def root(self) -> str:
        """The way from its first page up to the top."""
        return "/".join([".."] * len(self.folder.split("/"))) if self.folder else "."


def whole_place(name: str, language: str) -> Place:
    return Place(kind=Kind.ALL, folder="", name=one_line(name), language=language)


def column_place(column: Column) -> Place:
    name = one_line(column.name) or column.slug
    return Place(kind=Kind.COLUMN, folder=column.slug, name=name, language=column.language, ended=column.ended)


def author_place(author: Author, language: str) -> Place:
    folder = FeedName(kind=FeedKind.AUTHOR, key=author.key).folder
    return Place(kind=Kind.AUTHOR, folder=folder, name=one_line(author.name) or author.key, language=language)


def tag_place(label: str, language: str) -> Place:
    """`label` is the tag as it is written; tags that are written alike share a place."""
    folder = FeedName(kind=FeedKind.TAG, key=slug_of(label)).folder
    return Place(kind=Kind.TAG, folder=folder, name=one_line(label), language=language)


def newsletter_place(newsletter: Newsletter) -> Place:
    folder = f"newsletters/{newsletter.slug}"
    return Place(kind=Kind.NEWSLETTER, folder=folder, name=one_line(newsletter.name), language=newsletter.language)


def feed_links(place: Place, site_url: str, *, title: str = "") -> FeedLinks:
    """The feeds of a place under their usual names; one that has ended has none."""
    folder = f"{site_url}/{place.folder}/" if place.folder else f"{site_url}/"
    return FeedLinks(
        title=title or place.name,
        html_url=folder,
        atom_url="" if place.ended else f"{folder}atom.xml",
        rss_url="" if place.ended else f"{folder}rss.xml",
        json_url="" if place.ended else f"{folder}feed.json",
    )


def page_label(name: str, wording: Wording) -> str:
    """The name of a page by month in words: `2026-11-2` is `November 2026, part 2`."""
    month, number = _page(name)
    return _part(wording.month(month), number, wording)


def short_label(name: str, wording: Wording) -> str:
    """The same below its year: `November, part 2`."""
    month, number = _page(name)
    return _part(wording.month_alone(month), number, wording)


def _page(name: str) -> tuple[date, str]:
    year, month, *number = name.split("-")
    return date(int(year), int(month), 1), "".join(number)


def _part(month: str, number: str, wording: Wording) -> str:
    return wording.gettext("%(month)s, part %(number)s", month=month, number=number) if number else month
