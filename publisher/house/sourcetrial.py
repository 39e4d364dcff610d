"""Trying an address out: what a source there would bring, before it is one. Nothing is stored.

An address is fetched by the rules of every fetch (no private networks, sizes, patience) and read
behind the fence. A feed is taken as it is; a page that names a feed leads to it; a site that
runs WordPress may be asked by its API; else the page's
links and its first articles are read, by selectors where there are some. The pages are kept
with what was found, so that other selectors can be tried without asking the server again.
Ghost is asked for its first page alone; of a folder or of captured pages all files are read.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from publisher.collect.articles import Articles
from publisher.collect.capturesource import read_captures
from publisher.collect.discovery import feeds_in_header
from publisher.collect.fence import Fence
from publisher.collect.foldersource import read_folder
from publisher.collect.found import Found, FoundPost
from publisher.collect.ghostsource import read_ghost
from publisher.collect.page.listing import Listing
from publisher.collect.page.markup import Marked
from publisher.collect.page.selectors import Selectors
from publisher.collect.tidy import tidy
from publisher.collect.wordpresssource import read_wordpress
from publisher.config.kinds import Secret
from publisher.config.secret import read_secret
from publisher.errors import ConfigError, SourceError
from publisher.fetch.web import Fetched, fetch
from publisher.house.fetching import fetch_limits
from publisher.house.opened import House, utc_now
from publisher.house.sourceplaces import shown

NAME = "trial"  # the source's, in sentences about it
MOST_SHOWN = 12  # posts
MOST_ARTICLES = 3  # that are read of a page
_WORDPRESS = "https://api.w.org/"  # a relation that its sites name in `Link`


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is tried."""

    url: str = ""
    kind: str = ""  # `page`: read the page itself, though it may name a feed; …; "": whatever it is
    selectors: Selectors = field(default_factory=Selectors)
    path: str = ""  # of a folder or captured pages, as config.toml has it; in place of `url`
    key: Secret | None = None  # where Ghost's key is found

    @property
    def place(self) -> str:
        return self.url or self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was found."""

    wanted: Wanted
    kind: str  # as config.toml names it
    url: str  # where it is in the end; of files their path
    is_wordpress: bool = False  # a feed or page of a site that can be asked by its API
    column_name: str = ""
    column_tagline: str = ""
    posts: tuple[FoundPost, ...] = ()  # the first, as they would be stored
    count: int = 0  # of all posts of the feed; of the page's links
    problems: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()  # that the page names, the best first
    links: tuple[str, ...] = ()  # to articles
    page: Fetched | None = None  # the column's
    articles: tuple[Fetched, ...] = ()
    marked_page: Marked | None = None
    marked_article: Marked | None = None

    @property
    def is_edited_here(self) -> bool:
        """Whether a trial may say how a source is read that is there already."""
        return self.kind in ("feed", "page")


def look(house: House, wanted: Wanted, *, stop: Callable[[], bool]) -> Trial:
    """Fetch and read. Raises SourceError where nothing can be had."""
    limits = fetch_limits(house)
    if wanted.path:
        return _of_files(house, wanted)
    if wanted.kind == "wordpress":
        first = read_wordpress(NAME, wanted.url, limits, now=utc_now(), stop=lambda: True)  # its first page alone
        return replace(_of_feed(wanted, wanted.url, first), kind="wordpress")
    if wanted.kind == "ghost":
        return _of_ghost(house, wanted)
    fetched = fetch(NAME, wanted.url, limits)
    trial = _read(house, wanted, fetched, stop=stop)
    return replace(trial, is_wordpress=_WORDPRESS in fetched.headers.get("link", ""))


def _read(house: House, wanted: Wanted, fetched: Fetched, *, stop: Callable[[], bool]) -> Trial:
    limits = fetch_limits(house)
    with Fence() as fence:
        found, why_not = _as_feed(fence, fetched)
        feeds = (found.feeds if found else ()) or feeds_in_header(fetched.headers.get("link", ""), fetched.url)
        if found and not found.feeds and not wanted.kind:
            return _of_feed(wanted, fetched.url, found)
        if feeds and not wanted.kind:
            named = fetch(NAME, feeds[0], limits)
            inner, why_not = _as_feed(fence, named)
            if inner and not inner.feeds:
                return replace(_of_feed(wanted, named.url, inner), feeds=feeds)
        if "html" not in fetched.content_type and b"<html" not in fetched.content[:4096].lower():
            raise SourceError(source=NAME, place=fetched.url, problem=why_not)
        articles = Articles(source=NAME, limits=limits, zone=house.zone, selectors=wanted.selectors, stop=stop)
        return _of_page(house, wanted, fence, fetched, articles)


def look_again(house: House, trial: Trial, selectors: Selectors) -> Trial:
    """The pages that are there, by other selectors. Raises SourceError."""
    wanted = replace(trial.wanted, selectors=selectors, kind="page")
    if trial.page is None:
        raise SourceError(source=NAME, place=trial.url, problem="it was read as a feed; try it as a page first")
    with Fence() as fence:
        return _of_page(house, wanted, fence, trial.page, None, kept=trial.articles)


def _as_feed(fence: Fence, fetched: Fetched) -> tuple[Found | None, str]:
    """The feed, or why it is none."""
    try:
        return fence.parse(fetched.content, url=fetched.url, content_type=fetched.content_type), ""
    except ValueError as wrong:
        return None, str(wrong)


def _of_feed(wanted: Wanted, url: str, found: Found) -> Trial:
    return Trial(
        wanted=wanted,
        kind="feed",
        url=url,
        column_name=found.column_name,
        column_tagline=found.column_tagline,
        posts=tuple(tidy(post, url) for post in found.posts[:MOST_SHOWN]),
        count=len(found.posts),
        problems=found.problems,
    )


def _of_ghost(house: House, wanted: Wanted) -> Trial:
    def key() -> str:
        if wanted.key is None:
            raise ConfigError(("config.toml: key: Ghost wants one; say where it is found",))
        return read_secret(wanted.key, house.file.root, os.environ, key="key")

    found = read_ghost(NAME, wanted.url, fetch_limits(house), key=key, now=utc_now(), stop=lambda: True)
    return replace(_of_feed(wanted, wanted.url, found), kind="ghost")


def _of_files(house: House, wanted: Wanted) -> Trial:
    """Where on this machine they lie is nobody's business."""
    path, most = house.file.resolve(wanted.path), house.config.collect.max_bytes
    base_url = f"{house.config.site.url}/"
    try:
        if wanted.kind == "capture":
            found = read_captures(NAME, path, zone=house.zone, max_bytes=most)
        else:
            found = read_folder(NAME, path, zone=house.zone, base_url=base_url, max_bytes=most)
    except SourceError as wrong:
        place, problem = shown(house.file, wrong.place), shown(house.file, wrong.problem)
        raise SourceError(source=NAME, place=place, problem=problem) from wrong
    trial = replace(_of_feed(wanted, base_url, found), kind=wanted.kind, url=wanted.path)
    return replace(trial, problems=tuple(shown(house.file, one) for one in trial.problems))


