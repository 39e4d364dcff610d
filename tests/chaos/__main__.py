"""Chaos by hand: `python -m tests.chaos --letters 20000 --kills 20 --seed 7 --senders 2`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from tests.chaos.postgres import a_postgres
from tests.chaos.run import Size, live_through
from tests.chaos.server import Settings


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--letters", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--senders", type=int, default=1)
    parser.add_argument("--seed", type=int, nargs="+", default=[7])
    parser.add_argument("--chunking", type=int, default=500, help="of a thousand connections, those that offer it")
    parser.add_argument("--rate", type=int, default=0, help="letters a second to one domain, above which 450")
    parser.add_argument("--downs", type=int, default=2, help="how often the port is closed")
    parser.add_argument("--down-seconds", type=float, default=30.0)
    parser.add_argument("--database", default="", help="address of an empty PostgreSQL database; else SQLite")
    parser.add_argument("--postgres", action="store_true", help="the ledger on a PostgreSQL server of the run's own")
    parser.add_argument("--restarts", type=int, default=0, help="how often that is stopped, or crashes, and started")
    parser.add_argument("--keep", type=Path, help="folder for site and journal, to be looked at")
    given = parser.parse_args()
    if given.restarts and not given.postgres:
        parser.error("--restarts needs --postgres")
    size = Size(
        letters=given.letters,
        kills=given.kills,
        senders=given.senders,
        database=given.database,
        restarts=given.restarts,
    )
    broken = 0
    for seed in given.seed:
        settings = Settings(
            seed=seed,
            letters=given.letters,
            chances={"chunking": given.chunking},
            rate=given.rate,
            downs=given.downs,
            down_seconds=given.down_seconds,
        )
        with (
            tempfile.TemporaryDirectory(prefix="chaos-") as folder,
            a_postgres() if given.postgres else nullcontext() as postgres,
        ):
            place = given.keep / str(seed) if given.keep else Path(folder)
            outcome = live_through(place, size, settings, tell=say, postgres=postgres)
        say(f"seed {seed}: {len(outcome.breaches)} breaches")
        for what, number in outcome.counts.items():
            say(f"  {number:>9,.10g} {what}")
        for breach in outcome.breaches[:50]:
            say(f"  BREACH {breach}")
        broken += bool(outcome.breaches)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
