"""Visiting one source at once, in a thread of this process: what `publisher collect SOURCE` does. Then it is published.

A source is visited by one thread at a time, and a round of the timetable passes it by
meanwhile. What a visit came to is remembered until the program ends; what it found, and how the
source is, stands in the database. A thread that is under way ends with the program.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from publisher.collect.collector import Collected
from publisher.errors import PublisherError
from publisher.house.opened import House, utc_now
from publisher.house.steps import collect

log = logging.getLogger(__name__)


def _unnoted() -> None:
    """Where nobody writes down who it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """What a visit came to."""

    at: datetime
    words: str
    failed: bool


@dataclass(slots=True)
class Visits:
    """The visits that people asked for."""

    house: House
    _last: dict[str, Visited] = field(default_factory=dict, init=False)

    def begin(self, name: str, begun: Callable[[], object] = _unnoted) -> bool:
        """Visit a source in the background; False where that is under way. `begun`: done before anything is asked."""
        if not self.house.visiting.take(name):
            return False
        try:
            begun()
        except PublisherError:
            self.house.visiting.leave(name)
            raise
        threading.Thread(target=self._visit, args=(name,), name=f"visit {name}", daemon=True).start()
        return True

    def is_under_way(self, name: str) -> bool:
        return name in self.house.visiting

    def last(self, name: str) -> Visited | None:
        """The last visit that somebody asked for since the program began."""
        return self._last.get(name)

    def _visit(self, name: str) -> None:
        try:
            found = collect(self.house, now=utc_now(), only=name)
            self.house.to_publish.set()
            self._last[name] = _in_words(found)
        except PublisherError as wrong:
            log.error("visiting %s: %s", name, wrong)  # noqa: TRY400  the message says it all
            self._last[name] = Visited(at=utc_now(), words=str(wrong), failed=True)
        finally:
            self.house.visiting.leave(name)


def _in_words(found: list[Collected]) -> Visited:
    one = found[0]
    counts = f"{one.new:,} new, {one.revised:,} changed, {one.unchanged:,} as before"
    words = "; ".join(one.problems) if one.failed else "as before" if one.not_modified else counts
    return Visited(at=utc_now(), words=words, failed=one.failed)
