"""Sending: an issue for many readers into a sink that only reads, each way in a process of its own.

publisher            the whole sender: claims from the ledger (SQLite, synchronous=FULL), splices each
                     reader's letter ahead of its turn, marks, pipelines, settles every row
wire only            our sessions with prebuilt letters and no ledger: what the ledger and the splicing cost
smtplib, prebuilt    Python's smtplib in a thread for each connection, the same prebuilt letters
Jinja2 + EmailMessage + smtplib
                     the usual way: each letter rendered and built for its reader, then the same threads

With `--signed` letters get both DKIM signatures, and the yardsticks are those of `parts/yardsticks.py`: the bare
signatures, a floor program that only signs, hashes and writes, nodemailer, and the usual way with dkimpy. Postfix's
smtp-source is one in both; what is not installed is left out, and that is said. Yardsticks sign letter by letter, as
programs do; where ours signs eight at a time (the extra `multibuffer`), what these signatures take is shown beside.

All use the same number of connections, but for smtp-source where `--source-connections` says otherwise. CPU is that
of the sending process and of those that it starts, memory is its own. With `--delay` the sink answers late, as a
relay does that is far away. After the tables: what was promised, and whether it holds here.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from parts import yardsticks
from parts.contenders import Task, Way, ours, prebuilt, smtplib_prebuilt, the_letter, usual, wire_only
from parts.site import NEWSLETTER, NOW, TOP, make_site, put_readers
from parts.table import medians, number, peak_megabytes, print_table, times
from publisher.house import making, steps
from publisher.house.opened import House, open_house, utc_now
from publisher.model.letter import Slot
from publisher.model.schedule import Slot as TimeSlot
from publisher.model.subscriber import Cadence
from sink import running_sink

OURS, WIRE, SMTPLIB, USUAL = "publisher", "wire only", "smtplib, prebuilt", "Jinja2 + EmailMessage + smtplib"
SIGNED, USUAL_SIGNED = "publisher, signed", "Jinja2 + EmailMessage + dkimpy + smtplib"
UNSIGNED_INTO_POSTFIX, INTO_POSTFIX = "publisher, into smtp-sink", "publisher, signed, into smtp-sink"
SOURCE, SOURCE_INTO_POSTFIX = "smtp-source", "smtp-source into smtp-sink"
BARE, FLOOR, NODEMAILER = "two signatures alone", "floor: hash, sign, write", "nodemailer's pool, RSA alone"
FLOOR_INTO_POSTFIX, TOGETHER = "floor into smtp-sink", "two signatures, eight letters at a time"
MANY = 128  # connections that make a far relay near
# The part of the letters that a slow way sends.
SHARES = {SMTPLIB: 2, USUAL: 10, USUAL_SIGNED: 50, NODEMAILER: 20}

WAYS: Mapping[str, Callable[[House], Way]] = {
    OURS: lambda house: ours(house, signed=False),
    SIGNED: lambda house: ours(house, signed=True),
    UNSIGNED_INTO_POSTFIX: lambda house: ours(house, signed=False),
    INTO_POSTFIX: lambda house: ours(house, signed=True),
    WIRE: wire_only,
    SMTPLIB: smtplib_prebuilt,
    USUAL: lambda house: usual(house, signed=False),
    USUAL_SIGNED: lambda house: usual(house, signed=True),
}
Found = dict[str, float]
# What is promised: whose rate (at least) or CPU (at most), against which yardstick, and the bound.
Promise = tuple[str, str, str, float]
NEAR: Sequence[Promise] = (
    (OURS, "rate", SOURCE, 0.5),
    (SIGNED, "cpu", BARE, 1.5),
    (SIGNED, "rate", FLOOR, 0.75),
    (UNSIGNED_INTO_POSTFIX, "rate", SOURCE_INTO_POSTFIX, 0.7),
    (INTO_POSTFIX, "rate", SOURCE_INTO_POSTFIX, 0.7),
    (SIGNED, "cpu", NODEMAILER, 1 / 12),
    (SIGNED, "cpu", USUAL_SIGNED, 1 / 35),
)


def prepare(folder: Path, *, readers: int, connections: int) -> None:
    """A site with the example's columns collected, and an issue for all readers that is due."""
    put_site(folder, readers=readers, connections=connections)
    put_issue(folder, readers=readers)


def put_site(folder: Path, *, readers: int, connections: int) -> None:
    for name in ("harbour-notes", "night-desk"):
        shutil.copytree(TOP / "columns" / name, folder / name, dirs_exist_ok=True)
    make_site(folder, relay_url="smtp://127.0.0.1:1", connections=connections, columns=["harbour-notes", "night-desk"])
    with open_house(folder / "config.toml") as house:
        steps.collect(house, now=NOW)
        with house.store.write() as conn:
            put_readers(conn, readers)


