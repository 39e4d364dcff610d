"""A hostile web, one path at a time: each visit ends soon, takes little memory, says why, and harms no other.

The rounds are made by a process of their own (`hostile_rounds.py`), so that what they cost
is not mixed up with what the server or other tests cost.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW
from tests.web_stand import Answer, bomb, web_stand

FEED = b"<rss version='2.0'><channel><title>Wire</title><item><guid>%d</guid><title>Post</title></item></channel></rss>"
LATIN = (FEED % 1).replace(b"Post", b"Caf\xe9")
START = b"<rss version='2.0'><channel><title>"
LAYERS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
REST = {"Retry-After": f"{NOW + timedelta(hours=2):%a, %d %b %Y %H:%M:%S} GMT"}


def moved(where: str, status: int = 301) -> Answer:
    return Answer(status=status, headers={"Location": where})


# path -> (what stands there, what is said of it in the store; "": it is read, and all is well)
HOSTILE = {
    "moved": (moved("/moved2"), ""),
    "changing": (Answer(FEED % 1), ""),
    "loop": (moved("/loop"), "redirects more than 10 times"),
    "loop2": (moved("/loop3", 302), "redirects more than 10 times"),
    "inside": (moved("http://10.0.0.1/"), "in a private network"),
    "inside6": (moved("http://[fd00::1]/"), "in a private network"),
    "metadata": (moved("http://169.254.169.254/latest/meta-data", 307), "in a private network"),
    "itself": (moved("http://127.0.0.1:1/"), "in a private network"),
    "file": (moved("file:///etc/passwd"), "only http:// and https://"),
    "gone": (Answer(status=410), "gone for good"),
    "nothing": (Answer(status=304), "304"),
    "often": (Answer(status=429, headers={"Retry-After": "7200"}), "asked too often"),
    "later": (Answer(status=503, headers=REST), "503"),
    "bomb": (bomb(300), "larger than 10,485,760 bytes"),
    "bomb2": (bomb(9, b"<item/>"), "more than 200 MiB of memory"),
    "huge": (Answer(b"<rss>" + bytes(11 * 2**20)), "larger than 10,485,760 bytes"),
    "endless": (Answer(b"<rss>" * 400, lying_length=2**40), "cannot be read"),
    "drip": (Answer(FEED % 1, pause_seconds=0.2), "took longer than 3 s"),
    "charset": (Answer(LATIN, headers={"Content-Type": "text/xml; charset=utf-8"}), ""),
    "charset2": (Answer(FEED % 1, headers={"Content-Type": "text/xml; charset=no-such"}), ""),
    "entities": (Answer(b"<!DOCTYPE rss [<!ENTITY l0 'ha'>" + LAYERS + b"]>" + START + b"&l9;"), "declares entities"),
    "outside": (Answer(b"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>"), "declares entities"),
    "comments": (Answer(START + b"<!--" * 100_000), "cut off or broken"),
    "page": (Answer(b"<!DOCTYPE html><html><body>Not here</body></html>"), "HTML page"),
}  # fmt: skip
LEADS_TO = {
    "moved2": moved("/moved3"),
    "moved3": moved("/moved4"),
    "moved4": Answer(FEED % 1),
    "loop3": moved("/loop2"),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the other process says of each path."""
    folder = tmp_path_factory.mktemp("hostile")
    answers = {path: answer for path, (answer, _) in HOSTILE.items()} | LEADS_TO
    with web_stand(well=Answer(FEED % 2), **answers) as stand:
        command = [sys.executable, "-m", "tests.hostile_rounds", str(stand.port), str(folder), *HOSTILE]
        root = Path(__file__).parent.parent
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=root, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize("path", HOSTILE)
def test_it_ends_within_ten_seconds_and_200_mebibytes(told: dict[str, Any], path: str) -> None:
    """No process takes more, neither the program nor a child that reads for it."""
    assert told[path]["seconds"] < 10
    assert 20 < told[path]["mebibytes"] < 200


@pytest.mark.parametrize("path", HOSTILE)
def test_it_is_told_what_was_wrong_and_kept(told: dict[str, Any], path: str) -> None:
    words, one = HOSTILE[path][1], told[path]
    assert one["report"]["failed"] is bool(words)
    assert words in one["state"]["problem"]
    assert "\n" not in one["state"]["problem"]
    assert one["state"]["failures"] == bool(words)
    assert bool(one["state"]["why"])


@pytest.mark.parametrize("path", HOSTILE)
def test_the_other_source_of_the_round_is_unharmed(told: dict[str, Any], path: str) -> None:
    assert told[path]["well"] == [1, False]


@pytest.mark.parametrize("path", ["often", "later"])
def test_rest_is_kept_as_a_moment(told: dict[str, Any], path: str) -> None:
    until = datetime.fromisoformat(told[path]["state"]["wait_until"])
    assert abs(until - (NOW + timedelta(hours=2))) < timedelta(seconds=1)


def test_what_is_gone_is_stopped_and_what_moved_is_counted(told: dict[str, Any]) -> None:
    assert told["gone"]["state"]["stopped"] is True
    assert told["moved"]["state"]["moved_to"].endswith("/moved4")
    assert told["moved"]["state"]["moved_count"] == 1
