"""`publisher schedule`: the words, the zone, the dates that come and those that holidays take out."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from publisher.cli import run

SITE = Path(__file__).parent / "cases" / "life" / "gazette"
DAILY, WEEKLY = "newsletter:tides:daily", "newsletter:tides:weekly"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(SITE, folder)
    monkeypatch.chdir(folder)
    edit(folder, 'daily = "0 7 * * *"', 'daily = "daily at 7:00", weekly = "every 2 weeks fri 12:00"')
    return folder


def edit(site: Path, old: str, new: str) -> None:
    path = site / "config.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["schedule", "--json"]) == 0
    return {one["name"]: one for one in json.loads(capsys.readouterr().out)}


def rest_on(site: Path, *days: str) -> None:
    edit(site, "[newsletters.tides]", f"[newsletters.tides]\nholidays = {json.dumps(days)}")


@pytest.mark.usefixtures("site")
def test_each_newsletter_shows_its_words_its_zone_and_five_dates(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys)
    assert {name: one["when"] for name, one in found.items()} == {
        "collect": "every 5m",
        DAILY: "daily 07:00",
        WEEKLY: "every 2 weeks Fri 12:00",
    }
    assert found[DAILY]["time_zone"] == "Europe/Oslo"
    coming = [datetime.fromisoformat(at).astimezone(ZoneInfo("Europe/Oslo")) for at in found[WEEKLY]["coming"]]
    assert [f"{at:%a %H:%M}" for at in coming] == ["Fri 12:00"] * 5
    assert [(two.date() - one.date()).days for one, two in pairwise(coming)] == [14] * 4
    assert found[WEEKLY]["next"] == found[WEEKLY]["coming"][0]
    assert run(["schedule"]) == 0
    out = capsys.readouterr().out
    assert "  when  every 2 weeks Fri 12:00  (Europe/Oslo)\n" in out
    assert f"  next  {coming[0]:%a %Y-%m-%d %H:%M %Z}\n        {coming[1]:%a %Y-%m-%d %H:%M %Z}\n" in out


def test_a_holiday_is_told_among_the_dates(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    third = datetime.fromisoformat(told(capsys)[DAILY]["coming"][2])
    local = third.astimezone(ZoneInfo("Europe/Oslo"))
    rest_on(site, f"{local:%m-%d}")
    found = told(capsys)
    assert third.isoformat() not in found[DAILY]["coming"]
    assert found[DAILY]["skipped"] == [third.isoformat()]
    assert len(found[DAILY]["coming"]) == 5
    assert run(["schedule"]) == 0
    assert f"        {local:%a %Y-%m-%d %H:%M %Z}  skipped: holiday\n" in capsys.readouterr().out


def test_of_a_long_rest_the_first_dates_are_shown_and_how_many_more(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = datetime.fromisoformat(told(capsys)[DAILY]["coming"][1]).date()
    rest_on(site, f"{second}/{second + timedelta(days=300)}")
    skipped = told(capsys)[DAILY]["skipped"]
    assert run(["schedule"]) == 0
    out = capsys.readouterr().out.partition(DAILY)[2].partition(WEEKLY)[0]
    assert out.count("skipped: holiday\n") == 5
    assert f"        {len(skipped) - 5} more skipped in between: holidays\n" in out


def test_a_schedule_that_cannot_be_read_is_told_with_its_line(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(site, "every 2 weeks fri 12:00", "every 2 weeks fryday 12:00")
    assert run(["config", "check"]) == 2
    err = capsys.readouterr().err
    assert "newsletters.tides.schedule.weekly: is not a time we can keep" in err
    assert "did you mean `friday`? Write days like `every 2 weeks Fri 12:00`" in err
