"""Our hub: one feed changed, and all its subscribers are told, with a signature each.

The callbacks are a server in a process of its own on this machine. The yardstick posts the
same bytes to the same addresses from as many threads, a connection each: no check of the
address, no time limit in all, no signature, no database. What was told before is one version back, so what is sent
is a delta; the whole document is sent, too, for who was told nothing yet.
"""

from __future__ import annotations

import argparse
import http.client
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx2

from parts.rounds import run_apart
from parts.site import NOW
from parts.subscribed import HOST, SITE_URL, Feed, put_subscribers
from parts.table import medians, number, peak_megabytes, print_table, seconds_of, times
from publisher.fetch.asking import Limits
from publisher.push.announce import Audience, announce
from publisher.push.caller import Caller
from publisher.push.crew import Crew
from publisher.push.distribution import Distribution
from publisher.push.documents import Documents
from publisher.push.worker import TIMEOUT, Sizes
from publisher.store.database import Store, open_store

MANY = 5000  # from here on a round takes long, and one is made
THREADS = Sizes().telling
WAYS = {
    "first": "the whole feed, to who was told nothing yet",
    "delta": "what is new to who was told before",
    "plain": "yardstick: bare httpx2 posts the delta",
    "barest": "the same with http.client",
}
AUDIENCE = Audience(site_url=SITE_URL, own_hub=f"{SITE_URL}/hub")


def tell_all(store: Store, folder: Path) -> int:
    """One pass of the crew that tells subscribers."""
    limits = Limits(max_bytes=2**20, timeout=TIMEOUT, site_url=SITE_URL, private_hosts=frozenset({HOST}))
    with Caller(limits) as caller:
        work = Distribution(
            store=store,
            audience=AUDIENCE,
            documents=Documents(store, lambda name: (folder / name).read_bytes()),
            caller=caller,
            clock=lambda: NOW + timedelta(hours=1),
            jitter=lambda: 1.0,
        )
        return Crew(work=work, threads=THREADS, per_host=THREADS).run(lambda: False)


def by_httpx2(port: int, body: bytes, count: int) -> None:
    """The yardstick."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
    with httpx2.Client(trust_env=False, limits=limits) as client, ThreadPoolExecutor(THREADS) as pool:
        list(
            pool.map(
                lambda at: client.post(f"http://{HOST}:{port}/{at}", content=body).raise_for_status(), range(count)
            )
        )


def by_http_client(port: int, body: bytes, count: int) -> None:
    """The least that Python can do."""

    def post(at: int) -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=10)
        connection.request("POST", f"/{at}", body, {"Content-Type": "application/atom+xml"})
        if connection.getresponse().status != 204:
            raise SystemExit("the callbacks' server refuses")
        connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(post, range(count)))


def measure(subscribers: int) -> dict[str, float]:
    """One round, in this process."""
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "parts" / "callbacks.py")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with tempfile.TemporaryDirectory(prefix="hub-") as name:
            folder = Path(name)
            store = open_store("sqlite:///publisher.db", root=folder)
            try:
                return _measure(store, folder, port, subscribers)
            finally:
                store.close()
    finally:
        server.terminate()
        server.communicate()


def _measure(store: Store, folder: Path, port: int, subscribers: int) -> dict[str, float]:
    feed = Feed(store, folder)
    put_subscribers(store, port, subscribers)
    taken: dict[str, float] = {}
    for posts, way in ((50, "first"), (51, "delta")):
        feed.publish(posts)
        announce(store, AUDIENCE, now=NOW)
        told: list[int] = []
        taken[way] = seconds_of(lambda told=told: told.append(tell_all(store, folder)))
        if told != [subscribers]:
            raise SystemExit(f"not what was to be measured: {told} told of {subscribers}")
    taken["memory"] = peak_megabytes()
    taken["whole_bytes"], delta = len(feed.body), feed.delta()
    taken["delta_bytes"] = len(delta)
    taken["plain"] = seconds_of(lambda: by_httpx2(port, delta, subscribers))
    taken["barest"] = seconds_of(lambda: by_http_client(port, delta, subscribers))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=3, help="one alone is made from 5,000 subscribers on")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    sizes = {size: given.rounds if size < MANY else 1 for size in given.subscribers}
    for subscribers, taken in run_apart(__file__, given.alone, measure, sizes).items():
        one = medians(taken)
        rows = [
            (words, number(one[way]), number(subscribers / one[way]), times(one[way] / one["plain"]))
            for way, words in WAYS.items()
        ]
        title = (
            f"{subscribers:,} subscribers of one feed ({one['whole_bytes'] / 1000:.0f} KB, delta "
            f"{one['delta_bytes'] / 1000:.1f} KB), {THREADS} threads; peak {one['memory']:.0f} MB of memory; "
            f"rounds: {len(taken)}"
        )
        print_table(title, ("what", "seconds", "a second", "against the yardstick"), rows)


if __name__ == "__main__":
    main()
