"""A day of rounds over the simulated web, by the code that `serve` runs, and the laws that it must keep.

Only time is not real: the clock of each round is handed in, and who waits for a host sleeps
in that clock. The second between two requests at a host is therefore a simulated second;
that there are never two requests at a host at once is seen by the server, in truth.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from publisher.collect.collector import Collected, Desk, Source
from publisher.collect.fence import Fence
from publisher.collect.identify import Context
from publisher.collect.rounds import Round, collect_all
from publisher.collect.visit import SLACK, Call
from publisher.fetch.hosts import APART, Hosts
from publisher.fetch.web import Limits
from publisher.store import columns, schema, sources
from publisher.store.database import Store, open_store

from .simulated_web import DAY, HOUR, MAX_AGE, MIDNIGHT, SKIPPED, TTL_MINUTES, Clock, Request, Site, Web, serve

EVERY = 300.0  # seconds between rounds, as config.toml has it where it says nothing
WELL = frozenset({"etag", "last-modified", "both", "none", "max-age", "ttl", "sy", "skip-hours", "moved"})
PATIENCE = timedelta(seconds=20)  # of a fetch, in truth: the machine may be busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a round decided about one source."""

    at: float  # of the round
    ended: float
    next_visit: float | None  # None: never again
    failed: bool
    new: int


@dataclass(slots=True, kw_only=True)
class Day:
    """A day as it was, from both sides."""

    web: Web
    visits: dict[str, list[Visit]] = field(default_factory=lambda: defaultdict(list))
    rounds: list[tuple[float, float]] = field(default_factory=list)  # begin and end
    found: dict[str, float] = field(default_factory=dict)  # post to moment

    def requests_of(self, site: Site) -> list[Request]:
        """Those at its own address; what a redirect leads to belongs to them."""
        return [one for one in self._by_site()[site.name] if one.host == site.home or site.habit != "moved"]

    def _by_site(self) -> Mapping[str, list[Request]]:
        if not self._sorted:
            for one in sorted(self.web.requests, key=lambda one: one.at):
                self._sorted[one.site].append(one)
        return self._sorted

    _sorted: dict[str, list[Request]] = field(init=False, default_factory=lambda: defaultdict(list))


def live_through(sites: list[Site], folder: Path, *, hours: float = 24, tell: Callable[[str], None] = len) -> Day:
    """Visit the sites every five minutes of a simulated day."""
    clock = Clock()
    web = Web(clock=clock, sites={site.name: site for site in sites})
    day = Day(web=web)
    store = open_store("sqlite:///day.db", root=folder)
    with store.write() as conn:
        columns.put_if_new(conn, "wire", feed_id="tag:post.example,2026:feed/wire", now=MIDNIGHT)
    hosts = Hosts(apart=APART, clock=clock.now, sleep=clock.sleep)
    names = frozenset(host for site in sites for host in (site.host, site.home))
    with serve(web), Fence() as fence:
        limits = Limits(
            max_bytes=2**20,
            timeout=PATIENCE,
            site_url="https://post.example",
            private_hosts=names,
            hosts=hosts,
            resolve=web.resolve,
        )
        desk = Desk(zone=ZoneInfo("UTC"), media=folder / "media", limits=limits, parse=fence.parse)
        given = [_source_of(site, web) for site in sites]
        chance = random.Random(3)
        tick = 0.0
        while tick < hours * HOUR:
            _go_round(day, store, given, desk, tick, chance)
            if tick % HOUR < EVERY:
                tell(f"{int(tick // HOUR):02}:00  {len(web.requests):,} requests")
            tick = max(tick + EVERY, clock.latest)
    day.found = _found(store)
    store.close()
    return day


def _go_round(day: Day, store: Store, given: list[Source], desk: Desk, tick: float, chance: random.Random) -> None:
    clock = day.web.clock
    clock.begin(tick)
    done: dict[str, tuple[Collected, float]] = {}

    def tell(one: Collected) -> None:
        done[one.source] = one, clock.now()

    round_ = Round(
        now=MIDNIGHT + timedelta(seconds=tick),
        passed=lambda: timedelta(seconds=clock.now() - tick),
        call=Call.DUE,
        jitter=chance.random,
        tell=tell,
    )
    collect_all(store, given, desk, round_)
    day.rounds.append((tick, clock.latest))
    with store.read() as conn:
        states = {state.name: state for state in sources.get_all(conn)} if done else {}
    for name, (report, ended) in done.items():
        next_visit = states[name].next_visit
        after = None if next_visit is None else _seconds(next_visit)
        day.visits[name].append(
            Visit(at=tick, ended=ended, next_visit=after, failed=report.failed, new=report.new)
        )  # fmt: skip


def _source_of(site: Site, web: Web) -> Source:
    context = Context(
        source=site.name,
        column="wire",
        tagging_entity="post.example,2026",
        base_url="https://post.example/wire/",
        backlog="all",
    )
    return Source(kind="feed", url=web.url(site), context=context)


def _found(store: Store) -> dict[str, float]:
    with store.read() as conn:
        rows = conn.execute(select(schema.posts.c.guid, schema.posts.c.first_seen)).all()
    return {row.guid: _seconds(row.first_seen) for row in rows}


def _seconds(moment: datetime) -> float:
    return (moment - MIDNIGHT).total_seconds()


def faults_of(day: Day) -> list[str]:
    """Every law that was broken, each time, in words; none is what we want."""
    return [
        *(f"{host}: two requests at once" for host in day.web.crowded),
        *_too_close(day),
        *_rest_broken(day),
        *(fault for site in day.web.sites.values() for law in _LAWS for fault in law(day, site)),
        *_found_wrongly(day),
    ]


