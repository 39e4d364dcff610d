"""An import that is killed and begun again, from outside: `python -m tests.stopped_import --rows 1000000`.

The list has one row in twenty that cannot be used, and others that must join nobody: readers who are there,
who left, who must not get mail, who are on the list twice, who are said to have unsubscribed. While it is
taken in the command is killed with SIGKILL; then it is begun again. In the end the numbers that it tells,
the rows of the database and the file of rows that cannot be used are those of an import that nobody stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lives import Site, a_site

HEADINGS = "email,name,status,opt-in time\n"
THERE = 30  # readers before: a third each stays, has left, must not get mail
BAD = ("nobody {}", "reader{}@r.example,Reader,purple", "rea der{}@r.example", "reader{}@r..example")
PATIENCE_SECONDS = 900.0


@dataclass(slots=True, kw_only=True)
class Expected:
    """What is to become of a list."""

    rows: int
    told: Counter[str] = field(default_factory=Counter)  # as the command calls it


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it."""

    kills: list[int]  # readers who were there after each
    seconds: float  # of the last run, which ended
    megabytes: float  # the most that one run had
    faults: list[str]


def write_list(path: Path, rows: int) -> Expected:
    """A list of so many rows, in no order."""
    chance, expected = random.Random(rows), Expected(rows=rows)
    told = expected.told
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADINGS)
        for at in range(rows):
            if at % 20 == 19:
                told["bad"] += 1
                file.write(BAD[at // 20 % len(BAD)].format(at) + "\n")
            elif at < THERE:
                told[("already", "left", "suppressed")[at % 3]] += 1
                file.write(f"known{at}@r.example,Known {at},active,\n")
            elif at % 101 == 0:
                told["unsubscribed"] += 1
                file.write(f"gone{at}@r.example,Gone {at},unsubscribed,\n")
            elif at % 103 == 0:
                told["already"] += 1
                file.write(f"Twice@R.example,Twice,active,{at}\n")
            else:
                told["added"] += 1
                file.write(f"{chance.randrange(1 << 40):x}.{at}@mail{at % 50}.example,Ada Lind,active,2019-03-04\n")
        told["added"] += 1  # the first of those who are there twice
        told["already"] -= 1
    return expected


def a_site_with_readers(folder: Path) -> Site:
    """Where some are there already, have left, or must not get mail."""
    site = a_site(folder)
    known = "".join(f"known{at}@r.example\n" for at in range(THERE) if at % 20 != 19)
    (folder / "before.csv").write_text(f"email\n{known}")
    assert site.typed("subscribers", "import", "before.csv", "--yes").code == 0
    for at in range(THERE):
        if at % 20 != 19 and at % 3:
            how = ["remove"] if at % 3 == 1 else ["suppress", "--why", "asked by telephone"]
            assert site.typed("subscribers", *how, f"known{at}@r.example").code == 0
    return site


def live_through(folder: Path, rows: int, kills: int, *, say: Callable[[str], None]) -> Outcome:
    """Import a list, killed so often; what is wrong with what stands in the end."""
    site = a_site_with_readers(folder)
    expected = write_list(folder / "list.csv", rows)
    before, killed, faults, most = readers_of(site), [], [], 0.0
    for number in range(1, kills + 1):
        wanted = before + expected.told["added"] * number // (kills + 1)
        most = max(most, kill_at(site, wanted))
        killed.append(readers_of(site))
        say(f"killed after {killed[-1]:,} of {before + expected.told['added']:,} readers")
        faults += wrong_half_way(site, before)
    begun = time.monotonic()
    process = begin(site)
    most = max(most, memory_until(process, lambda: False))
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    seconds = time.monotonic() - begun
    if process.returncode != 1:
        faults.append(f"ended with {process.returncode}: {out}{err}")
    else:
        faults += wrong_in_the_end(site, json.loads(out), expected, before)
    faults += [] if killed == sorted(killed) and all(killed) else [f"was not killed half way: {killed}"]
    return Outcome(kills=killed, seconds=seconds, megabytes=most, faults=faults)


def begin(site: Site) -> Any:
    return site.start("subscribers", "import", "list.csv", "--yes", "--json")


def kill_at(site: Site, readers: int) -> float:
    """Kill an import when so many are there; the most megabytes that it had."""
    process = begin(site)
    most = memory_until(process, lambda: readers_of(site) >= readers)
    process.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == -signal.SIGKILL, f"it ended before it was killed: {out}{err}"
    return most


def memory_until(process: Any, condition: Callable[[], bool]) -> float:
    """The most megabytes that a process had until it ended, or something was so."""
    most, end = 0.0, time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and not condition():
        assert time.monotonic() < end, "the import does not end"
        most = max(most, megabytes_of(process.pid))
        time.sleep(0.01)
    return most


def megabytes_of(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0.0)


def readers_of(site: Site) -> int:
    ((number,),) = site.ask("SELECT coalesce(max(id), 0) FROM subscribers")
    return int(str(number))


def wrong_half_way(site: Site, before: int) -> list[str]:
    """A transaction is there whole or not at all: who was counted is there, with a subscription."""
    ((place,),) = site.ask("SELECT value FROM settings WHERE name LIKE 'import %'")
    counted = json.loads(str(place))["joined"]["ADDED"]
    ((people,),) = site.ask(f"SELECT count(*) FROM subscribers WHERE id > {before}")
    ((wishes,),) = site.ask(f"SELECT count(*) FROM subscriptions WHERE subscriber > {before} AND state = 'active'")
    return [] if counted == people == wishes else [f"{counted} counted, {people} readers, {wishes} subscriptions"]


def wrong_in_the_end(site: Site, told: dict[str, Any], expected: Expected, before: int) -> list[str]:
    faults = []

    def see(what: str, found: object, wanted: object) -> None:
        if found != wanted:
            faults.append(f"{what}: {found}, not {wanted}")

    for what in ("added", "already", "left", "suppressed", "bad"):
        see(what, told[what], expected.told[what])
    see("unsubscribed", told["not_subscribed"]["unsubscribed"], expected.told["unsubscribed"])
    see("rows", told["rows"], expected.rows)
    see("readers", site.ask(f"SELECT count(*) FROM subscribers WHERE id > {before}"), [(expected.told["added"],)])
    active = "SELECT count(*) FROM subscriptions JOIN subscribers ON subscribers.id = subscriber WHERE subscribers.id"
    see("wishes", site.ask(f"{active} > {before} AND subscriptions.state = 'active'"), [(expected.told["added"],)])
    see("brought back", site.ask(f"{active} <= {before} AND left_at AND subscriptions.state = 'active'"), [(0,)])
    see("place kept", site.ask("SELECT name FROM settings WHERE name LIKE 'import %'"), [])
    with Path(site.folder / told["bad_files"][0]).open(encoding="utf-8") as bad:
        see("rows to be mended", sum(1 for _ in bad) - 1, expected.told["bad"])
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stopped_import", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=1)
    given = parser.parse_args()

    def say(words: str) -> None:
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="stopped-import-") as folder:
        outcome = live_through(Path(folder) / "site", given.rows, given.kills, say=say)
    say(f"then {outcome.seconds:.1f} s to the end, at most {outcome.megabytes:.0f} MB of memory")
    for fault in outcome.faults:
        say(f"WRONG: {fault}")
    say("exact" if not outcome.faults else f"{len(outcome.faults)} faults")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
