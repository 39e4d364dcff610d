"""`publisher issues`, `assemble` and `run`: what is a draft, held, approved, and what waits for what."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from publisher.cli import run
from publisher.errors import PublisherError
from publisher.house.making import draft_issue
from publisher.house.opened import open_house, utc_now
from publisher.house.timetable import entries_of
from publisher.model.issue import IssueState
from publisher.model.schedule import Run, RunState, Slot
from publisher.model.subscriber import Cadence
from publisher.schedule.jobs import Clockwork
from publisher.store import issues, schedules, schema
from publisher.store.database import Store

SITE = Path(__file__).parent / "cases" / "life" / "gazette"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("gazette") / "site"
    shutil.copytree(SITE, folder)
    config = str(folder / "config.toml")
    assert run(["collect", "--config", config]) == 0
    assert run(["subscribers", "add", "ada@readers.example", "--config", config]) == 0
    return folder


@pytest.fixture
def site(collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A site whose two posts were collected, with a reader of the digest of each day."""
    folder = tmp_path / "site"
    shutil.copytree(collected, folder)
    monkeypatch.chdir(folder)
    capsys.readouterr()
    return folder


def configure(site: Path, *lines: str) -> None:
    path = site / "config.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('name = "Tides"', "\n".join(['name = "Tides"', *lines])), encoding="utf-8")


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(list(arguments)) == code
    found = capsys.readouterr()
    return found.out + found.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def break_the_letter(site: Path) -> None:
    (site / "templates" / "letter").mkdir(parents=True)
    (site / "templates" / "letter" / "digest.txt").write_text("{{ postal_adress }}", encoding="utf-8")


