"""kill -9 from outside and from within, at chosen and at random moments: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest

from tests import smtp_servers
from tests.lives import PATIENCE_SECONDS, Site, a_site, copy_of, wait_for

READERS = 500
CONNECTIONS = 3

# Which command is killed, and when: that many letters were taken, then the next such verb came.
KILLS = (
    (("run", "--once"), 30, "END"),
    (("send",), 120, "MAIL"),
    (("serve",), 210, "BODY"),
    (("run", "--once"), 300, "RCPT"),
    (("send",), 420, "END"),
)


class Executioner:
    """Kills its victim when the moment has come; what that had in flight gets no answer."""

    def __init__(self) -> None:
        self._victim: subprocess.Popen[str] | None = None
        self._moment = (0, "")
        self._lock = threading.Lock()

    def answer(self, verb: str, argument: str, taken: int) -> None:
        with self._lock:
            letters, step = self._moment
            if self._victim and verb == step and taken >= letters:
                self._victim.send_signal(signal.SIGKILL)
                self._victim = None

    def wait_for(self, process: subprocess.Popen[str], letters: int, step: str) -> None:
        with self._lock:
            self._victim, self._moment = process, (letters, step)
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == -signal.SIGKILL, told


def test_five_kills_in_the_middle_of_an_issue_lose_nobody_and_send_to_nobody_twice(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    site = a_site(tmp_path / "site")
    rows = "".join(f"reader{number}@example.org,Reader {number}\n" for number in range(READERS))
    (site.folder / "readers.csv").write_text("email,name\n" + rows)
    site.prepare("subscribers", "import", "readers.csv")
    executioner = Executioner()
    with smtp_servers.Relay(answer=executioner.answer) as relay:
        site.edit('"catcher://"', f'"{relay.url()}"')
        doubts: list[int] = []
        for number, (command, letters, step) in enumerate(KILLS):
            executioner.wait_for(site.start(*command), letters, step)
            left = site.states()
            assert 0 < left["sending"] <= 2 * CONNECTIONS
            assert left["claimed"] > 0, "and these are recovered by the next start"
            assert left.get("in_doubt", 0) == sum(doubts[:number])
            doubts.append(left["sending"])
        record_property("in doubt per kill", str(doubts))
        assert site.run("send").code == 0

        after = site.states()
        assert set(after) <= {"sent", "in_doubt"}
        assert sum(after.values()) == READERS
        assert after["in_doubt"] == sum(doubts)
        taken = Counter(relay.recipients())
        assert max(taken.values()) == 1, "nobody has it twice"
        doubtful = {str(row[0]) for row in of_deliveries(site, "in_doubt")}
        assert {str(row[0]) for row in of_deliveries(site, "sent")} <= set(taken), "whoever is told to have it has it"
        assert len(set(taken) | doubtful) == READERS, "nobody is forgotten"
        shown = site.run("issues", "show", "1").out
        assert sum(address in shown for address in doubtful) == min(20, len(doubtful))
        assert len(doubtful) <= 20 or f"and {len(doubtful) - 20} more" in shown

        # A person decides that they are to be sent again: a mailbox can tell the second by its id.
        site.prepare("issues", "resolve-doubt", "1", "--as", "unsent")
        site.prepare("send")
        assert site.states() == {"sent": READERS}
        ids: dict[str, set[str]] = {}
        for letter in relay.letters:
            ids.setdefault(letter.recipient, set()).add(str(message_from_bytes(letter.body)["Message-ID"]))
        assert len(ids) == READERS
        assert all(len(known) == 1 for known in ids.values())
        again = {address for address, number in Counter(relay.recipients()).items() if number > 1}
        assert again <= doubtful


def of_deliveries(site: Site, state: str) -> list[tuple[object, ...]]:
    return site.ask(
        "SELECT email FROM deliveries JOIN subscriptions ON subscriptions.id = deliveries.subscription"
        f" JOIN subscribers ON subscribers.id = subscriptions.subscriber WHERE deliveries.state = '{state}'"
    )


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with readers, that has had its first letter; two posts are new and one is changed since."""
    site = a_site(tmp_path_factory.mktemp("life") / "begun")
    site.prepare("subscribers", "import", "readers.csv")
    site.prepare("run", "--once")
    for letter in site.outbox.iterdir():
        letter.unlink()
    site.write_post("2026-02-17-a-gull", "A gull", "It has a name, and it is not Jonathan.")
    changed = site.write_post("2026-02-10-eleven-lamps", "Twelve lamps", "Somebody has counted again.")
    assert changed.exists()
    site.write_post("2026-02-24-low-water", "Low water", "One could walk to the wreck and back.")
    return site


