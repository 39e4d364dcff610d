"""Chaos, small: a server with every fault, a sender that is killed, and the law that holds in the end.

`python -m tests.chaos --letters 20000 --kills 20` is the same by hand. The law itself is tried
here, too: each way to break it is found.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.books import KILLED, Death, Resolution, Row, Run, breaches
from tests.chaos.faults import Chances, Fate, Plan
from tests.chaos.journal import Event, Reading, What
from tests.chaos.postgres import a_postgres
from tests.chaos.run import Size, live_through
from tests.chaos.server import Settings


def test_in_chaos_nobody_is_lost_and_nobody_has_it_twice(tmp_path: Path) -> None:
    settings = Settings(seed=5, letters=300, rate=20, downs=1, down_seconds=0.5)
    outcome = live_through(tmp_path / "chaos", Size(letters=300, kills=4), settings, tell=lambda words: None)
    assert outcome.breaches == []
    assert outcome.counts["letters"] == outcome.counts["sent"] + outcome.counts["failed"] == 300
    assert outcome.counts["senders killed"] in (3, 4)  # the last may come when all is sent
    assert outcome.counts["times down"] == 1
    assert outcome.counts["failed"] > 0
    assert outcome.counts["connections that the server cut"] > 0


def test_nor_where_its_postgresql_is_stopped_and_crashes_meanwhile(tmp_path: Path) -> None:
    size = Size(letters=120, kills=1, restarts=2, away_seconds=0.3)
    with a_postgres() as postgres:
        outcome = live_through(
            tmp_path / "chaos", size, Settings(seed=6, letters=120), tell=lambda words: None, postgres=postgres
        )
    assert outcome.breaches == []
    assert outcome.counts["letters"] == outcome.counts["sent"] + outcome.counts["failed"] == 120
    assert outcome.counts["restarts of the database"] == 2


# The law: what a good run looks like, and what is wrong with others.

TAKEN = Event(
    what=What.END, at=10, connection=1, reader="ada@x.example", reply="250 2.0.0 taken", taken=True, message_id="<1>"
)
NO = Event(what=What.RCPT, at=11, connection=1, reader="bo@x.example", reply="550 5.1.1 no such user here (1)")
QUIT = Event(what=What.CLOSE, at=20, connection=1, how="quit")
CUT = replace(QUIT, how="cut")
ADA = Row(reader="ada@x.example", state="sent", code=250, enhanced="2.0.0", reply="")
BO = Row(reader="bo@x.example", state="failed", code=550, enhanced="5.1.1", reply="no such user here (1)")
GOOD = Run(readers=[ADA.reader, BO.reader], rows=[ADA, BO], journal=[TAKEN, NO, QUIT])
LOST = replace(ADA, state="in_doubt", code=0, enhanced="", reply="the whole letter went out; then it closed")
KILLED_THEN = replace(LOST, reply=KILLED)
AGAIN = replace(TAKEN, at=30, connection=2)
DECIDED = Resolution(at=25, rows=(LOST,))


@pytest.mark.parametrize(
    "run",
    [
        GOOD,
        replace(GOOD, rows=[LOST, BO], journal=[TAKEN, NO, CUT]),
        replace(GOOD, journal=[TAKEN, NO, CUT, AGAIN], resolutions=[DECIDED]),
        replace(GOOD, rows=[KILLED_THEN, BO], deaths=[Death(at=15, sending=frozenset({ADA.reader}))]),
        replace(GOOD, rows=[LOST, BO], journal=[replace(TAKEN, reader=BO.reader, taken=False), NO, CUT], chunking=True),
    ],
    ids=["all well", "in doubt by a cut", "resolved and sent again", "in doubt by a kill", "behind one that was cut"],
)
def test_a_run_within_the_law_has_no_breach(run: Run) -> None:
    assert breaches(run) == []


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (replace(GOOD, rows=[ADA]), "bo@x.example: is not in the ledger"),
        (replace(GOOD, rows=[ADA, ADA, BO]), "is in the ledger twice"),
        (replace(GOOD, rows=[replace(ADA, state="due"), BO]), "was forgotten, and is due"),
        (replace(GOOD, rows=[replace(ADA, state="deferred"), BO]), "was forgotten, and is deferred"),
        (replace(GOOD, journal=[NO, QUIT]), "is sent, and the server has nothing"),
        (replace(GOOD, journal=[TAKEN, AGAIN, NO, QUIT]), "was taken twice"),
        (replace(GOOD, journal=[TAKEN, NO, CUT, AGAIN, replace(AGAIN, at=40)], resolutions=[DECIDED]), "taken twice"),
        (replace(GOOD, rows=[ADA, replace(BO, reply="no such user here (2)")]), "the server's last word was '550"),
        (replace(GOOD, rows=[ADA, replace(BO, code=551)]), "failed with '551 5.1.1"),
        (replace(GOOD, rows=[replace(ADA, state="failed"), BO]), "failed, and the server took it before"),
        (replace(GOOD, rows=[LOST, BO]), "is in doubt without a cause"),
        (replace(GOOD, rows=[LOST, BO], journal=[NO, CUT]), "is in doubt without a cause"),
        (replace(GOOD, rows=[KILLED_THEN, BO]), "is in doubt by a death that did not hit it"),
        (replace(GOOD, readers=[ADA.reader], rows=[ADA]), "bo@x.example: had a letter and is no reader"),
        (
            replace(GOOD, journal=[TAKEN, NO, CUT, replace(AGAIN, message_id="<2>")], resolutions=[DECIDED]),
            "had different letters: ['<1>', '<2>']",
        ),
        (replace(GOOD, journal=[replace(TAKEN, message_id="broken: b'x'"), NO, QUIT]), "a letter is broken"),
    ],
)
def test_every_breach_of_the_law_is_found(run: Run, words: str) -> None:
    assert any(words in breach for breach in breaches(run)), breaches(run)


def test_a_seed_decides_what_goes_wrong_and_every_fault_comes() -> None:
    plan, readers = Plan(seed=1), [f"reader{number}@x.example" for number in range(3000)]
    assert [plan.fate(reader) for reader in readers] == [Plan(seed=1).fate(reader) for reader in readers]
    assert [plan.fate(reader) for reader in readers] != [Plan(seed=2).fate(reader) for reader in readers]
    assert {plan.fate(reader)[0] for reader in readers} == set(Fate)
    assert len({plan.mishap(reader, attempt) for reader in readers for attempt in (1, 2)}) == 5
    manners = [plan.manners(number) for number in range(200)]
    assert all(any(getattr(one, name) for one in manners) for name in ("turned_away", "split", "together", "narrow"))
    nothing = Plan(seed=1, chances=Chances(greylisted=0, full=0, unknown=0, unreadable=0, put_off=0))
    assert {nothing.fate(reader)[0] for reader in readers} == {Fate.WELL}


def test_a_journal_is_read_while_it_grows_and_never_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    reading = Reading(path)
    assert reading.on() == []
    path.write_text('{"what": "up", "at": 1.0}\n{"what": "en')
    assert [event.what for event in reading.on()] == [What.UP]
    with path.open("a") as file:
        file.write('d", "at": 2.0, "reader": "a@x.example", "taken": true}\n')
    assert [event.what for event in reading.on()] == [What.UP, What.END]
    assert reading.taken == 1
