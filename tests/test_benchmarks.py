"""Each benchmark runs at a tiny size and prints its tables. How fast it was is nobody's business here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import warm

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
# program -> (arguments that make it small, what must stand in its tables)
SMALL = {
    "sink": (["--letters", "20", "--rounds", "1"], ["2 KB", "54 KB"]),
    "sending": (
        ["--readers", "0", "--far-readers", "12", "--delay", "2", "--rounds", "1"],
        [
            "publisher",
            "wire only",
            "smtplib, prebuilt",
            "Jinja2 + EmailMessage + smtplib",
            "answers 2 ms late",
            "holds",
        ],
    ),
    "million": (["--readers", "6", "12", "--connections", "2"], ["12", "bytes a delivery", "deliveries", "holds"]),
    "signing": (
        ["--letters", "20", "--rounds", "1", "--kilobytes", "8"],
        ["two signatures alone", "letter, signed", "dkimpy"],
    ),
    "publishing": (["--posts", "3"], ["One new post", "Everything anew", "bare lxml"]),
    "assembling": (["--readers", "6", "--variants", "3", "--rounds", "1"], ["INSERT SELECT"]),
    "choosing": (
        ["--posts", "300", "--news", "20", "--readers", "40", "--wishes", "8"],
        ["20 new posts, 40 readers", "bare SELECTs", "related"],
    ),
    "composing": (
        ["--readers", "4", "--few", "3", "--variants", "3", "--rounds", "1"],  # both tables of one size: one process
        ["3 variants", "4 readers", "bare Jinja2 + css-inline", "freezing"],
    ),
    "day": (["--sources", "4", "--hosts", "2", "--hours", "1"], ["A simulated day", "rules broken"]),
    "scale": (["--sources", "1000", "--posts", "3000"], ["1,000 sources", "3,000", "config.toml"]),
    "collecting": (["--posts", "3", "--rounds", "1"], ["Collecting 3 posts", "yardstick"]),
    "serving": (
        ["--no-nginx", "--readers", "12", "--rate", "50", "--rounds", "1", "--seconds", "0.5"],
        ["while sending", "no letters", "12 letters"],
    ),
    "bouncing": (["--rounds", "1", "--seconds", "0.3"], ["parsed, no more", "none of them failed"]),
    "importing": (["--rows", "60", "--rounds", "1"], ["60 rows", "executemany"]),
    "desk": (
        [
            "--readers",
            "200",
            "--posts",
            "60",
            "--issues",
            "4",
            "--deliveries",
            "80",
            "--rounds",
            "1",
            "--only",
            "",
            "/about",
        ],
        ["/desk/about", "200 readers", "p95"],
    ),
    "progress": (
        ["--readers", "12", "--domains", "3", "--connections", "2", "--rounds", "1"],
        ["12 letters to 3 domains", "not told", "telling, of the sender's work", "under 2%"],
    ),
    "hub": (["--subscribers", "40", "--rounds", "1"], ["40 subscribers of one feed", "yardstick: bare httpx2"]),
}


def run(program: str, *arguments: str) -> str:
    command = [str(BENCHMARKS / f"{program}.py"), *arguments]
    done = warm.run(command, strict=True, children=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("program", SMALL)
def test_a_benchmark_runs_small_and_prints_its_table(program: str) -> None:
    arguments, words = SMALL[program]
    printed = run(program, *arguments)
    assert [word for word in words if word not in printed] == []
    assert re.search(r"^\|-+\|(-+:\|)+$", printed, re.MULTILINE), "a table, with its numbers to the right"


def test_signed_letters_and_their_yardsticks_are_measured_where_these_are_installed() -> None:
    names = ["publisher, signed", "two signatures alone", "floor: hash, sign, write", "smtp-source"]
    small = ["--readers", "8", "--far-readers", "0", "--rounds", "1", "--connections", "2"]
    printed = run("sending", "--signed", *small, "--only", *names)
    for name in names:
        assert f"| {name} " in printed or f"left out, not installed here: {name}" in printed
    assert re.search(r"publisher, signed: letters/s against floor.* at least 0.75x .* (yes|no) \|", printed)


def test_every_benchmark_is_tried_here() -> None:
    assert {path.stem for path in BENCHMARKS.glob("*.py")} == set(SMALL)


def test_a_benchmark_tells_its_options() -> None:
    assert "--kilobytes" in run("signing", "--help")
