"""A program for a test: one round over each path of a hostile server, and what it cost.

    python -m tests.hostile_rounds PORT FOLDER PATH …

Each round visits the hostile source and a well one on another host. It prints one JSON
object: for each path the seconds, the most memory in MiB that this process or any child of
it took, what became of both sources, and what is known of the hostile one afterwards.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from publisher.collect.collector import Collected, Desk, Source
from publisher.collect.fence import Fence
from publisher.collect.identify import Context
from publisher.collect.rounds import Round, collect_all
from publisher.fetch.web import Limits
from publisher.store import columns, sources
from publisher.store.database import Store, open_store
from tests.conftest import NOW

PROC = Path("/proc")


class Web:
    """Names for what is on loopback; `changing.example` is elsewhere when it is asked for again."""

    def __init__(self) -> None:
        self.asked = 0

    def resolve(self, host: str, _port: int) -> list[str]:
        if host == "changing.example":
            self.asked += 1
            return ["127.0.0.1"] if self.asked == 1 else ["10.0.0.1"]
        return ["127.0.0.1"] if host.endswith(".example") else [host]


def main(port: int, folder: Path, paths: list[str]) -> None:
    store = open_store("sqlite:///publisher.db", root=folder)
    with store.write() as conn:
        columns.put_if_new(conn, "notes", feed_id="tag:post.example,2026:feed/notes", now=NOW)
    told = {}
    with Fence() as fence:
        limits = Limits(
            max_bytes=10 * 2**20,
            timeout=timedelta(seconds=3),
            site_url="https://post.example",
            private_hosts=frozenset({"well.example", "changing.example", *(f"{path}.example" for path in paths)}),
            resolve=Web().resolve,
        )
        desk = Desk(zone=ZoneInfo("UTC"), media=folder / "media", limits=limits, parse=fence.parse)
        for path in paths:
            told[path] = _one_round(store, desk, path, port)
    sys.stdout.write(json.dumps(told, default=str))


def _one_round(store: Store, desk: Desk, path: str, port: int) -> dict[str, object]:
    given = [
        _source(path, f"http://{path}.example:{port}/{path}"),
        _source(f"{path}-well", f"http://well.example:{port}/well"),
    ]
    ended: dict[str, float] = {}
    start = perf_counter()

    def tell(one: Collected) -> None:
        ended[one.source] = perf_counter() - start

    with _most_memory() as most:
        hostile, well = collect_all(store, given, desk, Round(now=NOW, tell=tell))
    with store.read() as conn:
        state = sources.get_state(conn, path)
    return {
        "seconds": max(ended.values()),
        "mebibytes": max(most),
        "report": asdict(hostile),
        "well": [well.new, well.failed],
        "state": asdict(state),
    }


def _source(name: str, url: str) -> Source:
    context = Context(
        source=name,
        column="notes",
        tagging_entity="post.example,2026",
        base_url="https://post.example/notes/",
        backlog="all",
    )
    return Source(kind="feed", url=url, context=context)


@contextmanager
def _most_memory() -> Iterator[list[float]]:
    """Looks at all processes of this one's family every few milliseconds."""
    found = [0.0]
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.005):
            found.extend(_resident(process) for process in _family("self"))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def _family(process: str) -> Iterator[str]:
    yield process
    for task in (PROC / process / "task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except OSError:  # it has just ended
            continue
        for child in children:
            yield from _family(child)


def _resident(process: str) -> float:
    try:
        pages = (PROC / process / "statm").read_text().split()[1]
    except OSError:
        return 0.0
    return int(pages) * 4096 / 2**20


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