def what_stands(site: Site) -> dict[str, object]:
    """All that counts in the end: the feeds to the byte, and who got which letter."""
    letters = site.ask(
        "SELECT issues.id, email, deliveries.state, subject, html, text, variants.key, issues.state, issues.slot"
        " FROM deliveries JOIN issues ON issues.id = deliveries.issue JOIN letters USING (variant)"
        " JOIN variants ON variants.id = deliveries.variant"
        " JOIN subscriptions ON subscriptions.id = deliveries.subscription"
        " JOIN subscribers ON subscribers.id = subscriptions.subscriber ORDER BY 1, 2"
    )
    # The slot of an issue made by hand is its moment, and stands in the letter's links.
    frozen = [tuple(str(value).replace(str(row[-1]), "SLOT") for value in row[:-1]) for row in letters]
    # So do their pages, which the letters' own words stand for here.
    feeds = {name: digest for name, digest in site.feeds().items() if not name.startswith("newsletters/")}
    return {"feeds": feeds, "letters": frozen, "caught": site.recipients()}


def test_whatever_is_killed_while_collecting_publishing_or_assembling_a_normal_run_ends_in_the_same(
    begun: Site, tmp_path: Path
) -> None:
    steps = ("collect", "publish", "assemble")
    whole = copy_of(begun, tmp_path / "whole")
    before, moments = {}, {}
    for step in steps:
        before[step] = copy_of(whole, tmp_path / f"before-{step}")
        moments[step] = whole.run_doomed(step, number=0)
    whole.prepare("send")
    expected = what_stands(whole)
    assert len(expected["letters"]) == 6
    assert expected["caught"] == sorted(str(row[0]) for row in whole.ask("SELECT email FROM subscribers"))

    dice = random.Random(19)  # the moments are the same in every run
    deaths = [(step, moment) for step in steps for moment in dice.sample(range(1, moments[step] + 1), 2)]
    for step, moment in deaths:
        site = copy_of(before[step], tmp_path / f"{step}-{moment}")
        assert site.run_doomed(step, number=moment) == -1
        site.prepare("run", "--once", "--now")
        assert what_stands(site) == expected, f"killed in {step} before change {moment}"


def test_kills_in_the_middle_of_publishing_leave_what_one_run_makes(tmp_path: Path) -> None:
    site = a_site(tmp_path / "site")
    folder = site.folder / "columns" / "tide-table"
    for number in range(90):
        date = f"2025-{1 + number // 25:02}-{1 + number % 25:02}"
        head = f"title: Tide {number}\ndate: {date}\nupdated: {date}\ntags: [Tides, Lamp {number % 3}]"
        (folder / f"{date}-{number}.md").write_text(f"---\n{head}\n---\n\nIt came at {number}, and it went.\n")
    site.prepare("collect")
    whole = copy_of(site, tmp_path / "whole")
    whole.prepare("publish")
    expected = whole.feeds()

    dice = random.Random(7)  # the moments are the same in every run, as far as a busy machine lets them
    for files in sorted(dice.sample(range(len(expected)), 4)):
        process = site.start("publish")
        wait_for(lambda: process.poll() is not None or count_files(site) >= files, "files")  # noqa: B023  at once
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
    site.prepare("publish")
    assert site.feeds() == expected
    assert "0 files written" in site.run("publish", "--all").out


def count_files(site: Site) -> int:
    return sum(len(names) for _, _, names in os.walk(site.folder / "feeds"))
