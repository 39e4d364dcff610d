"""How long work goes: one live display at a terminal, a line now and then elsewhere.

A run of the sender shows how many letters are out, the rate, the time left, how the domains with
most readers answer, and which relays and domains are left alone. Elsewhere (cron, a pipe) a line is
written only when ten seconds are over and there is something new to tell, so that short runs stay
silent and long ones do not fill a log. The numbers are `send/pace.py`'s.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import tzinfo
from typing import TYPE_CHECKING

from publisher.cli.console import warn
from publisher.cli.pacewords import held_up_in_words, pace_for_programs, pace_in_words, passed_in, said
from publisher.house.opened import House, utc_now
from publisher.house.routing import destinations_of
from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome, Verdict
from publisher.send.pace import Pace, state_of
from publisher.send.report import SendReport, Stop
from publisher.send.route import names_by_domain
from publisher.send.traffic import Told
from publisher.store import backlog

if TYPE_CHECKING:
    from rich.console import Group

LINE_SECONDS = 10.0  # the shortest time between two lines
SURELY_SECONDS = 60.0  # a line after this, also where little is new
SHARE = 0.1  # of all letters, that is worth a line
SHOWN_DOMAINS = 5
SHOWN_HELD_UP = 5


@contextmanager
def sending_progress(house: House, *, as_json: bool = False) -> Iterator[Told]:
    """Show how the letters that wait go out, while the block runs."""
    with house.store.read() as conn:
        letters = backlog.waiting(conn, now=utc_now())
    names = names_by_domain(destinations_of(house.config))
    pace, lock = Pace(letters=letters, started=time.monotonic(), names=names), threading.Lock()

    def answered(delivery: Delivery, outcome: Outcome) -> None:
        with lock:  # the display is drawn by a thread of its own
            pace.saw(delivery.email, outcome, now=time.monotonic())

    if letters and sys.stderr.isatty() and not as_json:
        with _live(pace, lock, zone=house.zone) as progress:
            yield Told(progress=progress, answered=answered, say=warn)
    else:
        lines = Lines(pace, as_json=as_json, tell=warn, zone=house.zone)
        yield Told(progress=lines.look, answered=answered, say=warn)


class Lines:
    """A line now and then."""

    def __init__(
        self,
        pace: Pace,
        *,
        as_json: bool,
        tell: Callable[[str], None],
        zone: tzinfo,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pace = pace
        self._as_json = as_json
        self._tell = tell
        self._zone = zone
        self._clock = clock
        self._told_at = clock()
        self._told = 0
        self._held_up: frozenset[tuple[Stop, str]] = frozenset()

    def look(self, report: SendReport) -> None:
        """Tell how far the run is, where it is time to; that something is left alone now is always new."""
        now = self._clock()
        waited, new = now - self._told_at, self._pace.answers - self._told
        held_up = frozenset((one.stop, one.name) for one in report.held_up)
        is_news = new >= SHARE * self._pace.letters or not held_up <= self._held_up
        if waited < LINE_SECONDS or (waited < SURELY_SECONDS and not is_news):
            return
        self._told_at, self._told, self._held_up = now, self._pace.answers, held_up
        self._tell(self._object(report, now) if self._as_json else self._line(report, now))

    def _line(self, report: SendReport, now: float) -> str:
        held_up = [held_up_in_words(one, now=utc_now(), zone=self._zone) for one in report.held_up]
        return "; ".join([pace_in_words(self._pace, passed=passed_in(report), now=now), *held_up])

    def _object(self, report: SendReport, now: float) -> str:
        told = pace_for_programs(self._pace, passed=passed_in(report), now=now, held_up=report.held_up)
        return json.dumps(told, ensure_ascii=False)


@contextmanager
def _live(pace: Pace, lock: threading.Lock, *, zone: tzinfo) -> Iterator[Callable[[SendReport], None]]:
    from rich.console import Console
    from rich.live import Live

    known = SendReport()

    def progress(report: SendReport) -> None:
        nonlocal known
        known = report

    def shown() -> Group:
        with lock:
            return picture_of(pace, known, now=time.monotonic(), zone=zone)

    with Live(get_renderable=shown, console=Console(stderr=True), refresh_per_second=4, transient=True):
        yield progress


def picture_of(pace: Pace, report: SendReport, *, now: float, zone: tzinfo) -> Group:
    """The display: a bar, the numbers, a table of the busiest domains, and what is left alone."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    passed = passed_in(report)
    bar = Table.grid()  # a bar alone does not end its line
    bar.add_row(ProgressBar(total=max(pace.letters, passed), completed=passed, width=40))
    paused = {one.name for one in report.held_up if one.stop is Stop.PAUSED}
    domains = Table.grid(padding=(0, 2))
    for name, domain in pace.busiest(SHOWN_DOMAINS):
        last = said(domain.last_trouble) if domain.last_trouble else ""
        sent = f"{domain.verdicts[Verdict.SENT]:,} of {domain.answers:,}"
        state = str(Stop.PAUSED) if name in paused else state_of(domain)
        # Text: what a server said must not be read as markup.
        domains.add_row(*(Text(cell, no_wrap=True, overflow="ellipsis") for cell in (name, sent, state, last)))
    held_up = [held_up_in_words(one, now=utc_now(), zone=zone) for one in report.held_up]
    if len(held_up) > SHOWN_HELD_UP:
        held_up = [*held_up[:SHOWN_HELD_UP], f"and {len(held_up) - SHOWN_HELD_UP} more; publisher relays shows all"]
    lines = (Text(line, no_wrap=True, overflow="ellipsis") for line in held_up)
    return Group(bar, Text(pace_in_words(pace, passed=passed, now=now)), domains, *lines)


@contextmanager
def octets_progress(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar at a terminal, for work that is done when a file is read."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
