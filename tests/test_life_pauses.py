"""A reader's pause by the real commands: no letter is made, one that was made does not go, afterwards it goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from publisher.cli import run
from publisher.house.keepingup import bring_up_to_date
from publisher.store import pauses, schema, subscribers
from publisher.store.database import Store
from tests.assembling import Desk, brief_templates
from tests.letter_stand import house_of

LONG = datetime(2126, 12, 1, 7, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = 5


def pause(store: Store, name: str, *, until: datetime = LONG) -> int:
    with store.write() as conn:
        reader = subscribers.find(conn, f"{name}@readers.example")
        assert reader
        pauses.pause(conn, reader.id, until=until)
    return reader.id


def letters_of(name: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run(["subscribers", "show", f"{name}@readers.example", "--json"]) == 0
    told: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["letters"]
    return told


def test_who_pauses_before_the_issue_is_not_in_it_and_why_says_so(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with house_of(courier) as house:
        pause(house.store, "ada")
    with house_of(courier) as house, house.store.read() as conn:
        post = conn.execute(select(schema.posts.c.column, schema.posts.c.slug)).first()
        assert post
    assert run(["why", "ada@readers.example", "/".join(post)]) == 0
    assert "the reader wants nothing until " in capsys.readouterr().out
    assert run(["assemble", "morning", "--cadence", "daily"]) == 0
    assert run(["send"]) == 0
    assert letters_of("ada", capsys) == []
    assert [one["state"] for one in letters_of("bo", capsys)] == ["sent"]


def test_who_pauses_when_the_letter_is_made_does_not_get_it(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["assemble", "morning", "--cadence", "daily"]) == 0
    with house_of(courier) as house:
        pause(house.store, "ada")
    assert run(["send"]) == 0
    (letter,) = letters_of("ada", capsys)
    assert (letter["state"], letter["reply"]) == (
        "skipped",
        "left, suppressed, put to rest or paused before it was sent",
    )
    assert [one["state"] for one in letters_of("bo", capsys)] == ["sent"]


def test_a_pause_whose_day_has_come_is_ended_by_whoever_looks(courier: Path) -> None:
    over = datetime(2026, 1, 1, tzinfo=UTC)
    with house_of(courier) as house:
        for again in (False, True):
            reader = pause(house.store, "ada", until=over)
            if again:
                break  # the next one who opens the house looks, too
            said: list[str] = []
            bring_up_to_date(house, lambda: False, said.append)
            assert said == []
            with house.store.read() as conn:
                assert pauses.paused_until(conn, reader) is None
    with house_of(courier) as house, house.store.read() as conn:
        assert pauses.paused_until(conn, reader) is None


def test_afterwards_the_next_issue_comes_as_it_comes_to_all(sqlite_store: Store, tmp_path: Path) -> None:
    desk = Desk(store=sqlite_store, templates=brief_templates(tmp_path / "templates"))
    for name in ("ada", "bo"):
        desk.join(name)
    back = desk.now + DAYS * DAY - timedelta(hours=1)
    pause(sqlite_store, "ada", until=back)
    made = []
    for _ in range(DAYS):
        made += desk.publish("harbour")
        desk.now += timedelta(minutes=30)
        desk.assemble()
        desk.now += DAY - timedelta(minutes=30)
    made += desk.publish("harbour")
    desk.now += timedelta(minutes=30)
    with sqlite_store.write() as conn:
        assert pauses.end_those_over(conn, now=back) == 1
    desk.assemble()
    assert desk.got() == {"ada": [[made[-1]]], "bo": [[one] for one in made]}
