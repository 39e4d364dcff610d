"""Asking an API: one visit of several requests within bounds.

All goes through `fetch`, which waits for our turn at the host. A visit ends, and what it
has is taken, when it has asked for enough pages, bytes or time, or the program is to stop;
the next one goes on from there (`walk.py`). A key that stands in addresses never stands in a message.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import quote, quote_plus

from publisher.collect.api.values import json_of
from publisher.collect.articles import never
from publisher.errors import SourceError
from publisher.fetch.web import Limits, fetch

MOST_PAGES = 10
_MOST_SECONDS = 60.0
_MOST_TIMES_THE_LIMIT = 10  # bytes: so many times what one answer may have
_EXPLAINED = frozenset({400, 401, 403, 404, 422})  # refusals that say in JSON what is wrong
_HIDDEN = "…"
_KEY = re.compile(r"(?<=[?&]key=)[^\s&'\"]+")  # also where a message shows an address cut off in the key


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the API said."""

    url: str  # which address did, in the end; may hold the key
    status: int
    headers: Mapping[str, str]  # names in lower case
    value: object  # what the JSON holds
    problem: str = ""  # why there is no JSON, and what to do

    @property
    def is_refusal(self) -> bool:
        return self.status != HTTPStatus.OK


class Calls:
    """The requests of one visit to one source."""

    def __init__(
        self,
        source: str,
        limits: Limits,
        *,
        headers: Mapping[str, str],
        secret: str = "",
        stop: Callable[[], bool] = never,
    ) -> None:
        self._stop = stop
        self._pages = 0
        self._source = source
        self._limits = limits
        self._headers = {"Accept": "application/json", **headers}
        self._secret = secret
        self._bytes = 0
        self._ends = time.monotonic() + _MOST_SECONDS

    def ask(self, url: str) -> Answer:
        """What the API answers. Raises SourceError where it cannot be had, as `fetch` does."""
        try:
            fetched = fetch(self._source, url, self._limits, headers=self._headers, accepts=_EXPLAINED)
        except SourceError as wrong:
            # Of the same kind, without the key; its cause may hold it, too.
            raise replace(wrong, place=self.shown(_bare(wrong.place)), problem=self.shown(wrong.problem)) from None
        self._bytes += len(fetched.content)
        self._pages += 1
        try:
            value, problem = json_of(fetched.content), ""
        except ValueError as wrong:
            value, problem = None, _what_it_is(fetched.content, str(wrong))
        return Answer(url=fetched.url, status=fetched.status, headers=fetched.headers, value=value, problem=problem)

    def may_go_on(self) -> bool:
        """Whether the visit may ask for one page more."""
        most_bytes = _MOST_TIMES_THE_LIMIT * self._limits.max_bytes
        enough = self._pages >= MOST_PAGES or self._bytes >= most_bytes or time.monotonic() >= self._ends
        return not enough and not self._stop()

    def cut_off(self, url: str) -> str:
        """What is told where the visit ends before the posts do."""
        return f"{self.shown(_bare(url))}: there are more posts than one visit takes; the next one goes on from there"

    def wrong(self, place: str, problem: str) -> SourceError:
        """An error of this source. The place is told without its query, which we made."""
        return SourceError(source=self._source, place=self.shown(_bare(place)), problem=self.shown(problem))

    def shown(self, text: str) -> str:
        """A text as it may be told: without the key."""
        if not self._secret:
            return text
        for form in {self._secret, quote(self._secret), quote(self._secret, safe=""), quote_plus(self._secret)}:
            text = text.replace(form, _HIDDEN)
        return _KEY.sub(_HIDDEN, text)


def _bare(url: str) -> str:
    return url.partition("?")[0]


def _what_it_is(content: bytes, problem: str) -> str:
    if content.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"<"):
        return "it answers with a page instead of JSON; set `url` to the address of the site itself"
    return f"its answer is no JSON that can be read ({problem[:80]}); try again later"
