"""Files that are still being written are left for the next round."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.collect.collector import Desk
from publisher.collect.files import QUIET, is_being_written
from publisher.collect.rounds import Round, collect_all
from publisher.collect.visit import Call
from publisher.store.database import Store
from tests.conftest import NOW
from tests.test_collect_collector import a_source, desk, store, stored

__all__ = ["desk", "store"]  # fixtures

MOMENT = timedelta(seconds=1)


def put(file: Path, changed: datetime, text: str = "# Title\n\nWords.") -> None:
    """A file, and its folder, last changed at a moment."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    for one in (file, file.parent):
        os.utime(one, (changed.timestamp(), changed.timestamp()))


@pytest.mark.parametrize(
    ("ago", "fresh"),
    [(timedelta(0), True), (QUIET - MOMENT, True), (QUIET, False), (-MOMENT / 2, True), (-2 * MOMENT, False)],
)
def test_a_change_counts_for_a_moment(tmp_path: Path, ago: timedelta, fresh: bool) -> None:
    """A date in the future is nobody writing: it would keep the folder waiting for ever."""
    put(tmp_path / "posts" / "one.md", NOW - ago)
    assert is_being_written(tmp_path / "posts", now=NOW) is fresh
    assert is_being_written(tmp_path / "posts" / "one.md", now=NOW) is fresh


def test_what_is_not_there_is_not_being_written(tmp_path: Path) -> None:
    assert not is_being_written(tmp_path / "nothing", now=NOW)


def test_a_folder_that_is_being_copied_is_taken_whole_in_the_next_round(
    store: Store, desk: Desk, tmp_path: Path
) -> None:
    """Taken half, its second half would be news, and mailed."""
    folder = tmp_path / "posts"
    put(folder / "one.md", NOW - timedelta(days=1))
    put(folder / "two.md", NOW - MOMENT)
    source = a_source("folder", folder, backlog="archive")
    assert collect_all(store, [source], desk, Round(now=NOW, call=Call.DUE)) == []
    assert stored(store) == []
    (done,) = collect_all(store, [source], desk, Round(now=NOW + QUIET, call=Call.DUE))
    assert done.new == 2
    assert {post.mailable for post in stored(store)} == {False}


def test_who_asks_by_hand_gets_it_at_once(store: Store, desk: Desk, tmp_path: Path) -> None:
    put(tmp_path / "posts" / "one.md", NOW)
    (done,) = collect_all(store, [a_source("folder", tmp_path / "posts")], desk, Round(now=NOW, call=Call.ALL))
    assert done.new == 1
