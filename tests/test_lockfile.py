"""Lock files: held by one process, seen by others, released by the kernel however their holder dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.errors import Unwritable
from publisher.lockfile import holder, is_held, open_lock, take

HOLD = """
import pathlib, sys
from publisher.lockfile import open_lock, take
assert take(open_lock(pathlib.Path(sys.argv[1])))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_is_held_until_its_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "var" / "one.lock"
    assert not is_held(path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        mine = open_lock(path)
        assert is_held(path)
        assert not take(mine)
        assert holder(mine) == str(process.pid)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert not is_held(path)
    assert take(mine)
    assert holder(mine) == str(os.getpid())
    os.close(mine)
    assert not is_held(path)


def test_to_look_at_a_lock_keeps_nobody_from_it(tmp_path: Path) -> None:
    path = tmp_path / "one.lock"
    first, second = open_lock(path), open_lock(path)
    assert [is_held(path) for _ in range(3)] == [False] * 3
    assert take(first)
    assert not take(second)
    os.close(first)
    assert take(second)
    os.close(second)


def test_a_lock_that_cannot_be_made_or_looked_at_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file, not a folder")
    with pytest.raises(Unwritable, match=r"var/one\.lock"):
        open_lock(tmp_path / "var" / "one.lock")
    with pytest.raises(Unwritable, match=r"var/one\.lock"):
        is_held(tmp_path / "var" / "one.lock")