def _too_close(day: Day) -> Iterator[str]:
    """A second lies between the end of a request at a host and the beginning of the next."""
    for host, spans in day.web.spans.items():
        for before, after in pairwise(sorted(spans)):
            if after[0] - before[1] < APART.total_seconds() - 1e-6:
                yield f"{host}: asked {after[0] - before[1]:.2f} s after the last answer, at {_told(after[0])}"


def _rest_broken(day: Day) -> Iterator[str]:
    """A host that asked for rest is left alone, with all its sources."""
    until: dict[str, float] = {}
    for one in sorted(day.web.requests, key=lambda one: one.at):
        if one.at < until.get(one.host, 0.0):
            yield f"{one.host}: asked at {_told(one.at)}, though it wanted rest until {_told(until[one.host])}"
        if one.rest:
            until[one.host] = one.at + one.rest


def _visited_too_soon(day: Day, site: Site) -> Iterator[str]:
    for before, after in pairwise(day.visits[site.name]):
        if before.next_visit is None:
            yield f"{site.name}: visited at {_told(after.at)} after it was gone for good"
        elif after.ended < before.next_visit - SLACK.total_seconds():
            yield f"{site.name}: visited at {_told(after.at)}, not due before {_told(before.next_visit)}"


def _asked_twice_in_a_round(day: Day, site: Site) -> Iterator[str]:
    begins = [begin for begin, _ in day.rounds]
    counted = Counter((bisect_right(begins, one.at), one.host) for one in day._by_site()[site.name])
    yield from (f"{site.name}: asked {number} times in round {at}" for (at, _), number in counted.items() if number > 1)


def _made_up_validators(day: Day, site: Site) -> Iterator[str]:
    """What is sent back is to the letter what came with the last document or 304."""
    told: tuple[str | None, str | None] = (None, None)
    for one in day.requests_of(site):
        if one.status and one.validators not in (told, (None, None)):
            yield f"{site.name}: sent {one.validators} at {_told(one.at)}, was told {told}"
        if one.validators == (None, None) != told and one.status in (200, 304):
            yield f"{site.name}: sent no validators at {_told(one.at)}, was told {told}"
        if one.status in (200, 304):
            told = one.sent


def _asked_for_longer(day: Day, site: Site) -> Iterator[str]:
    """Cache lifetimes, `ttl`, `sy` and `skipHours` are kept."""
    least = {"max-age": MAX_AGE, "ttl": TTL_MINUTES * 60, "sy": DAY / 6}.get(site.habit, EVERY)
    asked = day.requests_of(site)
    for before, after in pairwise(asked):
        if before.status in (200, 304) and after.at - before.at < least - SLACK.total_seconds() - APART.total_seconds():
            yield f"{site.name} ({site.habit}): asked after {after.at - before.at:.0f} s, at {_told(after.at)}"
    if site.habit == "skip-hours":
        for one in asked[1:]:
            if one.at % DAY // HOUR in SKIPPED:
                yield f"{site.name}: asked at {_told(one.at)}, an hour that it skips"


def _visited_too_late(day: Day, site: Site) -> Iterator[str]:
    """A visit comes with the round after its time, but where the host rests or the hour is skipped."""
    longest = max(end - begin for begin, end in day.rounds)
    visits = day.visits[site.name]
    end = day.rounds[-1][0]
    if site.habit.startswith("rest"):
        return
    for before, after in zip(visits, [*visits[1:], None], strict=True):
        at = after.at if after else end
        allowed = EVERY + longest + (len(SKIPPED) * HOUR if site.habit == "skip-hours" else 0)
        if before.next_visit is not None and at > before.next_visit + allowed:
            yield f"{site.name}: due at {_told(before.next_visit)}, visited at {_told(at) if after else 'no time'}"


_LAWS = (
    _visited_too_soon,
    _asked_twice_in_a_round,
    _made_up_validators,
    _asked_for_longer,
    _visited_too_late,
)


def _found_wrongly(day: Day) -> Iterator[str]:
    """Each post is found once, by the first visit that could see it."""
    longest = max(end - begin for begin, end in day.rounds)
    expected = 0
    for site in day.web.sites.values():
        seen = [one.at for one in day.requests_of(site) if one.status == 200]
        wanted = site.guids(seen[-1]) if seen and site.habit != "slow" else []
        expected += len(wanted)
        if sum(visit.new for visit in day.visits[site.name]) != len(wanted):
            yield f"{site.name}: {len(wanted)} posts to be found, {sum(v.new for v in day.visits[site.name])} reported"
        for number, guid in enumerate(wanted):
            first = next(at for at in seen if at >= site.posts[number])
            found = day.found.get(guid)
            if found is None or not first - longest <= found <= first + longest:
                yield f"{guid}: could be seen at {_told(first)}, found {'never' if found is None else _told(found)}"
    if len(day.found) != expected:
        yield f"{len(day.found):,} posts are stored, {expected:,} were to be seen"


def _told(seconds: float) -> str:
    return f"{int(seconds // HOUR):02}:{int(seconds % HOUR // 60):02}:{seconds % 60:04.1f}"


def delays_of(day: Day) -> list[float]:
    """How long each post of a well site, published after its first visit, waited to be found; in seconds."""
    return sorted(
        max(day.found[f"{site.name}-{number}"] - moment, 0.0)
        for site in day.web.sites.values()
        if site.habit in WELL
        for number, moment in enumerate(site.posts)
        if moment > EVERY and f"{site.name}-{number}" in day.found
    )
