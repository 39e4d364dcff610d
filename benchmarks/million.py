"""A million readers: the same sender with few and with many, each in a process of its own.

Promised are: peak memory of the one within 50 MiB of the other's, their rates within 10 %, and less than 150 bytes of
database for a delivery. The issue goes into the sink that only reads, its memory and its time are not counted.

The database is measured in its file, after a checkpoint: before there is an issue, when it is assembled, and when all
of it is sent. What is left over in it for later rows counts, too. The second table tells what each part of the ledger
takes, its rows and its indexes.

With `--signed` letters get both signatures; where they are made one by one, that takes a quarter of an hour for a
million on two cores.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from parts.contenders import Task
from parts.table import medians, number, print_table, times
from sending import OURS, SIGNED, Found, apart, put_issue, put_site
from sink import running_sink

MOST_MEGABYTES = 50  # apart in memory
MOST_APART = 0.1  # of the rate
MOST_BYTES = 150  # of the database for a delivery


def measure(readers: int, given: argparse.Namespace) -> tuple[Found, Mapping[str, float]]:
    """One round with so many readers, and what each part of the ledger takes for one of them, in bytes."""
    with tempfile.TemporaryDirectory(prefix="million-", dir=given.folder) as folder:
        site = Path(folder)
        put_site(site, readers=readers, connections=given.connections)
        before = file_bytes(site)
        put_issue(site, readers=readers)
        assembled = file_bytes(site)
        with running_sink(chunking=given.chunking) as sink:
            task = Task(folder=site, port=sink.port, letters=readers, connections=given.connections)
            found = apart(SIGNED if given.signed else OURS, task)
        if sink.counts.letters != readers:
            raise SystemExit(f"{sink.counts.letters} of {readers} letters came")
        bytes_each = {
            "assembled": (assembled - before) / readers,
            "sent": (file_bytes(site) - before) / readers,
        }
        return found | bytes_each, parts_of_the_ledger(site, readers)


def file_bytes(site: Path) -> int:
    """The size of the database, nothing of it left in the write-ahead log."""
    path = database_of(site)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


def database_of(site: Path) -> Path:
    (path,) = site.glob("var/*.db")
    return path


def parts_of_the_ledger(site: Path, readers: int) -> dict[str, float]:
    """Bytes a delivery of the table and of each index; {} where SQLite was built without dbstat."""
    with closing(sqlite3.connect(database_of(site))) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM pragma_module_list")}
        if "dbstat" not in known:
            return {}
        found = connection.execute(
            "SELECT name, sum(pgsize) FROM dbstat WHERE name IN "
            "(SELECT name FROM sqlite_schema WHERE tbl_name = 'deliveries') GROUP BY name ORDER BY 2 DESC"
        )
        return {name: size / readers for name, size in found}


def show(found: Mapping[int, Found], given: argparse.Namespace) -> None:
    few = found[min(found)]
    rows = [
        (
            f"{readers:,}",
            number(one["rate"]),
            times(one["rate"] / few["rate"]),
            number(one["cpu"] * 1e6),
            number(one["memory"]),
            number(one["assembled"]),
            number(one["sent"]),
        )
        for readers, one in found.items()
    ]
    heads = (
        "readers",
        "letters/s",
        "against the fewest",
        "CPU a letter, us",
        "peak MB",
        "bytes, assembled",
        "bytes, sent",
    )
    how = "signed" if given.signed else "unsigned"
    print_table(f"One issue, {how}, {given.connections} connections, rounds: {given.rounds}", heads, rows)


def show_promises(found: Mapping[int, Found]) -> None:
    few, many = found[min(found)], found[max(found)]
    more, rate = many["memory"] - few["memory"], many["rate"] / few["rate"]
    most_bytes = max(many["assembled"], many["sent"])
    rows = (
        ("peak memory, apart", f"at most {MOST_MEGABYTES} MB", number(abs(more)), abs(more) <= MOST_MEGABYTES),
        ("letters/s, most readers against fewest", f"within {MOST_APART:.0%}", times(rate), rate >= 1 - MOST_APART),
        ("bytes of the database, a delivery", f"under {MOST_BYTES}", number(most_bytes), most_bytes < MOST_BYTES),
    )
    told = [(what, asked, is_now, "yes" if holds else "no") for what, asked, is_now, holds in rows]
    print_table("Promised", ("what", "asked", "found", "holds"), told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=1, help="medians of so many, the sizes in turn")
    parser.add_argument("--signed", action="store_true", help="letters get both signatures")
    parser.add_argument("--chunking", action="store_true", help="the sink offers CHUNKING, and gets BDAT from us")
    parser.add_argument("--folder", type=Path, help="where sites are made; a million readers take half a GB")
    given = parser.parse_args()
    taken: dict[int, list[Found]] = {readers: [] for readers in sorted(given.readers)}
    parts: Mapping[str, float] = {}
    for _ in range(given.rounds):
        for readers, each in taken.items():
            found, parts = measure(readers, given)
            each.append(found)
    middle = {readers: medians(each) for readers, each in taken.items()}
    show(middle, given)
    if parts:
        rows = [(name, number(size)) for name, size in parts.items()]
        print_table(f"The ledger, {max(middle):,} deliveries, sent", ("table or index", "bytes a delivery"), rows)
    show_promises(middle)


if __name__ == "__main__":
    main()
