"""A date that somebody left out: what the clock, the plan and the commands make of it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from publisher.cli import run
from publisher.house.making import draft_issue
from publisher.house.opened import House, open_house
from publisher.house.timetable import entries_of
from publisher.model.issue import IssueState
from publisher.model.schedule import Run, RunState, Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.jobs import Clockwork, Entry
from publisher.schedule.slots import Times, next_slot
from publisher.store import audit, issues, schedules, skips
from publisher.store.database import Store
from tests.test_cli_posts import SITE

SEVEN = Times(cron="0 7 * * *", zone=UTC)
DAILY, DRAFT = "newsletter:tides:daily", "draft:tides:daily"
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def slot(day: int) -> Slot:
    return Slot(key=f"2026-11-{day}", at=datetime(2026, 11, day, 7, tzinfo=UTC))


class Bench:
    """A clockwork of one schedule, its hands and what its job did."""

    def __init__(self, store: Store, *, grace: timedelta = timedelta(hours=6)) -> None:
        self.now = MONDAY
        self.done: list[str] = []
        self.put_away: list[str] = []
        self.store = store
        entry = Entry(when=SEVEN, grace=grace, job=self._job, put_away=self._put_away)
        self.works = Clockwork(store, {"morning": entry}, lambda: self.now)
        self.works.sync()

    def _job(self, one: Run) -> str:
        self.done.append(one.slot.key)
        return "did it"

    def _put_away(self, _conn: object, one: Slot, _now: datetime) -> None:
        self.put_away.append(one.key)

    def skip(self, *days: int) -> None:
        with self.store.write() as conn:
            for day in days:
                assert skips.add(conn, "morning", slot(day), who="Ada", now=self.now)

    def go_to(self, moment: datetime) -> None:
        self.now = moment
        self.works.run_due()


def test_a_slot_that_is_left_out_is_recorded_with_who_left_it_out(store: Store) -> None:
    bench = Bench(store)
    bench.skip(24)
    for day in range(3):
        bench.go_to(MONDAY + day * DAY + timedelta(hours=1))
    assert bench.done == ["2026-11-23", "2026-11-25"]
    assert bench.put_away == ["2026-11-24"]
    with store.read() as conn:
        found = {one.slot.key: one for one in schedules.runs_between(conn, "morning", MONDAY, MONDAY + 3 * DAY)}
    assert found["2026-11-24"].state is RunState.MISSED
    assert found["2026-11-24"].note == "left out by Ada, 2026-11-23 06:00 UTC"


def test_after_a_silence_the_latest_of_the_others_runs(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store, grace=3 * DAY)
    bench.skip(24, 25)
    bench.go_to(datetime(2026, 11, 25, 8, tzinfo=UTC))
    assert bench.done == ["2026-11-23"]
    assert bench.put_away == ["2026-11-24", "2026-11-25"]


def test_what_is_taken_back_in_time_runs(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    bench.skip(23, 24)
    with sqlite_store.write() as conn:
        assert not skips.add(conn, "morning", slot(23), who="Bea", now=bench.now)
        assert skips.take_back(conn, "morning", "2026-11-23")
        assert not skips.take_back(conn, "morning", "2026-11-23")
    bench.go_to(MONDAY + timedelta(hours=1))
    bench.go_to(MONDAY + DAY + timedelta(hours=1))
    assert bench.done == ["2026-11-23"]


def test_skips_of_long_ago_are_forgotten(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    bench.skip(23)
    with sqlite_store.write() as conn:
        assert skips.add(conn, "morning", slot(24), who="Ada", now=MONDAY + 367 * DAY)
        assert list(skips.of_one(conn, "morning")) == ["2026-11-24"]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(SITE, folder)
    monkeypatch.chdir(folder)
    path = folder / "config.toml"
    text = path.read_text("utf-8")
    assert text.count('daily = "0 7 * * *"') == 1
    path.write_text(text.replace("[newsletters.tides]", '[newsletters.tides]\ndraft = "2h"'), "utf-8")
    return folder


def day_of(house: House, number: int) -> tuple[Slot, str]:
    """The so manieth slot to come, and its date where the newsletter is."""
    when = entries_of(house, lambda _run: "")[DAILY].when
    found = next_slot(when, after=datetime.now(UTC))
    for _ in range(number):
        found = next_slot(when, after=found.at)
    return found, found.key


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_date_is_left_out_and_taken_back_by_hand(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_house(site / "config.toml") as house:
        second, day = day_of(house, 1)
    assert run(["schedule", "skip", DAILY, day]) == 0
    assert capsys.readouterr().out.endswith(" is left out\n")
    assert run(["schedule", "skip", DAILY, day]) == 0
    assert capsys.readouterr().out.endswith(" is left out already\n")
    found = next(one for one in told(capsys, "schedule") if one["name"] == DAILY)
    assert second.at.isoformat() not in found["coming"]
    assert len(found["coming"]) == 5
    assert found["left_out"] == [{"at": second.at.isoformat(), "who": "the command line"}]
    assert run(["schedule"]) == 0
    assert "  left out by the command line\n" in capsys.readouterr().out
    lines = [line for line in told(capsys, "plan") if line["newsletter"] == "tides"]
    assert [line["notes"] for line in lines if line["what"] == "left-out"] == [["left out by the command line"]]
    assert second.at.isoformat() not in [line["at"] for line in lines if line["what"] == "issue"]
    assert run(["plan"]) == 0
    assert "tides daily: left out" in capsys.readouterr().out
    with open_house(site / "config.toml") as house, house.store.read() as conn:
        assert list(skips.of_one(conn, DRAFT)) == [day]  # no draft is made of it
        assert [one.act for one in audit.newest(conn, only=audit.Only(act="schedule"), limit=9)] == ["schedule.skip"]
    assert run(["schedule", "unskip", DAILY, day]) == 0
    assert run(["schedule", "unskip", DAILY, day]) == 0
    assert capsys.readouterr().out.endswith("comes after all: it was not left out\n")
    found = next(one for one in told(capsys, "schedule") if one["name"] == DAILY)
    assert second.at.isoformat() in found["coming"]
    with open_house(site / "config.toml") as house, house.store.read() as conn:
        assert skips.of(conn, [DRAFT, DAILY]) == {DRAFT: {}, DAILY: {}}


@pytest.mark.parametrize(
    ("name", "day", "words"),
    [
        (DAILY, "2020-01-01", "what was to come on 2020-01-01 is past; it comes next"),
        ("collect", "2030-01-01", "has no dates of its own that could be left out"),
        (DRAFT, "2030-01-01", "leave out newsletter:tides:daily"),
        ("newsletter:tide:daily", "2030-01-01", "there are: collect, draft:tides:daily, newsletter:tides:daily"),
    ],
)
@pytest.mark.usefixtures("site")
def test_what_cannot_be_left_out_says_so(capsys: pytest.CaptureFixture[str], name: str, day: str, words: str) -> None:
    assert run(["schedule", "skip", name, day]) == 2
    assert words in capsys.readouterr().err


def test_the_draft_of_a_date_that_is_left_out_ends_at_its_slot(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(site / "config.toml")
    assert run(["subscribers", "add", "ada@readers.example", "--newsletter", "tides"]) == 0
    assert run(["collect"]) == 0
    with open_house(Path(config)) as house:
        first, day = day_of(house, 0)
        made = draft_issue(house, "tides", Cadence.DAILY, first, now=datetime.now(UTC))
        clock = first.at - timedelta(minutes=1)
        works = Clockwork(house.store, entries_of(house, lambda _run: ""), lambda: clock)
        works.sync()
        assert run(["schedule", "skip", DAILY, day]) == 0
        capsys.readouterr()
        lines = [line for line in told(capsys, "plan") if line["newsletter"] == "tides"]
        left_out = next(line for line in lines if line["what"] == "left-out")
        assert left_out["notes"][1:] == [f"the draft of it, issue {made.issue}, ends then"]
        assert made.issue not in [line["issue"] for line in lines if line["what"] == "issue"]
        clock = first.at + timedelta(seconds=1)
        works.run_due()
        with house.store.read() as conn:
            issue = issues.get_issue(conn, made.issue)
        assert (issue.state, issue.why) == (IssueState.CANCELLED, "its date was left out")


def test_a_job_is_run_by_hand_even_where_it_is_paused(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schedule", "pause", DAILY]) == 0
    assert run(["subscribers", "add", "ada@readers.example", "--newsletter", "tides"]) == 0
    assert run(["collect"]) == 0
    capsys.readouterr()
    assert run(["schedule", "run", DAILY]) == 0
    assert "newsletter:tides:daily: " in capsys.readouterr().out
    assert run(["schedule", "run", DRAFT]) == 0
    assert run(["schedule", "run", DRAFT]) == 2
    assert "was run already, or is being run" in capsys.readouterr().err
    with open_house(site / "config.toml") as house, house.store.read() as conn:
        (issue, *_) = issues.recent(conn, limit=1)
        assert issue.state is IssueState.QUEUED
        paused = schedules.find(conn, DAILY)
        assert paused
        assert (paused.state, paused.last_state) == ("paused", RunState.DONE)
