"""`publisher plan`: what comes, on a real site with every kind of newsletter."""

from __future__ import annotations

import json
import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from publisher.cli import run
from publisher.cli.planwords import show
from publisher.house.making import draft_issue, times_of
from publisher.house.opened import open_house
from publisher.house.planning import agenda_of
from publisher.model.issue import IssueEvent
from publisher.model.schedule import RunState, Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.slots import next_slot
from publisher.store import issues, schedules, schema
from tests.test_cli_posts import SITE

# Slots at every hour, or never in a week: so that no test depends on the hour it runs at.
MORE = """
[newsletters.each]
name = "Each Hour"
schedule = {{ daily = "0 * * * *" }}
maximum = 1
time_zone = "Asia/Tokyo"

[newsletters.drafted]
name = "Drafted"
schedule = {{ daily = "0 7 * * *" }}
draft = "23h"
holidays = ["{holiday}"]

[newsletters.alone]
name = "Alone"
as_it_happens = true
quiet = "30m"
"""
READER = "ada@readers.example"
LAMPS, BOAT = "Eleven lamps", "The second boat"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("gazette") / "site"
    shutil.copytree(SITE, folder)
    config = folder / "config.toml"
    holiday = datetime.now(UTC) + timedelta(days=4)
    more = MORE.format(holiday=f"{holiday:%Y-%m-%d}")
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert run(["subscribers", "add", READER, "--newsletter", "alone", "--config", str(config)]) == 0
    assert run(["collect", "--config", str(config)]) == 0
    for newsletter in ("tides", "each", "drafted"):
        assert run(["subscribers", "add", READER, "--newsletter", newsletter, "--config", str(config)]) == 0
    return folder


