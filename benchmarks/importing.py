"""Importing readers from another program's list, and exporting them again.

The list is a Mailchimp export of which one row in twenty cannot be used. Measured is the whole
command's work: looking through it, joining readers, the file of bad rows. The yardstick is the
least a database can do: sqlite3's executemany with the same rows, made beforehand, into the same
two tables, as many a transaction. Memory is the process's highest after the import.
"""

from __future__ import annotations

import argparse
import io
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path

from parts.rounds import run_apart
from parts.site import NEWSLETTER, make_site
from parts.table import medians, number, peak_megabytes, print_table, seconds_of, times
from publisher.house.opened import House, open_house, utc_now
from publisher.house.readerwishes import wanted_of
from publisher.store.joining import Joined
from publisher.store.roll import roll
from publisher.store.scratch import Scratch
from publisher.subscribe.exporting import write_csv
from publisher.subscribe.importing import Imported, import_readers
from publisher.subscribe.listfile import lists_in
from publisher.subscribe.survey import AT_A_TIME, HowToRead, lists_among, survey

MANY = 100_000  # from here on a round takes long, and one is made
BAD = 20  # one in so many


def measure(size: int) -> dict[str, float]:
    """One round, in this process."""
    with tempfile.TemporaryDirectory(prefix="importing-") as name:
        folder = Path(name)
        config = make_site(folder)
        path = folder / "subscribed_members_export.csv"
        _write_list(path, size)
        with open_house(config) as house:
            told: list[Imported] = []
            taken = seconds_of(lambda: told.append(_import(house, path)))
            memory = peak_megabytes()
            with house.store.read() as conn:
                export = seconds_of(lambda: write_csv(roll(conn), _Nowhere()))
        good = size - size // BAD
        if (told[0].joined[Joined.ADDED], told[0].bad) != (good, size // BAD):
            raise SystemExit(f"{told[0].joined[Joined.ADDED]} added and {told[0].bad} bad, not {good} of {size}")
        yard = _yardstick(folder / "var" / "publisher.db")
    return {"seconds": taken, "yard": yard, "memory": memory, "export": export}


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


def _write_list(path: Path, size: int) -> None:
    chance = random.Random(size)  # addresses come in no order, as they do
    with path.open("w", encoding="utf-8") as file:
        file.write("Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,NOTES\n")
        for at in range(size):
            host = "" if at % BAD == BAD - 1 else f"@mail{chance.randrange(40)}.example"
            file.write(f"{chance.randrange(1 << 40):x}.{at}{host},Ada,Lind,2,2019-03-04 11:22:33,192.0.2.7,\n")


def _import(house: House, path: Path) -> Imported:
    how = HowToRead(papers={NEWSLETTER: wanted_of(house, NEWSLETTER, None, (), consent="a benchmark")})
    bad = path.with_name("bad.csv")
    with lists_in(path) as parts, Scratch() as away:
        found = survey(lists_among(parts), how, away=away, bad_path=bad, progress=lambda _done, _of: None)
        return import_readers(house.store, found, how, away=away, now=utc_now(), progress=lambda _done, _of: None)


def _yardstick(database: Path) -> float:
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        people = db.execute("SELECT * FROM subscribers").fetchall()
        wishes = db.execute("SELECT * FROM subscriptions").fetchall()
        db.execute("PRAGMA synchronous = FULL")
        db.execute("DELETE FROM subscriptions")
        db.execute("DELETE FROM subscribers")
        db.execute("VACUUM")
        return seconds_of(partial(_insert, db, people, wishes))


def _insert(db: sqlite3.Connection, people: list[tuple[object, ...]], wishes: list[tuple[object, ...]]) -> None:
    for some_people, some_wishes in zip(_chunks(people), _chunks(wishes), strict=True):
        db.execute("BEGIN IMMEDIATE")
        for table, rows in (("subscribers", some_people), ("subscriptions", some_wishes)):
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        db.execute("COMMIT")


def _chunks(rows: list[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    left = iter(rows)
    while chunk := list(islice(left, AT_A_TIME)):
        yield chunk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3, help=f"one alone is made from {MANY:,} rows on")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    wanted = {size: given.rounds if size < MANY else 1 for size in given.rows}
    rounds = run_apart(__file__, given.alone, measure, wanted)
    rows = []
    for size in given.rows:
        one = medians(rounds[size])
        rows.append(
            (
                f"{size:,} rows",
                number(one["seconds"]),
                number(size / one["seconds"]),
                number(one["yard"]),
                times(one["seconds"] / one["yard"]),
                number(one["memory"]),
                number(one["export"]),
            )
        )
    heads = ("list", "import, s", "rows/s", "executemany, s", "against it", "peak MB", "export, s")
    print_table(f"Importing a list; median of {given.rounds} rounds (from {MANY:,} rows on: one)", heads, rows)


if __name__ == "__main__":
    main()