def test_a_letter_with_an_error_is_held_named_and_sent_when_it_is_mended(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    break_the_letter(site)
    out = said(capsys, "assemble", "tides", code=1)
    assert "digest.txt:1: `postal_adress` is not known here; known are: postal_address" in out
    assert "when that is settled: publisher issues approve 1" in out
    assert "next: publisher send" not in out
    assert "is held: " in said(capsys, "issues")
    assert "error: " in said(capsys, "issues", "show", "1")
    assert "is held: " in said(capsys, "issues", "approve", "1", code=1)
    (issue,) = told(capsys, "issues")
    assert (issue["state"], issue["letters"]) == ("held", {})
    assert "postal_adress" in issue["why"]
    assert [finding["severity"] for finding in issue["findings"]] == ["error"]
    shutil.rmtree(site / "templates")
    assert "issue 1: 1 letter, “" in said(capsys, "issues", "approve", "1")
    assert "1 due" in said(capsys, "issues")
    assert list((site / "feeds" / "newsletters" / "tides").glob("daily-*.html"))


def test_the_main_job_fails_where_a_letter_has_an_error_and_does_all_else(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    break_the_letter(site)
    out = said(capsys, "run", "--once", code=1)
    assert "`postal_adress` is not known here" in out
    assert "waits:        issue 1, tides daily " in out
    assert "nothing to send" in out


def test_what_needs_approval_waits_and_says_so(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(site, "approve = true")
    assert "is a draft; send it with: publisher issues approve 1" in said(capsys, "assemble")
    assert "nothing to send" in said(capsys, "send")
    assert told(capsys, "issues", "approve", "1")[0]["result"] == "queued"
    assert "1 sent" in said(capsys, "send")
    assert run(["issues", "approve", "1"]) == 2
    assert "there is nothing to approve" in capsys.readouterr().err


def put_draft(hours: int) -> None:
    """The draft of a slot so many hours ahead."""
    with open_house(Path("config.toml")) as house:
        now = utc_now()
        at = now + timedelta(hours=hours)
        slot = Slot(key=f"{at:%Y-%m-%d}", at=at)
        assert draft_issue(house, "tides", Cadence.DAILY, slot, now=now).issue == 1


@pytest.mark.usefixtures("site")
def test_a_draft_tells_when_it_goes_and_how_to_hold_it(capsys: pytest.CaptureFixture[str]) -> None:
    put_draft(3)
    shown = said(capsys, "issues")
    assert "is a draft; it goes " in shown
    assert "unless held: publisher issues hold 1" in shown
    assert "issue 1: held" in said(capsys, "issues", "hold", "1")
    assert "is held: by hand; when that is settled: publisher issues approve 1" in said(capsys, "issues")
    assert "is approved and goes " in said(capsys, "issues", "approve", "1")
    assert "is approved and goes " in said(capsys, "issues", "show", "1")
    assert "its posts come with the next issue" in said(capsys, "issues", "cancel", "1")
    assert "issue 2: 1 letter" in said(capsys, "assemble")


@pytest.mark.usefixtures("site")
def test_what_is_on_its_way_is_paused_and_not_held(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "assemble")
    assert run(["issues", "hold", "1"]) == 2
    assert "there is nothing to hold; stop its letters with: publisher issues pause 1" in capsys.readouterr().err
    said(capsys, "issues", "pause", "1")
    assert run(["issues", "approve", "1"]) == 2
    assert "send it with: publisher issues resume 1" in capsys.readouterr().err
    assert run(["issues", "hold", "4711"]) == 2
    assert "there is no issue 4711" in capsys.readouterr().err


def test_posts_as_they_happen_wait_for_their_quiet_time_and_then_go_alone(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(site, "as_it_happens = true", 'quiet = "1h"')
    said(capsys, "subscribers", "add", "bo@readers.example", "--cadence", "as-it-happens")
    with open_house(Path("config.toml")) as house:
        forget_what_was_seen(house.store)
        with house.store.write() as conn:
            conn.execute(schema.posts.update().values(first_seen=utc_now() - timedelta(minutes=30), revised=None))
    out = said(capsys, "assemble", "--cadence", "as-it-happens")
    assert "tides as-it-happens: 2 posts wait until " in out
    assert "for their quiet time" in out
    assert "2 posts wait until" in said(capsys, "run", "--once")
    text = (site / "config.toml").read_text(encoding="utf-8")
    (site / "config.toml").write_text(text.replace('quiet = "1h"', 'quiet = "20m"'), encoding="utf-8")
    made = told(capsys, "assemble", "--cadence", "as-it-happens")["as-it-happens"]
    assert [(one["result"], one["letters"]) for one in made] == [("queued", 1), ("queued", 1)]
    assert "tides as-it-happens: nothing new" in said(capsys, "assemble", "--cadence", "as-it-happens")


def forget_what_was_seen(store: Store) -> None:
    with store.write() as conn:
        conn.execute(schema.subscriptions.update().values(seen_seq=0))


def test_drafts_and_single_posts_have_schedules_of_their_own(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(site, "as_it_happens = true", 'draft = "3h"')
    found = {one["name"]: one for one in told(capsys, "schedule")}
    assert found["draft:tides:daily"]["when"] == "3h before 0 7 * * *"
    assert found["newsletter:tides:as-it-happens"]["when"] == "every 1m"
    drafts, slots = (found[name]["coming"] for name in ("draft:tides:daily", "newsletter:tides:daily"))
    assert [at[11:16] for at in drafts] != [at[11:16] for at in slots]
    with open_house(Path("config.toml")) as house, house.store.read() as conn:
        draft, slot = (schedules.find(conn, name) for name in ("draft:tides:daily", "newsletter:tides:daily"))
    assert draft
    assert draft.next_slot
    assert slot
    assert slot.next_slot
    assert (slot.next_slot.at - draft.next_slot.at).total_seconds() in (3 * 3600, -21 * 3600)


def test_the_timetable_drafts_a_slot_ahead_of_it_and_lets_it_go_when_it_has_come(site: Path) -> None:
    configure(site, 'draft = "3h"', "as_it_happens = true")
    with open_house(Path("config.toml")) as house:
        entries = entries_of(house, lambda _run: "")
        slot = Slot(key="2999-01-01", at=utc_now())

        def done(name: str, at: Slot) -> str:
            return entries[name].job(Run(id=1, schedule=name, slot=at, state=RunState.RUNNING))

        assert done("newsletter:tides:as-it-happens", slot) == "nothing new"
        drafted = done("draft:tides:daily", slot)
        assert "is a draft; it goes " in drafted
        with house.store.read() as conn:
            assert issues.get_issue(conn, 1).due == slot.at + timedelta(hours=3)
        assert done("newsletter:tides:daily", slot).startswith("issue 1: 1 letter, “")
        break_the_letter(site)
        forget_what_was_seen(house.store)
        with pytest.raises(PublisherError, match=r"is held: .*`postal_adress` is not known here"):
            done("newsletter:tides:daily", Slot(key="2999-01-02", at=utc_now()))


def test_a_reader_who_says_nothing_gets_the_digest(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(site, "as_it_happens = true")
    assert "to tides, daily" in said(capsys, "subscribers", "add", "cy@readers.example")
    path = site / "config.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('schedule = { daily = "0 7 * * *" }', ""))
    assert "to tides, as-it-happens" in said(capsys, "subscribers", "add", "di@readers.example")


def test_what_nothing_was_running_for_is_held_once_it_is_later_than_its_grace(site: Path) -> None:
    configure(site, 'grace = "1s"')
    with open_house(Path("config.toml")) as house:
        now = utc_now() - timedelta(days=2, hours=12)
        digests = {name: entry for name, entry in entries_of(house, lambda _run: "").items() if "tides" in name}
        works = Clockwork(house.store, digests, lambda: now)
        works.sync()
        now = utc_now() + timedelta(seconds=2)
        (ended,) = works.run_due()
        with house.store.read() as conn:
            made = issues.get_issue(conn, 1)
    assert made.state is IssueState.HELD
    assert made.due == ended.run.slot.at > now - timedelta(days=1)  # the slots before it are missed
    assert "it is too late" in made.why


def test_an_issue_with_letters_in_doubt_stays_in_the_list(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["assemble", "tides"]) == 0
    with open_house(Path("config.toml")) as house, house.store.write() as conn:
        conn.execute(schema.deliveries.update().values(state="in_doubt"))
        (first,) = conn.execute(schema.issues.select()).mappings()
        for number in range(2, 30):
            conn.execute(schema.issues.insert().values(dict(first) | {"id": number, "slot": f"s{number}"}))
    capsys.readouterr()
    assert run(["issues"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("  29  tides daily")
    assert lines[-1].startswith("   1  tides daily")
    assert "1 in_doubt" in lines[-1]
    assert len(lines) == 21
