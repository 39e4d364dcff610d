"""Sending: an issue for many readers into a sink that only reads, each way in a process of its own.

publisher            the whole sender: claims from the ledger (SQLite, synchronous=FULL), marks, splices
                     each reader's letter, pipelines, settles every row
wire only            our sessions with prebuilt letters and no ledger: what the ledger and the splicing cost
smtplib, prebuilt    Python's smtplib in a thread for each connection, the same prebuilt letters
Jinja2 + EmailMessage + smtplib
                     the usual way: each letter rendered and built for its reader, then the same threads

All use the same number of connections. CPU is that of the sending process alone. Signing (DKIM) is in
none of them. With `--delay` the sink answers late, as a relay does that is far away.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import jinja2

from parts.site import NEWSLETTER, NOW, TOP, make_site, put_readers
from parts.table import medians, number, peak_megabytes, print_table, times
from publisher.cli import making, steps
from publisher.cli.house import House, open_house, utc_now
from publisher.model.delivery import Delivery
from publisher.model.letter import Slot
from publisher.model.outcome import Outcome
from publisher.model.schedule import Slot as TimeSlot
from publisher.model.subscriber import Cadence
from publisher.send.commands import Parcel
from publisher.send.parcels import Packer
from publisher.send.relay import Relay, read_relay
from publisher.send.session import Session
from publisher.store import issues, ledger
from sink import running_sink

OURS, WIRE, SMTPLIB, USUAL = "publisher", "wire only", "smtplib, prebuilt", "Jinja2 + EmailMessage + smtplib"
PREBUILT = 64  # different letters, sent in turn


def prepare(folder: Path, *, readers: int, connections: int) -> None:
    """A site with the example's columns collected, and an issue for all readers that is due."""
    for name in ("harbour-notes", "night-desk"):
        shutil.copytree(TOP / "columns" / name, folder / name, dirs_exist_ok=True)
    make_site(folder, relay_url="smtp://127.0.0.1:1", connections=connections, columns=["harbour-notes", "night-desk"])
    with open_house(folder / "config.toml") as house:
        steps.collect(house, now=NOW)
        with house.store.write() as conn:
            put_readers(conn, readers)
        slot = TimeSlot(key="2026-11-22", at=utc_now())
        made = making.assemble_issue(house, NEWSLETTER, Cadence.DAILY, slot, now=slot.at)
        if made.deliveries != readers:
            raise SystemExit(f"the issue has {made.deliveries} letters, not {readers}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One round of one contender."""

    folder: Path
    port: int
    letters: int
    connections: int


def publisher(house: House, task: Task) -> int:
    relay = _relay(task)
    return steps.send(house, relay, stop=lambda: False, progress=lambda _: None).sent


def _relay(task: Task) -> Relay:
    return read_relay(
        f"smtp://127.0.0.1:{task.port}", name="only", connections=task.connections, timeout=timedelta(seconds=60)
    )


def wire_only(parcels: Sequence[Parcel], task: Task) -> int:
    return asyncio.run(_send_over_sessions(parcels, task))


async def _send_over_sessions(parcels: Sequence[Parcel], task: Task) -> int:
    relay, wake, sent = _relay(task), asyncio.Event(), 0

    def settled(_key: int, outcome: Outcome) -> None:
        nonlocal sent
        sent += outcome.code == 250

    sessions: list[Session] = []
    given = 0
    while sent < task.letters:
        wake.clear()
        sessions = [session for session in sessions if not session.ended]
        while len(sessions) < task.connections and given < task.letters:
            sessions.append(Session(relay, on_settled=settled, on_change=wake.set))
            await sessions[-1].connect()
        for session in sessions:
            while session.room and given < task.letters:
                session.give(parcels[given % len(parcels)])
                given += 1
        if sent < task.letters:
            await wake.wait()
    for session in sessions:
        session.finish()
    await asyncio.gather(*(session.wait_closed() for session in sessions))
    return sent


def by_smtplib(make: Callable[[int], Parcel], task: Task) -> int:
    """Each thread keeps a connection and sends its share, as sendmail() does it: stop and wait."""

    def share(first: int) -> None:
        with smtplib.SMTP("127.0.0.1", task.port, local_hostname="sender.example") as smtp:
            for at in range(first, task.letters, task.connections):
                parcel = make(at)
                smtp.sendmail(parcel.sender, [parcel.recipient], parcel.message)

    threads = [threading.Thread(target=share, args=(first,)) for first in range(task.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return task.letters


class Usual:
    """A letter made anew for each reader, as most programs do it. Styles were inlined once, which is kind."""

    def __init__(self, house: House) -> None:
        with house.store.read() as conn:
            letter = issues.find_letter(conn, 1)
        assert letter
        html = letter.html.replace(Slot.NAME.mark, "{{ name }}").replace(Slot.UNSUBSCRIBE_URL.mark, "{{ leave }}")
        text = letter.text.replace(Slot.NAME.mark, "{{ name }}").replace(Slot.UNSUBSCRIBE_URL.mark, "{{ leave }}")
        self._html = jinja2.Environment(autoescape=True).from_string(html)
        self._text = jinja2.Environment(autoescape=False).from_string(text)  # plain text
        self._subject = letter.subject

    def make(self, at: int) -> Parcel:
        values = {"name": f"Reader {at}", "leave": f"https://courier.example/unsubscribe/{at:060}"}
        message = EmailMessage()
        message["From"] = "The Courier <desk@courier.example>"
        message["To"] = f"Reader {at} <reader{at}@readers.example>"
        message["Subject"] = self._subject
        message["Message-ID"] = f"<{at}@courier.example>"
        message["List-Unsubscribe"] = f"<{values['leave']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(self._text.render(values))
        message.add_alternative(self._html.render(values), subtype="html")
        sender, recipient = f"b+{at}@courier.example", f"reader{at}@readers.example"
        octets = message.as_bytes()
        return Parcel(key=at, sender=sender, recipient=recipient, envelope_id=str(at), message=octets)


def prebuilt(house: House) -> list[Parcel]:
    """Real letters of the issue, whole."""
    packer = Packer(steps.letter_context(house))
    with house.store.read() as conn:
        rows = ledger.entries(conn, 1, list(ledger.counts(conn, 1)), limit=PREBUILT)
        variant = conn.exec_driver_sql("SELECT min(id) FROM variants").scalar_one()
        return [
            packer.pack(
                conn,
                Delivery(
                    id=row.id, issue=1, variant=variant, subscription=row.id, email=row.email, name="", attempts=0
                ),
            )
            for row in rows
        ]


def contend(name: str, task: Task) -> dict[str, float]:
    """One round in this process: what it took, without opening the site."""
    with open_house(task.folder / "config.toml") as house:
        ways: dict[str, Callable[[], Callable[[Task], int]]] = {
            OURS: lambda: partial(publisher, house),
            WIRE: lambda: partial(wire_only, prebuilt(house)),
            SMTPLIB: lambda: partial(by_smtplib, _in_turn(prebuilt(house))),
            USUAL: lambda: partial(by_smtplib, Usual(house).make),
        }
        way = ways[name]()
        begun, cpu = time.perf_counter(), time.process_time()
        sent = way(task)
        seconds, own = time.perf_counter() - begun, time.process_time() - cpu
    if sent != task.letters:
        raise SystemExit(f"{name}: {sent} of {task.letters} letters were sent")
    return {"rate": sent / seconds, "cpu": own / sent, "memory": peak_megabytes(), "seconds": seconds}


def _in_turn(parcels: Sequence[Parcel]) -> Callable[[int], Parcel]:
    return lambda at: parcels[at % len(parcels)]


def one_round(name: str, site: Path, *, letters: int, connections: int, delay: float) -> dict[str, float]:
    """A contender in a process of its own, on a copy of the site, into a sink of its own."""
    with tempfile.TemporaryDirectory(prefix="sending-") as folder, running_sink(delay_milliseconds=delay) as sink:
        copy = Path(folder) / "site"
        shutil.copytree(site, copy)
        facts = {"folder": str(copy), "port": sink.port, "letters": letters, "connections": connections}
        command = [sys.executable, __file__, "--contender", name, json.dumps(facts)]
        told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    if sink.counts.letters != letters:
        raise SystemExit(f"{name}: {sink.counts.letters} of {letters} letters came")
    return {**told, "size": sink.counts.bytes / letters}


def compare(given: argparse.Namespace, *, letters: int, delay: float, rounds: int) -> None:
    """Rounds of all contenders in turn, then a table; slow ways send a part of the letters."""
    shares = {OURS: letters, WIRE: letters, SMTPLIB: max(1, letters // 2), USUAL: max(1, letters // 10)}
    if delay:
        shares |= {SMTPLIB: max(1, letters // 4), USUAL: max(1, letters // 4)}
    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        prepare(Path(folder), readers=letters, connections=given.connections)
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in shares}
        for _ in range(rounds):
            for name, share in shares.items():
                more = {"letters": share, "connections": given.connections, "delay": delay}
                taken[name].append(one_round(name, Path(folder), **more))
        found = {name: medians(each) for name, each in taken.items()}
    yard = found[SMTPLIB]
    rows = [
        (
            name,
            number(one["rate"]),
            times(one["rate"] / yard["rate"]),
            number(one["cpu"] * 1e6),
            times(one["cpu"] / yard["cpu"]),
            number(one["memory"]),
        )
        for name, one in found.items()
    ]
    size = found[OURS]["size"] / 1000
    late = f", answers {delay:g} ms late" if delay else ""
    title = f"{letters:,} letters of {size:.0f} KB, {given.connections} connections{late}, rounds: {rounds}"
    heads = ("way", "letters/s", "against smtplib", "CPU a letter, us", "against smtplib", "peak MB")
    print_table(title, heads, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=5000, help="readers where the relay is near; 0: leave out")
    parser.add_argument("--far-readers", type=int, default=200, help="readers where the relay is far; 0: leave out")
    parser.add_argument("--delay", type=float, default=20, metavar="MS", help="round trip to the far relay")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contender", nargs=2, metavar=("NAME", "TASK"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender:
        facts = json.loads(given.contender[1])
        task = Task(**(facts | {"folder": Path(facts["folder"])}))
        print(json.dumps(contend(given.contender[0], task)))
        return
    if given.readers:
        compare(given, letters=given.readers, delay=0, rounds=given.rounds)
    if given.far_readers:
        compare(given, letters=given.far_readers, delay=given.delay, rounds=1)  # waiting varies little


if __name__ == "__main__":
    main()
