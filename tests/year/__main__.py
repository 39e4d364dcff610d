"""Whole years: `python -m tests.year --seeds 1 2 3`. The common tests live through a spring."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.year.year import Size, live_through


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.year", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--readers", type=int, default=Size().readers)
    parser.add_argument("--days", type=int, default=Size().days)
    parser.add_argument("--posts-a-day", type=float, default=Size().posts_a_day)
    given = parser.parse_args()
    size = Size(readers=given.readers, days=given.days, posts_a_day=given.posts_a_day)
    broken = 0
    for seed in given.seeds:
        with tempfile.TemporaryDirectory(prefix="year-") as folder:
            begun, cpu = time.perf_counter(), time.process_time()
            year = live_through(Path(folder), seed, size)
        taken, cpu = time.perf_counter() - begun, time.process_time() - cpu
        say(f"seed {seed}: {taken:.1f} s ({cpu:.1f} s CPU), {year.people} readers, {len(year.faults)} faults")
        for what, number in sorted(year.counts.items()):
            say(f"  {number:>9,} {what}")
        if year.faults:
            say(year.told())
            broken += 1
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