def put_issue(folder: Path, *, readers: int) -> None:
    with open_house(folder / "config.toml") as house:
        slot = TimeSlot(key="2026-11-22", at=utc_now())
        made = making.assemble_issue(house, NEWSLETTER, Cadence.DAILY, slot, now=slot.at)
        if made.deliveries != readers:
            raise SystemExit(f"the issue has {made.deliveries} letters, not {readers}")


def contend(name: str, task: Task) -> Found:
    """One round in this process: what it took, without opening the site."""
    with open_house(task.folder / "config.toml") as house:
        way = WAYS[name](house)
        begun, cpu = time.perf_counter(), _cpu()
        sent = way(task)
        seconds, own = time.perf_counter() - begun, _cpu() - cpu
    if sent != task.letters:
        raise SystemExit(f"{name}: {sent} of {task.letters} letters were sent")
    return {"rate": sent / seconds, "cpu": own / sent, "memory": peak_megabytes()}


def apart(name: str, task: Task) -> Found:
    """`contend` in a process of its own."""
    command = [sys.executable, __file__, "--contender", name, json.dumps(asdict(task) | {"folder": str(task.folder)})]
    found: Found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return found


def _cpu() -> float:
    return time.process_time() + yardsticks.cpu_of_children()


class Field:
    """Where rounds are run: a site of so many readers, and a sink that answers so late."""

    def __init__(
        self, site: Path, *, readers: int, given: argparse.Namespace, connections: int = 0, delay: float = 0
    ) -> None:
        with open_house(site / "config.toml") as house:
            self.size = len(prebuilt(house)[0].message)  # unsigned
        self._site = site
        self._readers = readers
        self._connections = connections or given.connections
        self._of_source = given.source_connections or self._connections
        self._chunking = given.chunking
        self._delay = delay

    def round_of(self, name: str) -> Found | None:
        """None where it needs what is not installed."""
        letters = max(1, self._readers // SHARES.get(name, 1))
        if name == BARE:
            return yardsticks.signatures_alone(letters)
        if name == TOGETHER:
            return yardsticks.signatures_together(letters)
        if name in (UNSIGNED_INTO_POSTFIX, INTO_POSTFIX, SOURCE_INTO_POSTFIX, FLOOR_INTO_POSTFIX):
            with yardsticks.running_smtp_sink() as port:
                return self._one(name, port, letters) if port else None
        with running_sink(delay_milliseconds=self._delay, chunking=self._chunking) as sink:
            found = self._one(name, sink.port, letters)
        if found and sink.counts.letters != letters:
            raise SystemExit(f"{name}: {sink.counts.letters} of {letters} letters came")
        return found

    def _one(self, name: str, port: int, letters: int) -> Found | None:
        if name in (FLOOR, FLOOR_INTO_POSTFIX):
            return yardsticks.floor(port, letters, self.size)
        if name in (SOURCE, SOURCE_INTO_POSTFIX):
            return yardsticks.smtp_source(port, letters, self.size, self._of_source)
        if name == NODEMAILER:
            return yardsticks.nodemailer(port, letters, self._connections, self._letter())
        return self._apart(name, port, letters)

    def _apart(self, name: str, port: int, letters: int) -> Found:
        """In a process of its own, on a copy of the site."""
        with tempfile.TemporaryDirectory(prefix="sending-") as folder:
            copy = Path(folder) / "site"
            shutil.copytree(self._site, copy)
            return apart(name, Task(folder=copy, port=port, letters=letters, connections=self._connections))

    def _letter(self) -> dict[str, str]:
        with open_house(self._site / "config.toml") as house:
            letter = the_letter(house)
        return {name: text.replace(Slot.NAME.mark, "{{ name }}") for name, text in letter.items()}


def measure(field: Field, names: Sequence[str], *, rounds: int) -> dict[str, Found]:
    """The medians of each, the contenders in turn; who cannot run here is told, and left out."""
    taken: dict[str, list[Found]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found = field.round_of(name)
            if found:
                taken[name].append(found)
    for name in (name for name in names if not taken[name]):
        print(f"left out, not installed here: {name}")
    return {name: medians(each) for name, each in taken.items() if each}


def show(title: str, found: Mapping[str, Found], yardstick: str) -> None:
    yard = found.get(yardstick)
    rows = [
        (
            name,
            number(one["rate"]),
            times(one["rate"] / yard["rate"]) if yard else "",
            number(one["cpu"] * 1e6),
            times(one["cpu"] / yard["cpu"]) if yard else "",
            number(one["memory"]) if "memory" in one else "",
        )
        for name, one in found.items()
    ]
    heads = ("way", "letters/s", f"against {yardstick}", "CPU a letter, us", "against it", "peak MB")
    print_table(title, heads, rows)


def show_promises(found: Mapping[str, Found], promises: Sequence[Promise]) -> None:
    rows = []
    for name, what, yardstick, bound in promises:
        if name not in found or yardstick not in found:
            continue
        ratio = found[name][what] / found[yardstick][what]
        holds = ratio >= bound if what == "rate" else ratio <= bound
        asked = f"at {'least' if what == 'rate' else 'most'} {times(bound)}"
        what_of = "letters/s" if what == "rate" else "CPU a letter"
        rows.append((f"{name}: {what_of} against {yardstick}", asked, times(ratio), "yes" if holds else "no"))
    if rows:
        print_table("Promised", ("what", "asked", "found", "holds"), rows)


def near(given: argparse.Namespace) -> None:
    names = [OURS, WIRE, SMTPLIB, USUAL, SOURCE]
    if given.signed:
        names += [SIGNED, BARE, TOGETHER, FLOOR, UNSIGNED_INTO_POSTFIX, INTO_POSTFIX, SOURCE_INTO_POSTFIX]
        names += [FLOOR_INTO_POSTFIX, NODEMAILER, USUAL_SIGNED]
    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        prepare(Path(folder), readers=given.readers, connections=given.connections)
        field = Field(Path(folder), readers=given.readers, given=given)
        found = measure(field, [name for name in names if name in (given.only or names)], rounds=given.rounds)
    size = field.size / 1000
    title = f"{given.readers:,} letters of {size:.0f} KB, {given.connections} connections, rounds: {given.rounds}"
    show(title, found, SMTPLIB)
    show_promises(found, NEAR)


def far(given: argparse.Namespace) -> None:
    """The same number of connections to a relay that answers late; signed, also many."""
    names = [OURS, WIRE, SMTPLIB, USUAL] + [SIGNED] * given.signed
    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        prepare(Path(folder), readers=given.far_readers, connections=given.connections)
        site, readers = Path(folder), given.far_readers
        found = measure(Field(site, readers=readers, given=given, delay=given.delay), names, rounds=1)
        late = f"answers {given.delay:g} ms late"
        show(f"{readers:,} letters, {given.connections} connections, {late}, rounds: 1", found, SMTPLIB)
        show_promises(found, [(OURS, "rate", SMTPLIB, 3.8)])
    if given.signed and given.readers:
        with tempfile.TemporaryDirectory(prefix="site-") as folder:
            site, readers = Path(folder), given.readers
            prepare(site, readers=readers, connections=MANY)
            many = Field(site, readers=readers, given=given, connections=MANY, delay=given.delay)
            at_hand = Field(site, readers=readers, given=given)
            both = {
                f"{SIGNED}, {MANY} connections, {late}": many,
                f"{SIGNED}, {given.connections} connections": at_hand,
            }
            taken = [
                {name: measure(field, [SIGNED], rounds=1)[SIGNED] for name, field in both.items()}
                for _ in range(given.rounds)
            ]
        (from_afar, at_hand_name) = both
        found = {name: medians([one[name] for one in taken]) for name in both}
        show(f"{readers:,} letters, many connections to a far relay, rounds: {given.rounds}", found, at_hand_name)
        show_promises(found, [(from_afar, "rate", at_hand_name, 0.8)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=5000, help="readers where the relay is near; 0: leave out")
    parser.add_argument("--far-readers", type=int, default=200, help="readers where the relay is far; 0: leave out")
    parser.add_argument("--delay", type=float, default=20, metavar="MS", help="round trip to the far relay")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--source-connections", type=int, metavar="N", help="smtp-source's; else as many as all have")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--signed", action="store_true", help="also signed letters, and their yardsticks")
    parser.add_argument("--chunking", action="store_true", help="the sink offers CHUNKING, and gets BDAT from us")
    parser.add_argument("--only", nargs="+", metavar="WAY", help="only these ways, where the relay is near")
    parser.add_argument("--contender", nargs=2, metavar=("NAME", "TASK"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender:
        facts = json.loads(given.contender[1])
        task = Task(**(facts | {"folder": Path(facts["folder"])}))
        print(json.dumps(contend(given.contender[0], task)))
        return
    if given.readers:
        near(given)
    if given.far_readers:
        far(given)


if __name__ == "__main__":
    main()
