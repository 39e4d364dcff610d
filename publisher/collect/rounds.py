"""A round of visits: which sources are visited now, and in what order.

Sources of one host are visited one after the other; hosts, by several threads, so that a
slow one holds up nobody but itself; of a round of the timetable it gets its share of time
and no more. A host that asks for rest (`Retry-After`) gets it for all its sources, also in
the middle of a round. Everything on disk is one host.

Known weakness: a source that is redirected to another host does not know that that one rests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from publisher.collect.collector import Collected, Desk, Source, collect_source
from publisher.collect.files import is_being_written
from publisher.collect.visit import SLACK, Call, address_of, at_address, why_not
from publisher.model.source import SourceState
from publisher.store import sources
from publisher.store.database import Store

MOST_HOSTS = 8  # at the same time
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
LONGEST_AT_A_HOST = timedelta(minutes=4)  # in a round; what is left there comes first in the next


def _silent(_one: Collected) -> None:
    """Nobody wants to know before the end."""


def _go_on() -> bool:
    """Nobody will stop it."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is the same for all visits of a round."""

    now: datetime  # when it begins
    passed: Callable[[], timedelta] = timedelta  # since then
    call: Call = Call.ALL
    letter: datetime | None = None  # when the next letter is made
    jitter: Callable[[], float] = float  # 0 … 1, drawn for each visit
    stop: Callable[[], bool] = _go_on  # asked before each visit; those under way end by themselves
    tell: Callable[[Collected], None] = _silent  # of each source when it is done; by one thread at a time


def collect_all(store: Store, visited: Iterable[Source], desk: Desk, round_: Round) -> list[Collected]:
    """Visit the sources whose turn it is; what each came to, in the order given.

    Those whose time has not come are left out; those that rest though a person asked are in it.
    """
    given, here, rests = _look(store, visited, round_)
    waited = sorted(given, key=lambda one: here[one.name].next_visit or _LONG_AGO)
    hosts = _by_host(waited if round_.call is Call.DUE else given, here)  # the longest first: nobody waits for ever
    reports: dict[str, Collected] = {}
    telling = threading.Lock()

    def visit(name: str) -> None:
        host = _Host(store=store, desk=desk, round_=round_, rests=rests.get(name))
        for source in hosts[name]:
            if round_.stop() or host.is_tedious:
                return
            report = host.visit(source, here[source.name])
            if report:
                with telling:
                    reports[source.name] = report
                    round_.tell(report)

    threads = ThreadPoolExecutor(max_workers=MOST_HOSTS, thread_name_prefix="collect")
    try:
        for ended in [threads.submit(visit, name) for name in hosts]:
            ended.result()
    finally:
        threads.shutdown(cancel_futures=True)  # Ctrl-C: what has not begun does not
    return [reports[one.name] for one in given if one.name in reports]


def _look(
    store: Store, visited: Iterable[Source], round_: Round
) -> tuple[list[Source], dict[str, SourceState], dict[str, datetime]]:
    """The sources that may be due, what is known of each, and until when hosts asked for rest.

    Of thousands of sources few are due: of the others no more is read than that they are not.
    """
    with store.read() as conn:
        resting = sources.resting(conn, after=round_.now + SLACK) if round_.call is Call.DUE else {}
        configured = list(visited)
        given = [one for one in configured if resting.get(one.name) != one.url]
        states = sources.get_some(conn, [one.name for one in given])
        waiting = sources.waiting(conn, until=round_.now)
    here = {one.name: at_address(states[one.name], one.url) for one in given}
    rests: dict[str, datetime] = {}
    urls = {one.name: one.url for one in configured} if waiting else {}
    for state in waiting:
        if state.wait_until and urls.get(state.name) == state.url:  # else it has another address by now
            host = _host_of(state)
            rests[host] = max(rests.get(host, state.wait_until), state.wait_until)
    return given, here, rests


def _by_host(given: Iterable[Source], states: dict[str, SourceState]) -> dict[str, list[Source]]:
    hosts: dict[str, list[Source]] = {}
    for source in given:
        hosts.setdefault(_host_of(states[source.name]), []).append(source)
    return hosts


def _host_of(state: SourceState) -> str:
    try:
        return (urlsplit(address_of(state)).hostname or "").lower()
    except ValueError:  # the fetch will say so
        return address_of(state)


@dataclass(slots=True, kw_only=True)
class _Host:
    """The visits to one host, and whether it wants to rest."""

    store: Store
    desk: Desk
    round_: Round
    rests: datetime | None  # until then
    begun: timedelta = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.round_.passed()

    @property
    def is_tedious(self) -> bool:
        """Whether it has had its share of a round: one that does not answer must not hold up the next round."""
        return self.round_.call is Call.DUE and self.round_.passed() - self.begun > LONGEST_AT_A_HOST

    def visit(self, source: Source, state: SourceState) -> Collected | None:
        """None where its time has not come."""
        round_ = self.round_
        begun = round_.passed()
        now = round_.now + begun
        reason = why_not(state, round_.call, now=now, host_rests=self.rests)
        if reason:
            resting = Collected(source=source.name, column=source.context.column, resting=reason)
            return None if round_.call is Call.DUE else resting
        if round_.call is Call.DUE and source.path and is_being_written(source.path, now=now):
            return None  # who types a command knows that the files are ready
        report = collect_source(
            self.store,
            source,
            self.desk,
            now=now,
            passed=lambda: round_.passed() - begun,
            jitter=round_.jitter(),
            letter=round_.letter,
            anew=round_.call is Call.NAMED,
        )
        self.rests = max(filter(None, (self.rests, report.rests)), default=None)
        return report
