"""What a visit works with and what it comes to: the source, the desk, the report."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.collect.articles import ReadArticle, never
from publisher.collect.feedsource import Parse, parse_feed
from publisher.collect.identify import Context
from publisher.collect.page.article import read_article
from publisher.collect.page.listing import read_listing
from publisher.collect.page.selectors import Selectors
from publisher.collect.pagesource import ReadListing
from publisher.fetch.web import Limits

APIS = frozenset({"wordpress", "ghost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as configured; exactly one of `url` and `path` is set."""

    kind: str  # `feed`, `page`, `wordpress`, `ghost`, `folder` or `capture`
    url: str = ""
    path: Path | None = None
    every: timedelta | None = None  # as config.toml says; None: as it has posts
    selectors: Selectors = field(default_factory=Selectors)  # of a page
    text: str = "feed"  # of a feed's posts: `page`, where the feed has their beginnings alone
    key: Callable[[], str] = field(default=str, repr=False)  # asked at each visit; may raise ConfigError
    context: Context

    @property
    def name(self) -> str:
        return self.context.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all sources share."""

    zone: ZoneInfo  # the newsroom's; dates without a zone are in it
    media: Path  # folder for pictures
    limits: Limits
    storing: threading.Lock = field(default_factory=threading.Lock)  # one source at a time: two would wait crosswise
    # How the bytes of strangers are read; a `Fence` does it where its reader may be killed.
    parse: Parse = parse_feed
    read_article: ReadArticle = read_article
    read_listing: ReadListing = read_listing
    stop: Callable[[], bool] = never  # asked between two requests of one visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a visit to one source came to."""

    source: str
    column: str
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    problems: tuple[str, ...] = ()  # each a sentence that names its place
    failed: bool = False  # nothing of it could be used
    not_modified: bool = False  # its server said that all is as at the last visit
    rests: datetime | None = None  # until when its server asked for rest just now
    resting: str = ""  # why it was not visited, in words; "" where it was