@pytest.fixture
def site(collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(collected, folder)
    monkeypatch.chdir(folder)
    capsys.readouterr()
    return folder


@pytest.fixture
def plan(capsys: pytest.CaptureFixture[str]) -> Any:
    """The lines of a newsletter, or all."""

    def tell(newsletter: str | None = None, *arguments: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        assert run(["plan", "--json", *arguments]) == 0
        lines = json.loads(capsys.readouterr().out)
        return [line for line in lines if newsletter is None or line["newsletter"] == newsletter]

    return tell


def titles(line: dict[str, Any]) -> list[str]:
    return [post["title"] for post in line["posts"]]


def make_draft(site: Path) -> int:
    with open_house(site / "config.toml") as house:
        now = datetime.now(UTC)
        slot = next_slot(times_of(house.config, "drafted")[Cadence.DAILY], after=now)
        return draft_issue(house, "drafted", Cadence.DAILY, slot, now=now).issue


def test_the_next_round_of_collecting_comes_first(site: Path, plan: Any) -> None:
    first, *_ = plan()
    assert (first["what"], first["time_zone"]) == ("collecting", "Europe/Oslo")
    every, due, waiting = first["notes"]
    assert (every, due) == ("every 5m", "1 of 1 sources is due: tide-table")
    assert re.fullmatch(r"\d+ changes wait to be published", waiting)
    assert run(["publish"]) == 0
    first, *_ = plan()
    assert len(first["notes"]) == 2


def test_sources_that_rest_stopped_or_failed_are_counted(site: Path, plan: Any) -> None:
    with open_house(site / "config.toml") as house, house.store.write() as conn:
        visited = datetime.now(UTC) + timedelta(days=1)
        conn.execute(update(schema.sources).values(next_visit=visited, problem="no folder there"))
    due, others, problems, *_ = plan()[0]["notes"][1:]
    assert (due, problems) == ("0 of 1 sources are due", "1 has problems: publisher sources")
    assert re.fullmatch(r"the next of the others \w{3} \d{4}-\d\d-\d\d \d\d:\d\d CES?T", others)
    with open_house(site / "config.toml") as house, house.store.write() as conn:
        conn.execute(update(schema.sources).values(stopped=True, problem=""))
    assert plan()[0]["notes"][1:3] == ["0 of 1 sources are due", "1 is visited no more"]


def test_issues_come_with_their_posts_so_far_and_then_with_what_is_left(site: Path, plan: Any) -> None:
    lines = plan("each", "--days", "1")
    assert 23 <= len(lines) <= 25
    assert [titles(line) for line in lines[:3]] == [[BOAT], [LAMPS], []]
    assert [(line["letters"], line["readers"]) for line in lines[:3]] == [(1, 1), (1, 1), (0, 1)]
    assert lines[2]["notes"] == ["nothing new so far"]
    assert {line["time_zone"] for line in lines} == {"Asia/Tokyo"}
    moments = [datetime.fromisoformat(line["at"]) for line in lines]
    assert moments == sorted(moments)
    assert all(datetime.now(UTC) - timedelta(hours=1) < at < datetime.now(UTC) + timedelta(days=1) for at in moments)


def test_a_holiday_is_shown_and_a_draft_has_its_own_time(site: Path, plan: Any) -> None:
    lines = plan("drafted")
    assert [line["what"] for line in lines].count("skipped") == 1
    assert lines[-1]["what"] == "issue"
    drafting = [line for line in lines if line["what"] == "drafting"]
    assert 5 <= len(drafting) <= 7


def test_a_draft_a_held_issue_and_a_paused_schedule_say_what_to_do(site: Path, plan: Any) -> None:
    issue = make_draft(site)
    line = next(line for line in plan("drafted") if line["what"] == "issue")
    assert (line["issue"], line["state"], titles(line)) == (issue, "draft", [LAMPS, BOAT])
    assert f"unless held: publisher issues hold {issue}" in line["notes"][0]
    assert run(["issues", "hold", str(issue)]) == 0
    line = next(line for line in plan("drafted") if line["what"] == "issue")
    assert f"is held: by hand; when that is settled: publisher issues approve {issue}" in line["notes"][0]
    assert run(["schedule", "pause", "newsletter:each:daily"]) == 0
    assert all(line["notes"] == ["its schedule is paused"] for line in plan("each"))


def test_posts_that_go_alone_rest_first(site: Path, plan: Any) -> None:
    lines = plan("alone")
    assert sorted(titles(line)[0] for line in lines) == [LAMPS, BOAT]
    for line in lines:
        assert (line["what"], line["letters"]) == ("single", 1)
        assert timedelta(minutes=20) < datetime.fromisoformat(line["at"]) - datetime.now(UTC) < timedelta(minutes=31)
    with open_house(site / "config.toml") as house, house.store.write() as conn:
        conn.execute(update(schema.posts).values(first_seen=datetime.now(UTC) - timedelta(hours=1)))
    assert [(line["at"], len(line["posts"])) for line in plan("alone")] == [(None, 1), (None, 1)]


def test_letters_that_are_under_way_are_counted(site: Path, plan: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["assemble", "tides", "--cadence", "daily"]) == 0
    (line,) = [line for line in plan("tides") if line["what"] == "sending"]
    assert (line["state"], line["letters"], line["readers"], titles(line)) == ("queued", 1, 1, [LAMPS, BOAT])
    assert line["notes"] == [f"issue {line['issue']}", "1 due"]
    assert run(["issues", "pause", str(line["issue"])]) == 0
    (line,) = [line for line in plan("tides") if line["what"] == "sending"]
    assert line["notes"][-1] == f"publisher issues resume {line['issue']}"
    capsys.readouterr()
    assert run(["plan"]) == 0
    assert "tides daily: paused" in capsys.readouterr().out


def test_what_went_wrong_last_time_is_told_with_the_next(site: Path, plan: Any) -> None:
    with open_house(site / "config.toml") as house, house.store.write() as conn:
        for name in ("collect", "newsletter:each:daily"):
            schedules.put(conn, name, None)
            facts = {"schedule": name, "slot": "x", "at": datetime.now(UTC), "started": datetime.now(UTC)}
            conn.execute(insert(schema.schedule_runs).values(facts | {"state": RunState.FAILED, "note": "no disk"}))
    assert plan()[0]["notes"][-1] == "the last one failed: no disk"
    first, second, *_ = plan("each")
    assert first["notes"] == ["the last one failed: no disk"]
    assert second["notes"] == []


def wait_since(site: Path, moment: datetime) -> None:
    """The schedule of the tides has waited for a slot at that moment, and nothing was running."""
    assert run(["schedule"]) == 0
    with open_house(site / "config.toml") as house, house.store.write() as conn:
        schedules.put(conn, "newsletter:tides:daily", Slot(key=f"{moment:%Y-%m-%d}", at=moment))


def test_a_slot_that_has_come_and_nobody_looked_is_due(site: Path, plan: Any) -> None:
    past = datetime.now(UTC) - timedelta(minutes=5)
    wait_since(site, past)
    first, *_ = plan("tides")
    assert (first["at"], first["notes"]) == (past.isoformat(), ["due now"])
    assert run(["schedule", "pause", "newsletter:tides:daily"]) == 0
    assert datetime.fromisoformat(plan("tides")[0]["at"]) > datetime.now(UTC)


def test_a_slot_that_is_too_late_to_run_is_not_planned(site: Path, plan: Any) -> None:
    lost = datetime.now(UTC) - timedelta(days=1, hours=20)
    wait_since(site, lost)
    assert datetime.fromisoformat(plan("tides")[0]["at"]) > lost + timedelta(hours=24)


def test_the_table_is_for_people(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_draft(site)
    assert run(["plan", "--days", "1"]) == 0
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 120
    assert re.search(r"^ *when +what +letters +posts so far", told, re.MULTILINE)
    assert re.search(r"\w{3} \d{4}-\d\d-\d\d \d\d:00 JST +each daily +1 of 1 +“The second boat”", told)
    assert re.search(r"drafted daily +1 of 1 +“Eleven lamps”, “The second boat”", told)
    assert "collect and publish" in told


def test_a_title_does_nothing_to_the_terminal(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_house(site / "config.toml") as house:
        with house.store.write() as conn:
            conn.execute(update(schema.posts).values(title="[red]\x1b[2J\u202eWipe"))
            conn.execute(update(schema.posts).where(schema.posts.c.slug == "the-second-boat").values(title=" "))
        now = datetime.now(UTC)
        show(agenda_of(house, now=now, until=now + timedelta(days=1)), house, now=now)
    told = capsys.readouterr().out
    assert "“[red] [2J Wipe”" in told
    assert not set(told) & {"\x1b", "\u202e"}
    assert re.search(r"“[^”]+ …”", told), "a post without a title is told by its summary"


def test_a_number_of_days_must_be_one(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--days", "0"]) == 2
    assert "1<=x<=366" in capsys.readouterr().err


def test_a_hundred_newsletters_are_planned_in_a_moment(site: Path) -> None:
    config = site / "config.toml"
    tables = (
        f'\n[newsletters.n{at}]\nname = "N{at}"\nas_it_happens = true\n'
        'schedule = { daily = "daily 07:00", weekly = "Fri 12:00", monthly = "monthly 1 09:00" }\n'
        for at in range(100)
    )
    config.write_text(config.read_text(encoding="utf-8") + "".join(tables), encoding="utf-8")
    with open_house(config) as house:
        now = datetime.now(UTC)
        begun = time.process_time()
        found = agenda_of(house, now=now, until=now + timedelta(days=7))
        taken = time.process_time() - begun
    assert len(found.items) > 900
    assert taken < 5, "seconds of the processor; it takes about one"


def test_a_cancelled_issue_is_not_planned(site: Path, plan: Any) -> None:
    issue = make_draft(site)
    with open_house(site / "config.toml") as house, house.store.write() as conn:
        assert issues.move_if(conn, issue, IssueEvent.CANCEL, now=datetime.now(UTC))
    assert all(line["issue"] is None for line in plan())


def test_both_databases_tell_the_same(
    site: Path, postgres_database: str, plan: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    of_sqlite = [(line["what"], line["newsletter"], titles(line)) for line in plan("each", "--days", "1")]
    config = site / "config.toml"
    text = config.read_text(encoding="utf-8").replace(
        "sqlite:///var/publisher.db", postgres_database.replace(":@", "@")
    )
    config.write_text(text, encoding="utf-8")
    assert run(["collect"]) == 0
    assert run(["subscribers", "add", READER, "--newsletter", "each"]) == 0
    assert [(line["what"], line["newsletter"], titles(line)) for line in plan("each", "--days", "1")] == of_sqlite
    assert run(["why", READER, "the-second-boat", "--newsletter", "each"]) == 0
    assert "each: not yet: comes with the issue of " in capsys.readouterr().out


def test_why_tells_of_a_post_that_goes_alone_until_it_was_got(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def why() -> str:
        capsys.readouterr()
        assert run(["why", READER, "the-second-boat", "--newsletter", "alone"]) == 0
        return capsys.readouterr().out.splitlines()[1]

    assert re.match(r"  alone: not yet: goes by itself on .+, if it stands unchanged for 30m\Z", why())
    with open_house(site / "config.toml") as house, house.store.write() as conn:
        conn.execute(update(schema.posts).values(first_seen=datetime.now(UTC) - timedelta(hours=1)))
    assert why() == "  alone: not yet: goes by itself within a minute, where `publisher serve` runs"
    assert run(["assemble", "alone"]) == 0
    assert re.search(r"alone: on its way: issue \d+ \(as-it-happens, .+\): the letter waits for the sender", why())
    assert run(["send"]) == 0
    assert re.search(r"alone: got it: issue \d+ \(as-it-happens, .+\): the letter was sent on ", why())


def test_why_tells_of_a_letter_of_one_post_that_was_cancelled(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = site / "config.toml"
    text = config.read_text(encoding="utf-8").replace('quiet = "30m"', 'quiet = "1s"\napprove = true')
    config.write_text(text, encoding="utf-8")
    with open_house(config) as house, house.store.write() as conn:
        conn.execute(update(schema.posts).values(first_seen=datetime.now(UTC) - timedelta(hours=1)))
    assert run(["assemble", "alone"]) == 0
    arguments = ["why", READER, "the-second-boat", "--newsletter", "alone", "--json"]
    capsys.readouterr()
    assert run(arguments) == 0
    (told,) = json.loads(capsys.readouterr().out)["newsletters"]
    assert (told["fate"], told["why"].partition(", ")[0]) == ("waiting", f"issue {told['issue']}")
    assert run(["issues", "cancel", str(told["issue"])]) == 0
    capsys.readouterr()
    assert run(arguments) == 0
    (after,) = json.loads(capsys.readouterr().out)["newsletters"]
    assert after["why"] == f"issue {told['issue']}, the letter of this post, was cancelled; digests have it still"
