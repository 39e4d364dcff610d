"""What it costs the sender that people watch: letters counted as they are answered, and told every two seconds.

One issue goes, unsigned, so that the rest of the sender is as quick as can be, to readers in so many domains, into a
sink that only reads; meanwhile somebody reads how it goes, four times a second, as two open pages do. In turn:

told                 as it is; its part is what passes within the counting and the telling, by the thread's own clock
not told             nothing is counted and nothing is told

The part is exact, and the promise is about it. The two rates are a check on it: from one round to the next they
change by more than what is asked for, so they need many rounds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from parts.contenders import Task, ours
from parts.site import NEWSLETTER, NOW, make_site, put_readers, write_posts
from parts.table import medians, number, print_table, times
from publisher.house import making, steps
from publisher.house.opened import open_house, utc_now
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.send import books
from publisher.send.headway import Headway
from publisher.send.turns import Done
from publisher.store import ledger, progress
from publisher.store.database import Store
from sink import running_sink

MOST = 0.02
TOLD, NOT_TOLD = "told", "not told"
LOOK_SECONDS = 0.25
ISSUE = 1


class _Timed(Headway):
    """Knows how long it took."""

    seconds = 0.0

    def saw(self, done: Iterable[Done]) -> None:
        with _timing():
            super().saw(done)

    def tell(self, conn: Connection, *, now: datetime, surely: bool = False) -> None:
        with _timing():
            super().tell(conn, now=now, surely=surely)

    def was_told(self) -> None:
        with _timing():
            super().was_told()


@contextmanager
def _timing() -> Iterator[None]:
    begun = time.thread_time()
    yield
    _Timed.seconds += time.thread_time() - begun


class _Silent(Headway):
    """Counts nothing, and has nothing to tell."""

    def saw(self, done: Iterable[Done]) -> None:
        del done

    def tell(self, conn: Connection, *, now: datetime, surely: bool = False) -> None:
        del conn, now, surely


def contend(name: str, task: Task) -> dict[str, float]:
    """One round in this process."""
    books.Headway = {TOLD: _Timed, NOT_TOLD: _Silent}[name]  # it has no switch: nobody wants one
    with open_house(task.folder / "config.toml") as house:
        way = ours(house, signed=False)
        begun, cpu = time.perf_counter(), time.process_time()
        sent = way(task)
        seconds, own = time.perf_counter() - begun, time.process_time() - cpu
    if sent != task.letters:
        raise SystemExit(f"{name}: {sent} of {task.letters} letters were sent")
    part = _Timed.seconds / own
    return {"rate": sent / seconds, "cpu": own / sent, "part": part, "own": _Timed.seconds / sent}


def prepare(folder: Path, *, readers: int, domains: int, connections: int) -> None:
    """A site with one post, and an issue for all readers that is due."""
    path = make_site(folder, connections=connections)
    write_posts(folder / "harbour-notes", 1)
    with open_house(path) as house:
        steps.collect(house, now=NOW)
        with house.store.write() as conn:
            put_readers(conn, readers, domains=domains)
        slot = Slot(key="2026-11-22", at=utc_now())
        making.assemble_issue(house, NEWSLETTER, Cadence.DAILY, slot, now=slot.at)


def round_of(name: str, given: argparse.Namespace) -> dict[str, float]:
    """In a process of its own, watched by this one."""
    with tempfile.TemporaryDirectory(prefix="progress-") as folder, running_sink(chunking=True) as sink:
        prepare(Path(folder), readers=given.readers, domains=given.domains, connections=given.connections)
        command = [sys.executable, __file__, "--contender", name, folder, str(sink.port), str(given.readers)]
        with open_house(Path(folder) / "config.toml") as house, watching(house.store):
            command.append(str(given.connections))
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, float] = json.loads(told)
    return found


@contextmanager
def watching(store: Store) -> Iterator[None]:
    """Somebody looks how the issue goes."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            with store.read() as conn:
                ledger.counts(conn, ISSUE)
                progress.of_issue(conn, ISSUE)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=40_000)
    parser.add_argument("--domains", type=int, default=3_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--contender", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender:
        name, folder, port, letters, connections = given.contender
        task = Task(folder=Path(folder), port=int(port), letters=int(letters), connections=int(connections))
        print(json.dumps(contend(name, task)))
        return
    show(given, lambda name: round_of(name, given))


def show(given: argparse.Namespace, measure: Callable[[str], dict[str, float]]) -> None:
    taken: dict[str, list[dict[str, float]]] = {TOLD: [], NOT_TOLD: []}
    for _ in range(given.rounds):
        for name, rounds in taken.items():
            rounds.append(measure(name))
    found = {name: medians(rounds) for name, rounds in taken.items()}
    many = f"{given.readers:,} letters to {given.domains:,} domains"
    print_table(
        f"{many}, {given.connections} connections, rounds: {given.rounds}",
        ("way", "letters/s", "against not told", "CPU a letter, us", "of it telling, us"),
        [
            (
                name,
                number(one["rate"]),
                times(one["rate"] / found[NOT_TOLD]["rate"]),
                number(one["cpu"] * 1e6),
                number(one["own"] * 1e6),
            )
            for name, one in found.items()
        ],
    )
    part = found[TOLD]["part"]
    holds = "yes" if part < MOST else "no"
    rows = [("telling, of the sender's work", f"under {MOST:.0%}", f"{part:.2%}", holds)]
    print_table("Promised", ("what", "asked", "found", "holds"), rows)


if __name__ == "__main__":
    main()
