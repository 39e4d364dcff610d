"""Assembling: choosing, composing and freezing an issue, for many readers and for few or many variants.

Readers who chose the same columns share a variant, which is composed once; with N columns,
the nth reader chose the nth, so there are N variants. The yardstick is the least a database
can do: one INSERT … SELECT of as many rows into the ledger, in one transaction.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from parts.rounds import run_apart
from parts.site import NEWSLETTER, NOW, make_site, put_readers, write_posts
from parts.table import medians, number, peak_megabytes, print_table, seconds_of, times
from publisher.assemble.assembly import Assembled
from publisher.house import making, steps
from publisher.house.opened import House, open_house, utc_now
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence

MANY = 10_000  # from here on a round takes long, and one is made
VARIANTS_BELOW = 1000  # a size is readers * this + variants
POSTS = 3  # of each column, in each letter


def measure(size: int) -> dict[str, float]:
    """One round, in this process."""
    readers, variants = divmod(size, VARIANTS_BELOW)
    slugs = [f"column-{at}" for at in range(variants)]
    with tempfile.TemporaryDirectory(prefix="assembling-") as name:
        folder = Path(name)
        config = make_site(folder, columns=slugs)
        for at, slug in enumerate(slugs):
            write_posts(folder / slug, POSTS, start=at * POSTS)
        with open_house(config) as house:
            steps.collect(house, now=NOW)
            with house.store.write() as conn:
                put_readers(conn, readers, wishes=slugs)
            made: list[Assembled] = []
            taken = seconds_of(lambda: made.append(_assemble(house)))
            memory = peak_megabytes()
            with house.store.write() as conn:
                conn.exec_driver_sql("DELETE FROM deliveries")
            yard = seconds_of(partial(_copy_rows, house))
    if (made[0].deliveries, made[0].variants) != (readers, variants):
        raise SystemExit(f"{made[0].deliveries} letters in {made[0].variants} variants, not {readers} in {variants}")
    return {"seconds": taken, "yard": yard, "memory": memory}


def _assemble(house: House) -> Assembled:
    slot = Slot(key="2026-11-22", at=utc_now())
    return making.assemble_issue(house, NEWSLETTER, Cadence.DAILY, slot, now=slot.at)


def _copy_rows(house: House) -> None:
    with house.store.write() as conn:
        conn.exec_driver_sql(
            "INSERT INTO deliveries (issue, variant, subscription, state, attempts, changed, code, enhanced, reply)"
            " SELECT 1, 1, id, 'due', 0, 0, 0, '', '' FROM subscriptions"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--variants", type=int, nargs="+", default=[1, 10, 100], help="each below 1,000")
    parser.add_argument("--rounds", type=int, default=3, help=f"one alone is made from {MANY:,} readers on")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    sizes = {
        (readers, variants): readers * VARIANTS_BELOW + variants
        for readers in given.readers
        for variants in given.variants
    }
    wanted = {size: given.rounds if readers < MANY else 1 for (readers, _), size in sizes.items()}
    rounds = run_apart(__file__, given.alone, measure, wanted)
    rows = []
    for (readers, variants), size in sizes.items():
        one = medians(rounds[size])
        rows.append(
            (
                f"{readers:,}",
                str(variants),
                number(one["seconds"]),
                number(one["seconds"] / readers * 1e6),
                number(one["yard"]),
                times(one["seconds"] / one["yard"]),
                number(one["memory"]),
            )
        )
    heads = ("readers", "variants", "seconds", "us a reader", "INSERT SELECT, s", "against it", "peak MB")
    print_table(
        f"Making an issue of {POSTS} posts a variant; median of {given.rounds} rounds (from {MANY:,} readers on: one)",
        heads,
        rows,
    )


if __name__ == "__main__":
    main()
