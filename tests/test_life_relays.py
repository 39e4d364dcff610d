"""Several relays and several senders, from outside: real commands, and what servers that keep a journal saw.

Nobody is lost and nobody has a letter twice (`tests/chaos/books.py`), whichever relay dies. What a
limit allows is measured at the server, which knows nothing of the sender's reckoning.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.books import Resolution, Run, breaches
from tests.chaos.journal import Event, Reading, What
from tests.chaos.server import Running, Settings, peaceful, running_server
from tests.chaos.stage import Stage, a_stage
from tests.lives import PATIENCE_SECONDS, wait_for

APART = 10**6  # between the numbers of connections of two servers


CALM = Settings(chances=peaceful())


def relay(name: str, server: Running, more: str = "") -> str:
    return f'[relays.{name}]\nurl = "{server.url}"\nconnections = 4\ntimeout = "20s"\n{more}\n'


def joined(*journals: Reading) -> list[Event]:
    """What several servers saw, in the order in which it was."""
    events = [
        replace(event, connection=event.connection + place * APART)
        for place, journal in enumerate(journals)
        for event in journal.on()
    ]
    return sorted(events, key=lambda event: event.at)


def ended(process: subprocess.Popen[str]) -> str:
    """What a sender said, which has come to a good end by itself."""
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode in (0, 1), out + err
    assert "Traceback" not in err, err
    return out + err


def send_what_is_in_doubt(stage: Stage) -> list[Resolution]:
    """Somebody decides, and all of it is sent."""
    doubts = stage.rows("in_doubt")
    if not doubts:
        return []
    decided = Resolution(at=time.time(), rows=tuple(doubts))
    assert stage.site.run("issues", "resolve-doubt", "1", "--as", "unsent").code == 0
    ended(stage.send())
    return [decided]


# A relay that dies.


@pytest.mark.parametrize("senders", [1, 2])
def test_when_one_of_two_relays_dies_half_way_the_rest_goes_by_the_other(tmp_path: Path, senders: int) -> None:
    first, second = Reading(tmp_path / "first"), Reading(tmp_path / "second")
    dies_at, letters = 100, 400
    with (
        running_server(tmp_path / "first", replace(CALM, taken_at_most=dies_at)) as dying,
        running_server(tmp_path / "second", CALM) as staying,
        a_stage(tmp_path / "site", readers=letters, relays=relay("a", dying) + relay("b", staying)) as stage,
    ):
        for process in [stage.send() for _ in range(senders)]:
            ended(process)
        in_doubt = stage.rows("in_doubt")
        left = stage.rows("due", "claimed", "sending")
        assert left == [], "what the dead relay did not get goes by the other in the same run"
        stage.time_passes()
        ended(stage.send())
        decided = send_what_is_in_doubt(stage)
        rows, by = stage.rows(), carriers(stage)
    assert {row.state for row in rows} == {"sent"}
    assert len(in_doubt) <= 2 * 4, "no more than its connections held"
    journal = joined(first, second)
    assert breaches(Run(readers=stage.readers, rows=rows, journal=journal, resolutions=decided)) == []
    assert dies_at <= first.taken < letters - dies_at, "it died half way, while letters came"
    assert letters - first.taken <= second.taken <= letters - first.taken + len(in_doubt)
    assert_carried(by, first, second)


def carriers(stage: Stage) -> dict[str, str]:
    """By which relay the ledger says that each letter went last."""
    return dict(
        stage.ask(
            "SELECT subscribers.email, relays.name FROM deliveries JOIN relays ON relays.id = deliveries.relay"
            " JOIN subscriptions ON subscriptions.id = deliveries.subscription"
            " JOIN subscribers ON subscribers.id = subscriptions.subscriber"
        )
    )


def assert_carried(by: dict[str, str], first: Reading, second: Reading) -> None:
    """Each letter's last relay is the one that has it."""
    had = {"a": takers(first), "b": takers(second)}
    assert all(reader in had[name] for reader, name in by.items())


def takers(journal: Reading) -> set[str]:
    return {event.reader for event in journal.on() if event.taken}


def test_two_relays_share_letters_by_their_weight_and_one_that_stands_by_gets_none(tmp_path: Path) -> None:
    readings = {name: Reading(tmp_path / name) for name in "abc"}
    with (
        running_server(tmp_path / "a", CALM) as a,
        running_server(tmp_path / "b", CALM) as b,
        running_server(tmp_path / "c", CALM) as c,
        a_stage(
            tmp_path / "site",
            readers=300,
            relays=relay("a", a, "weight = 3") + relay("b", b) + relay("c", c, "weight = 0"),
        ) as stage,
    ):
        ended(stage.send())
        rows = stage.rows()
    assert {row.state for row in rows} == {"sent"}
    taken = {name: len(takers(reading)) for name, reading in readings.items()}
    assert taken["a"] + taken["b"] == 300
    assert taken["a"] > 1.5 * taken["b"] > 0
    assert taken["c"] == 0
    assert breaches(Run(readers=stage.readers, rows=rows, journal=joined(*readings.values()))) == []


