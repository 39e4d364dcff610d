"""How long work goes: one live display at a terminal, a line now and then elsewhere.

A run of the sender shows how many letters are out, the rate, the time left, and how the domains
with most readers answer. Elsewhere (cron, a pipe) a line is written only when ten seconds
are over and there is something new to tell, so that short runs stay silent and long ones do not
fill a log. The numbers are `send/pace.py`'s.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from publisher.cli.console import warn
from publisher.cli.house import House, utc_now
from publisher.cli.pacewords import pace_for_programs, pace_in_words, said
from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome, Verdict
from publisher.send.pace import Pace, state_of
from publisher.send.report import SendReport
from publisher.send.traffic import Told
from publisher.store import backlog

if TYPE_CHECKING:
    from rich.console import Group

LINE_SECONDS = 10.0  # the shortest time between two lines
SURELY_SECONDS = 60.0  # a line after this, also where little is new
SHARE = 0.1  # of all letters, that is worth a line
SHOWN_DOMAINS = 5


@contextmanager
def sending_progress(house: House, *, as_json: bool = False) -> Iterator[Told]:
    """Show how the letters that wait go out, while the block runs."""
    with house.store.read() as conn:
        letters = backlog.waiting(conn, now=utc_now())
    pace, lock = Pace(letters=letters, started=time.monotonic()), threading.Lock()

    def answered(delivery: Delivery, outcome: Outcome) -> None:
        with lock:  # the display is drawn by a thread of its own
            pace.saw(delivery.email, outcome, now=time.monotonic())

    if letters and sys.stderr.isatty() and not as_json:
        with _live(pace, lock) as progress:
            yield Told(progress=progress, answered=answered, say=warn)
    else:
        yield Told(progress=Lines(pace, as_json=as_json, tell=warn).look, answered=answered, say=warn)


class Lines:
    """A line now and then."""

    def __init__(
        self, pace: Pace, *, as_json: bool, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pace = pace
        self._as_json = as_json
        self._tell = tell
        self._clock = clock
        self._told_at = clock()
        self._told = 0

    def look(self, report: SendReport) -> None:
        """Tell how far the run is, where it is time to."""
        now = self._clock()
        waited, new = now - self._told_at, self._pace.answers - self._told
        if waited < LINE_SECONDS or (waited < SURELY_SECONDS and new < SHARE * self._pace.letters):
            return
        self._told_at, self._told = now, self._pace.answers
        if self._as_json:
            self._tell(json.dumps(pace_for_programs(self._pace, passed=_passed(report), now=now), ensure_ascii=False))
        else:
            self._tell(pace_in_words(self._pace, passed=_passed(report), now=now))


@contextmanager
def _live(pace: Pace, lock: threading.Lock) -> Iterator[Callable[[SendReport], None]]:
    from rich.console import Console
    from rich.live import Live

    passed = 0

    def progress(report: SendReport) -> None:
        nonlocal passed
        passed = _passed(report)

    def shown() -> Group:
        with lock:
            return picture_of(pace, passed=passed, now=time.monotonic())

    with Live(get_renderable=shown, console=Console(stderr=True), refresh_per_second=4, transient=True):
        yield progress


def picture_of(pace: Pace, *, passed: int, now: float) -> Group:
    """The display: a bar, the numbers, a table of the busiest domains."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    bar = ProgressBar(total=max(pace.letters, passed), completed=passed, width=40)
    domains = Table.grid(padding=(0, 2))
    for name, domain in pace.busiest(SHOWN_DOMAINS):
        last = said(domain.last_trouble) if domain.last_trouble else ""
        sent = f"{domain.verdicts[Verdict.SENT]:,} of {domain.answers:,}"
        # Text: what a server said must not be read as markup.
        domains.add_row(
            *(Text(cell, no_wrap=True, overflow="ellipsis") for cell in (name, sent, state_of(domain), last))
        )
    return Group(bar, Text(pace_in_words(pace, passed=passed, now=now)), domains)


def _passed(report: SendReport) -> int:
    return report.sent + report.deferred + report.failed + report.in_doubt + report.skipped


@contextmanager
def row_progress(label: str) -> Iterator[Callable[[int], None]]:
    """A count of rows done, for work whose end is not known beforehand."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console

    with Console(stderr=True).status(label) as status:
        yield lambda done: status.update(f"{label}: {done:,}")
