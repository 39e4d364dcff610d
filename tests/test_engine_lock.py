"""The lock: one sending process, released by the kernel however its holder dies."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.engine.lock import sole_sender
from publisher.errors import Busy, Unwritable

HOLD = """
import pathlib, sys
from publisher.engine.lock import sole_sender
with sole_sender(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_sends(tmp_path: Path) -> None:
    path = tmp_path / "var" / "publisher.lock"
    with holder(path) as process:
        with pytest.raises(Busy) as told, sole_sender(path):
            pass
        assert f"another publisher (pid {process.pid}) serves this site" in str(told.value)
        process.communicate("")
    with sole_sender(path):
        pass


def test_a_killed_process_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "publisher.lock"
    with holder(path) as process:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    with sole_sender(path):
        assert path.read_text().strip() != str(process.pid)


def test_the_lock_is_given_back_and_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "publisher.lock"
    for _ in range(2):
        with sole_sender(path), pytest.raises(Busy), sole_sender(path):
            pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file, not a folder")
    with pytest.raises(Unwritable, match=r"var/publisher\.lock"), sole_sender(tmp_path / "var" / "publisher.lock"):
        pass
