"""Ten thousand sources, up to a million stored posts: what a round of collecting costs.

In each measured round a hundredth of the sources are due and a tenth of those have changed (a new post, and one
with another text); of the rest, half answer 304 and half send the same document again. The
others are not due. The database is filled by SQL; the feeds that are due are read once
before anything is measured. Then a round in which nothing is due, as `serve` makes it, and reading
a config.toml of so many sources.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from parts.rounds import run_apart
from parts.site import NOW, make_site
from parts.table import milliseconds, number, peak_megabytes, print_table, times
from publisher.collect.collector import Collected, Desk, Source
from publisher.collect.fence import Fence
from publisher.collect.identify import Context
from publisher.collect.rounds import Round, collect_all
from publisher.collect.visit import Call
from publisher.config.load import read_config
from publisher.fetch.hosts import Hosts
from publisher.fetch.web import Limits
from publisher.house import steps
from publisher.house.opened import open_house
from publisher.model.source import SourceState
from publisher.store import sources as states
from publisher.store.database import Store

A_FEED = 20  # posts
ROUNDS = 5
COLUMN = "harbour-notes"
DAY = timedelta(days=1)
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
INSERT INTO posts (seq, id, "column", source, guid, slug, title, summary, body, url, image, tags, language,
                   published, updated, first_seen, revision, content_hash, mailable, change)
SELECT i, 'tag:courier.example,2026:old/' || i, '{column}', printf('s%05d', i % {sources}), 'old-' || i, 'old-' || i,
       'Post ' || i || ' of the harbour', 'What it is about.', '<p>' || {text} || '</p>', '', '{{}}', '[]', '',
       {now} - i * 1000000, {now} - i * 1000000, {now} - i * 1000000, 1, i, 1, i FROM n
"""
TEXT = "'" + "The harbour board met on a wet Tuesday and heard nothing new. " * 12 + "'"


class Feeds:
    """The feeds that are due, on a port of loopback; in each round other ones have changed."""

    def __init__(self, sources: int) -> None:
        self.due = sources // 100
        self.changed = self.due // 10
        self.round = 0
        self.port = 0

    def version(self, place: int) -> int:
        """How often this feed has changed by now."""
        return sum(place % 10 == turn % 10 for turn in range(1, self.round + 1))

    def document(self, place: int) -> bytes:
        version = self.version(place)
        items = "".join(
            f"<item><guid isPermaLink='false'>{place}-{post}</guid><title>Post {post}</title><description>Text "
            f"{version if post == version + 1 else ''} of the harbour.</description></item>"
            for post in range(A_FEED + version, version, -1)
        )
        return f"<rss version='2.0'><channel><title>Feed {place}</title>{items}</channel></rss>".encode()

    @contextmanager
    def served(self) -> Iterator[None]:
        feeds = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place = int(self.path[2:7])
                tag = f'"{feeds.version(place)}"'
                known = place % 2 == 0 and self.headers["If-None-Match"] == tag
                content = b"" if known else feeds.document(place)
                self.send_response(304 if known else 200)
                self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.port = server.server_port
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()


def measure(posts: int, sources: int) -> dict[str, float]:
    """One site with so many stored posts, in this process."""
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        folder, feeds = Path(name), Feeds(sources)
        config = _write_config(folder, sources)
        taken = {"config": _timed(lambda: read_config(config))[1]}
        with open_house(config) as house, feeds.served(), Fence() as fence:
            given = [_source_of(number, feeds) for number in range(sources)]
            with house.store.write() as conn:
                _fill(conn, posts, given, feeds.due)
            desk = _desk(folder, fence, feeds.due)
            first = collect_all(house.store, given, desk, Round(now=NOW, call=Call.DUE))
            _expect(first, (feeds.due, feeds.due * A_FEED, 0))
            memory = peak_megabytes()
            rounds = [_one_round(house.store, given, desk, feeds, turn) for turn in range(1, ROUNDS + 1)]
            taken["memory"], taken["grown"] = peak_megabytes(), peak_megabytes() - memory
            taken["round"] = statistics.median(wall for wall, _ in rounds)
            taken["cpu"] = statistics.median(cpu for _, cpu in rounds)
            taken["idle"] = statistics.median(
                _timed(lambda: steps.collect(house, now=NOW, call=Call.DUE))[1] for _ in range(ROUNDS)
            )
    return taken


