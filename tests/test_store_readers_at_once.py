"""People join, confirm, leave, move and are erased at the same moment, on PostgreSQL: nobody waits for ever."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from publisher.model.asking import Choice, Proof
from publisher.model.subscriber import Cadence
from publisher.model.suppression import Grounds
from publisher.store import columns, erasing, moving, signups, subscribers, suppressions
from publisher.store.database import open_store
from tests.conftest import NOW

SECONDS = 2.0
PAPERS = ("morning", "noon", "weekend")
PEOPLE = [f"reader{number}@readers.example" for number in range(4)]
Deed = Callable[[Connection, random.Random, Proof], object]


def ask(conn: Connection, dice: random.Random, proof: Proof) -> object:
    choices = [Choice(newsletter=slug, cadence=Cadence.DAILY) for slug in dice.sample(PAPERS, 2)]
    return signups.ask(conn, dice.choice(PEOPLE), choices, proof)


def confirm(conn: Connection, dice: random.Random, proof: Proof) -> object:
    return signups.confirm(conn, dice.randint(1, 12), dict.fromkeys(PAPERS, ()), ip="", now=proof.at)


def leave(conn: Connection, dice: random.Random, proof: Proof) -> object:
    return subscribers.leave_all(conn, dice.choice(PEOPLE), now=proof.at, how="page")


def leave_one(conn: Connection, dice: random.Random, proof: Proof) -> object:
    return subscribers.leave(conn, dice.randint(1, 12), now=proof.at, how="one-click")


def suppress(conn: Connection, dice: random.Random, proof: Proof) -> object:
    return suppressions.put(conn, dice.choice(PEOPLE), why=Grounds.GONE, detail="", now=proof.at)


def ask_to_move(conn: Connection, dice: random.Random, proof: Proof) -> object:
    return moving.ask_to_move(conn, dice.randint(1, 4), dice.choice(PEOPLE), proof)


def erase(conn: Connection, dice: random.Random, proof: Proof) -> object:
    return dice.random() < 0.1 and erasing.erase(conn, dice.randint(1, 8), now=proof.at)


def test_rows_are_locked_in_one_order_by_all(postgres_database: str, tmp_path: Path) -> None:
    store = open_store(postgres_database, root=tmp_path)
    with store.write() as conn:
        columns.put_newsletters(conn, [(slug, slug.title()) for slug in PAPERS], now=NOW)
    end = time.monotonic() + SECONDS

    def work(deed: Deed) -> int:
        dice, done = random.Random(deed.__name__), 0
        while time.monotonic() < end:
            done += 1
            with store.write() as conn:  # raises StorageError where two have waited for each other
                deed(conn, dice, Proof(ip="", form="", at=NOW + done * timedelta(minutes=10)))
        return done

    deeds: list[Deed] = [ask, ask, confirm, confirm, leave, leave_one, suppress, ask_to_move, erase]
    with ThreadPoolExecutor(len(deeds)) as programs:
        assert all(programs.map(work, deeds))
    store.close()
