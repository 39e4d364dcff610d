"""Progress bars for long work; nothing where the output is not a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from publisher.cli.house import House
from publisher.model.issue import IssueState
from publisher.send.report import SendReport
from publisher.store import issues, ledger


@contextmanager
def sending_progress(house: House) -> Iterator[Callable[[SendReport], None]]:
    """A bar over all letters that wait: how many are settled, the rate, the time left."""
    total = _waiting(house)
    if not (total and sys.stderr.isatty()):
        yield lambda _report: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("sending", total=total)

        def show(report: SendReport) -> None:
            settled = report.sent + report.deferred + report.failed + report.in_doubt + report.skipped
            bar.update(task, completed=settled)

        yield show


def _waiting(house: House) -> int:
    with house.store.read() as conn:
        live = [
            issue for issue in issues.recent(conn, limit=100) if issue.state in (IssueState.QUEUED, IssueState.SENDING)
        ]
        return sum(
            number
            for issue in live
            for state, number in ledger.counts(conn, issue.id).items()
            if state in ("due", "deferred", "claimed")
        )


@contextmanager
def row_progress(label: str) -> Iterator[Callable[[int], None]]:
    """A count of rows done, for work whose end is not known beforehand."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console

    with Console(stderr=True).status(label) as status:
        yield lambda done: status.update(f"{label}: {done:,}")