def _one_round(store: Store, given: list[Source], desk: Desk, feeds: Feeds, turn: int) -> tuple[float, float]:
    feeds.round = turn
    found = []
    moment = Round(now=NOW + turn * DAY, call=Call.DUE)
    taken = _timed(lambda: found.extend(collect_all(store, given, desk, moment)))
    _expect(found, (feeds.due, feeds.changed, feeds.changed))
    return taken


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _expect(found: list[Collected], wanted: tuple[int, int, int]) -> None:
    seen = (len(found), sum(one.new for one in found), sum(one.revised for one in found))
    if seen != wanted:
        raise SystemExit(f"not what was to be measured: {seen} visited, new, revised; {found[0]}")


def _write_config(folder: Path, sources: int) -> Path:
    path = make_site(folder)
    tables = (
        f'\n[sources.s{number:05}]\ncolumn = "{COLUMN}"\nkind = "feed"\nurl = "http://h{number:05}.example/{number}"\n'
        for number in range(sources)
    )
    path.write_text(path.read_text(encoding="utf-8") + "".join(tables), encoding="utf-8")
    return path


def _source_of(number: int, feeds: Feeds) -> Source:
    """As in config.toml; those that are due have their feed at the port of this program."""
    context = Context(
        source=f"s{number:05}",
        column=COLUMN,
        tagging_entity="courier.example,2026",
        base_url=f"https://courier.example/{COLUMN}/",
        backlog="all",
    )
    here = f"http://h{number:05}.example:{feeds.port}/s{number:05}"
    url = here if number < feeds.due else f"http://h{number:05}.example/{number}"
    return Source(kind="feed", url=url, context=context)


def _fill(conn: Connection, posts: int, given: list[Source], due: int) -> None:
    now = int(NOW.timestamp() * 1_000_000)
    sql = FILL.format(count=posts, column=COLUMN, sources=len(given), text=TEXT, now=now)
    conn.exec_driver_sql(sql)
    conn.exec_driver_sql(f"UPDATE counters SET value = {posts} WHERE name IN ('posts', 'changes')")
    states.put(conn, SourceState(name=COLUMN, url="", stopped=True))  # the folder that comes with the site
    for source in given[due:]:
        known = SourceState(
            name=source.name, url=source.url, first_fetched=NOW, last_success=NOW, next_visit=NOW + 99 * DAY
        )
        states.put(conn, known)


def _desk(folder: Path, fence: Fence, due: int) -> Desk:
    limits = Limits(
        max_bytes=10 * 2**20,
        timeout=timedelta(seconds=10),
        site_url="https://courier.example",
        private_hosts=frozenset(f"h{number:05}.example" for number in range(due)),
        hosts=Hosts(),
        resolve=lambda _host, _port: ["127.0.0.1"],
    )
    return Desk(zone=ZoneInfo("UTC"), media=folder / "media", limits=limits, parse=fence.parse)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--sources", type=int, default=10_000, help="1,000 or more")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    more = ("--sources", str(given.sources))
    found = run_apart(
        __file__, given.alone, partial(measure, sources=given.sources), dict.fromkeys(given.posts, 1), more
    )
    sizes = {posts: taken[0] for posts, taken in found.items()}
    least = sizes[min(sizes)]
    rows = [
        (
            f"{posts:,}",
            number(one["round"]),
            times(one["round"] / least["round"]),
            number(one["cpu"]),
            times(one["cpu"] / least["cpu"]),
            milliseconds(one["idle"]),
            number(one["memory"]),
            number(one["grown"]),
        )
        for posts, one in sizes.items()
    ]
    heads = (
        "posts stored",
        "round, s",
        "ratio",
        "CPU, s",
        "ratio",
        "nothing due, CPU ms",
        "peak MB",
        "of it in rounds",
    )
    print_table(f"{given.sources:,} sources, 1 in 100 due, 1 in 1,000 changed; median of {ROUNDS} rounds", heads, rows)
    print(f"\nReading config.toml with {given.sources:,} sources: {number(least['config'])} s of CPU")


if __name__ == "__main__":
    main()
