"""An import killed with SIGKILL while rows are written, twice, and begun again: exact counts."""

from __future__ import annotations

from pathlib import Path

from tests.stopped_import import live_through

ROWS = 70_000  # four transactions


def test_an_import_killed_twice_ends_as_one_that_nobody_stopped(tmp_path: Path) -> None:
    outcome = live_through(tmp_path / "site", ROWS, 2, say=lambda _words: None)
    assert outcome.faults == []
    first, second = outcome.kills
    assert 0 < first <= second < ROWS * 0.9