def _of_page(
    house: House,
    wanted: Wanted,
    fence: Fence,
    page: Fetched,
    articles: Articles | None,
    *,
    kept: tuple[Fetched, ...] = (),
) -> Trial:
    """`articles` fetches them; without, those that are kept are read."""
    listing = _listing(fence, page, wanted.selectors)
    problems: list[str] = []
    fetched = _fetched(listing, articles, problems) if articles else kept
    posts = []
    for one in fetched:
        try:
            post = fence.read_article(
                one.content, one.url, wanted.selectors, zone=house.zone, content_type=one.content_type
            )
            posts.append(tidy(post, one.url))
        except ValueError as wrong:
            problems.append(f"{one.url}: {wrong}")
    if not listing.links:
        problems.insert(0, "no links to articles were found on the page; say where they are by `links`")
    first = fetched[0] if fetched else None
    return Trial(
        wanted=wanted,
        kind="page",
        url=page.url,
        column_name=listing.column_name,
        column_tagline=listing.tagline,
        posts=tuple(posts),
        count=len(listing.links),
        problems=tuple(problems),
        feeds=listing.feeds,
        links=listing.links[:MOST_SHOWN],
        page=page,
        articles=tuple(fetched),
        marked_page=_marked(fence, page, Selectors(links=wanted.selectors.links)),
        marked_article=_marked(fence, first, replace(wanted.selectors, links="")) if first else None,
    )


def _listing(fence: Fence, page: Fetched, selectors: Selectors) -> Listing:
    try:
        return fence.read_listing(page.content, page.url, selectors, content_type=page.content_type)
    except ValueError as wrong:
        raise SourceError(source=NAME, place=page.url, problem=str(wrong)) from wrong


def _fetched(listing: Listing, articles: Articles, problems: list[str]) -> tuple[Fetched, ...]:
    found = []
    for link in listing.links[:MOST_ARTICLES]:
        if not articles.may_go_on():
            break
        try:
            found.append(articles.fetch(link))
        except SourceError as wrong:
            problems.append(f"{link}: {wrong.problem}")
    return tuple(found)


def _marked(fence: Fence, page: Fetched, selectors: Selectors) -> Marked | None:
    try:
        return fence.mark(page.content, page.url, selectors, content_type=page.content_type)
    except ValueError:
        return None