# Limits.


def most_in_a_window(times: Sequence[float], seconds: float) -> int:
    """The most of these that any window of that length holds."""
    ordered, first, most = sorted(times), 0, 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def came(events: Sequence[Event]) -> tuple[list[float], list[float]]:
    """When letters came, as one server may count them and as another: by RCPT, and by their end."""
    ends = [event for event in events if event.what is What.END]
    return [event.asked for event in events if event.asked], [event.at for event in ends]


def kill_one(two: Sequence[subprocess.Popen[str]], stage: Stage) -> subprocess.Popen[str]:
    """Kill one that has letters on the wire; the other."""
    sending = "SELECT pid FROM senders JOIN deliveries ON deliveries.sender = senders.id WHERE state = 'sending'"
    wait_for(lambda: stage.ask(sending), "letters on the wire")
    pids = [row[0] for row in stage.ask(sending)] or [two[0].pid]
    dies, stays = sorted(two, key=lambda process: process.pid != pids[0])
    dies.send_signal(signal.SIGKILL)
    dies.communicate(timeout=PATIENCE_SECONDS)
    return stays


def test_a_limit_of_a_second_holds_in_any_window_with_two_senders_of_which_one_is_killed(tmp_path: Path) -> None:
    journal, limit = Reading(tmp_path / "journal"), 15
    with (
        running_server(tmp_path / "journal", replace(CALM, latency_seconds=0.05)) as server,
        a_stage(
            tmp_path / "site", readers=120, relays=relay("only", server, f"limit = {{ second = {limit} }}")
        ) as stage,
    ):
        two = [stage.send(), stage.send()]
        wait_for(lambda: journal.on() and journal.taken >= 40, "forty letters")
        stays = kill_one(two, stage)
        comes = stage.send()
        ended(stays)
        ended(comes)
        ended(stage.send())
        decided = send_what_is_in_doubt(stage)
        rows = stage.rows()
    assert {row.state for row in rows} == {"sent"}
    assert {row.reader for row in rows} == takers(journal)
    for times in came(journal.on()):
        assert most_in_a_window(times, 1.0) <= limit
    doubled = [event.reader for event in journal.on() if event.taken]
    assert len(doubled) <= 120 + sum(len(one.rows) for one in decided)


def test_a_limit_of_a_minute_holds_for_all_senders_over_their_ends_and_their_deaths(tmp_path: Path) -> None:
    journal, limit = Reading(tmp_path / "journal"), 60
    with (
        running_server(tmp_path / "journal", replace(CALM, latency_seconds=0.2)) as server,
        a_stage(
            tmp_path / "site", readers=90, relays=relay("only", server, f"limit = {{ minute = {limit} }}")
        ) as stage,
    ):
        two = [stage.send(), stage.send()]
        wait_for(lambda: journal.on() and journal.taken >= 20, "twenty letters")
        stays = kill_one(two, stage)
        comes = stage.send()
        wait_for(lambda: stage.ask("SELECT count(*) FROM senders WHERE id = 3") == [(1,)], "the third sender")
        wait_for(lambda: len(stage.rows("sent", "in_doubt")) >= limit, "all that may go")
        time.sleep(1.0)
        for process in (stays, comes):
            process.send_signal(signal.SIGTERM)
            ended(process)
        states = stage.site.states()
    assert states["due"] == 90 - limit
    assert states["in_doubt"] > 0
    at_server = len(came(journal.on())[0])
    assert limit - states["in_doubt"] <= at_server <= limit, "what is in doubt counts, whether it came or not"


def test_a_domain_has_its_own_limit_which_counts_its_other_names_and_holds_up_nobody_else(tmp_path: Path) -> None:
    journal, limit = Reading(tmp_path / "journal"), 2
    slow = f'[destinations."d0.example"]\nalso = ["d1.example"]\nlimit = {{ second = {limit} }}\n'
    with (
        running_server(tmp_path / "journal", CALM) as server,
        a_stage(tmp_path / "site", readers=200, relays=relay("only", server) + slow) as stage,
    ):
        for process in [stage.send(), stage.send()]:
            ended(process)
        rows = stage.rows()
    assert {row.state for row in rows} == {"sent"}
    assert breaches(Run(readers=stage.readers, rows=rows, journal=journal.on())) == []
    theirs = [event for event in journal.on() if event.reader.endswith(("@d0.example", "@d1.example"))]
    others = [event for event in journal.on() if event.reader and event not in theirs]
    assert len(theirs) == 10
    for times in came(theirs):
        assert most_in_a_window(times, 1.0) <= limit
    last = max(event.at for event in theirs)
    assert sum(event.at < last for event in others) >= 0.9 * len(others)


def test_the_most_in_a_window_is_found_wherever_it_begins() -> None:
    assert most_in_a_window([], 1) == 0
    assert most_in_a_window([0.0, 0.9, 1.0, 1.8], 1) == 3, "0.9, 1.0 and 1.8 lie in (0.8, 1.8]"
    assert most_in_a_window([0.0, 1.0, 2.0], 1) == 1, "a window is open at its beginning"
