"""A simulated day of many sources: what their servers see, and whether each rule of a good guest is kept.

The web is on loopback and real, the rounds are those of `serve`; only the clock is simulated
(`parts/simulated_day.py`). A broken rule ends the program with exit code 1.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from time import perf_counter

from parts.chart import Panel, write_chart
from parts.simulated_day import Day, delays_of, faults_of, live_through
from parts.simulated_web import HOUR, make_sites
from parts.table import number, print_table

KINDS = {"200: a document": {200}, "304: as before": {304}, "refused, moved or no answer": {0, 301, 410, 429, 500, 503}}
DISTANCES = (5, 10, 20, 40, 60, 120, 240, 480, 720, 1440)  # minutes


def hourly(day: Day) -> list[tuple[str, list[int]]]:
    """Requests of each hour, by kind of answer."""
    hours = int(max((one.at for one in day.web.requests), default=0) // HOUR) + 1
    counted = {name: [0] * hours for name in KINDS}
    for one in day.web.requests:
        name = next(name for name, statuses in KINDS.items() if one.status in statuses)
        counted[name][int(one.at // HOUR)] += 1
    return list(counted.items())


def distances(day: Day) -> list[int]:
    """How many visits came how long after the one before, by DISTANCES."""
    gaps = [
        (after.ended - before.ended) / 60 for visits in day.visits.values() for before, after in pairwise(visits)
    ]  # fmt: skip
    edges = [*DISTANCES, float("inf")]
    # A visit is due somewhat sooner than its pace says, and comes some minutes later.
    return [sum(low <= gap + 0.5 < high for gap in gaps) for low, high in pairwise(edges)]


def print_figures(day: Day, seconds: float) -> None:
    statuses = Counter(one.status for one in day.web.requests)
    seen = ", ".join(f"{count:,} x {status or 'no answer'}" for status, count in sorted(statuses.items()))
    ends = [end - begin for begin, end in day.rounds]
    gaps = [
        after[0] - before[1] for spans in day.web.spans.values() for before, after in pairwise(sorted(spans))
    ]  # fmt: skip
    delays = delays_of(day) or [0.0]
    rows = [
        ("sources, hosts", f"{len(day.web.sites):,}, {len(day.web.spans):,}"),
        ("rounds, the longest", f"{len(day.rounds):,}, {max(ends):.0f} s"),
        ("requests", f"{len(day.web.requests):,}"),
        ("requests a source and day", number(len(day.web.requests) / len(day.web.sites))),
        ("of them 304", f"{100 * statuses[304] / max(len(day.web.requests), 1):.0f} %"),
        ("smallest distance at a host", f"{min(gaps, default=0):.2f} s"),
        ("two at once at a host", str(len(day.web.crowded))),
        ("posts found, each once", f"{len(day.found):,}"),
        ("a post waited: median", f"{delays[len(delays) // 2] / 60:.0f} min"),
        ("a post waited: 95 in 100 at most", f"{delays[int(len(delays) * 0.95)] / 60:.0f} min"),
        ("rules broken", str(len(faults_of(day)))),
        ("real time", f"{seconds:.0f} s"),
    ]
    print_table("A simulated day", ("what", "figure"), rows)
    print(f"\nAnswers: {seen}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--svg", type=Path, help="where to draw the day")
    given = parser.parse_args()
    begun = perf_counter()
    with tempfile.TemporaryDirectory(prefix="day-") as folder:
        day = live_through(make_sites(given.sources, given.hosts), Path(folder), hours=given.hours)
    print_figures(day, perf_counter() - begun)
    if given.svg:
        draw(day, given.svg)
    faults = faults_of(day)
    raise SystemExit(os.linesep.join(faults) or 0)


def draw(day: Day, path: Path) -> None:
    kinds = hourly(day)
    marks = [f"{low}" if low < 60 else f"{low // 60} h" for low in DISTANCES]
    panels = [
        Panel(
            title=f"Requests in each hour of a day, {len(day.web.sites):,} sources",
            across="hour of the day; the first visit to all of them is at midnight",
            up="requests",
            labels=[f"{hour}" for hour in range(len(kinds[0][1]))],
            kinds=kinds,
        ),
        Panel(
            title="Time between two visits to a source",
            across="minutes or hours, from here to the next mark",
            up="visits",
            labels=marks,
            kinds=[("visits", distances(day))],
        ),
    ]
    write_chart(path, "A simulated day of collecting", panels)


if __name__ == "__main__":
    main()
