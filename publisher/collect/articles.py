"""Fetching articles one after the other, within bounds: a guest who knows when to go.

Each is asked for at the pace of `Limits.hosts`. It ends when a server wants to be left alone,
when the program is to stop, or after some time: a host must not keep a thread for itself.
What is left then is the business of whoever asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from publisher.collect.found import FoundPost
from publisher.collect.page.article import read_article
from publisher.collect.page.selectors import Selectors
from publisher.collect.visit import SERVICE_UNAVAILABLE, TOO_MANY_REQUESTS
from publisher.errors import Refused, SourceError
from publisher.fetch.web import Fetched, Limits, fetch

MOST_SECONDS = 90.0


class ReadArticle(Protocol):
    """Reads an article's page: `page.article.read_article`, or one that does it elsewhere. Raises ValueError."""

    def __call__(
        self, page: bytes, url: str, selectors: Selectors, *, zone: ZoneInfo, content_type: str = ""
    ) -> FoundPost: ...


def never() -> bool:
    """Nobody will stop it."""
    return False


@dataclass(slots=True, kw_only=True)
class Articles:
    """The articles of one visit to a source."""

    source: str
    limits: Limits
    zone: ZoneInfo  # dates without a zone are in it
    selectors: Selectors = field(default_factory=Selectors)
    read: ReadArticle = read_article
    stop: Callable[[], bool] = never
    refusal: Refused | None = None  # a server wants to be left alone
    _ends: float = field(default_factory=lambda: time.monotonic() + MOST_SECONDS, init=False)

    def may_go_on(self) -> bool:
        return self.refusal is None and time.monotonic() < self._ends and not self.stop()

    def fetch(self, link: str) -> Fetched:
        """The page at `link`. Raises SourceError."""
        try:
            return fetch(self.source, link, self.limits)
        except Refused as wrong:
            if wrong.status in (TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE):
                self.refusal = wrong
            raise

    def read_page(self, page: Fetched, link: str) -> FoundPost:
        """The article on a page that came. Raises SourceError where there is none."""
        kind = page.content_type.partition(";")[0].strip().lower()
        if kind and "html" not in kind and "xml" not in kind and kind != "text/plain":
            raise self.wrong(link, f"it is {kind}, not a page; keep such links out with `select.links`")
        try:
            return self.read(page.content, page.url, self.selectors, zone=self.zone, content_type=page.content_type)
        except ValueError as wrong:
            raise self.wrong(link, str(wrong)) from wrong

    def wrong(self, link: str, problem: str) -> SourceError:
        return SourceError(source=self.source, place=link, problem=problem)
