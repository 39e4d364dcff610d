"""`publisher serve` from outside: pages, leaving, schedules, stopping, and only one at a time."""

from __future__ import annotations

import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from publisher.model.schedule import Slot
from publisher.store import schedules
from publisher.store.database import open_store
from tests.lives import PATIENCE_SECONDS, Site, a_site, assert_clear, wait_for

STOPPED_WITHIN_SECONDS = 10.0


class Serving:
    """A running `publisher serve`."""

    def __init__(self, site: Site, process: subprocess.Popen[str]) -> None:
        self.site = site
        self.process = process
        assert process.stdout is not None
        greeting = process.stdout.readline()
        found = re.search(r"http://[\d.]+:(\d+)/", greeting)
        assert found, f"no address in {greeting!r}"
        self.address = found[0].rstrip("/")

    def get(self, path: str, form: bytes | None = None) -> tuple[int, str]:
        """Status and body; a POST where there is a form."""
        try:
            with urllib.request.urlopen(self.address + path, data=form, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def told_until(self, words: str) -> str:
        """What it says on stderr, up to the line with these words."""
        told = ""
        while words not in told:
            assert self.process.stderr is not None
            line = self.process.stderr.readline()
            assert line, f"it ended without a word of {words!r}: {told}"
            told += line
        return told

    def stop(self) -> str:
        """SIGTERM; what it said on stderr. It ends soon and well."""
        self.process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        _, told = self.process.communicate(timeout=PATIENCE_SECONDS)
        assert self.process.returncode == 0, told
        assert time.monotonic() - asked < STOPPED_WITHIN_SECONDS
        assert "Traceback" not in told, told
        return told


@contextmanager
def serving(site: Site) -> Iterator[Serving]:
    process = site.start("serve")
    try:
        yield Serving(site, process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def due_now(site: Site, name: str) -> str:
    """Let a schedule's slot have come a moment ago; the slot's key."""
    store = open_store("sqlite:///var/publisher.db", root=site.folder)
    slot = Slot(key="2026-02-11", at=datetime.now(UTC))
    with store.write() as conn:
        schedules.put(conn, name, slot)
    store.close()
    return slot.key


def letter_to(site: Site, address: str) -> EmailMessage:
    return next(letter for letter in site.letters() if letter["Delivered-To"] == address)


def test_a_site_that_is_served_sends_on_time_shows_its_pages_and_lets_readers_leave(tmp_path: Path) -> None:
    site = a_site(tmp_path / "site")
    site.prepare("subscribers", "import", "readers.csv")
    site.prepare("collect")
    slot = due_now(site, "newsletter:tides:daily")

    with serving(site) as up:
        wait_for(lambda: len(site.recipients()) == 3, "the letter that was due")
        assert up.get("/healthz") == (200, "alive\n")
        wait_for(lambda: up.get("/tide-table/atom.xml")[0] == 200, "the feeds")
        assert "Eleven lamps" in up.get("/tide-table/atom.xml")[1]
        assert "Eleven lamps" in up.get("/tide-table/")[1]
        assert up.get("/tide-table/eleven-lamps.html")[0] == 200
        assert up.get("/no-such-page")[0] == 404
        status, page = up.get(f"/newsletters/tides/daily-{slot}")
        assert status == 200
        assert "I steer by the gap" in page
        assert "edda.lunn@example.org" not in page
        status, page = up.get("/outbox")
        assert status == 200, "letters are caught here, and we sit at this machine"
        assert page.count("/outbox/letters/") == 3

        leaving = str(letter_to(site, "edda.lunn@example.org")["List-Unsubscribe"]).strip("<>")
        path = leaving.removeprefix("https://gazette.example")
        assert up.get(path)[0] == 200, "looking changes nothing"
        assert up.get(path, b"List-Unsubscribe=One-Click")[0] == 200
        assert up.get(path, b"List-Unsubscribe=One-Click")[0] == 200, "and twice is as good as once"
        assert up.get(path[:-1] + ("a" if path[-1] != "a" else "b"), b"List-Unsubscribe=One-Click")[0] == 404

        second = site.run("serve")
        assert_clear(second, code=1, saying=(f"pid {up.process.pid}", "serves this site"))
        assert len(second.err.splitlines()) == 1

        # What another process assembles goes out from here.
        site.write_post("2026-02-17-a-gull", "A gull", "It has a name, and it is not Jonathan.")
        site.prepare("collect")
        assert "2 letters" in site.run("assemble", "tides").out
        wait_for(lambda: len(site.recipients()) == 5, "the second letter")
        told = up.stop()

    assert path.rpartition("/")[2] not in told, "what lets a reader leave is in no log"
    assert site.recipients().count("edda.lunn@example.org") == 1
    assert site.states() == {"sent": 5}
    last = {str(name): str(state) for name, state in site.ask("SELECT schedule, state FROM schedule_runs")}
    assert last == {"collect": "done", "newsletter:tides:daily": "done"}


def test_an_edited_config_is_taken_up_and_a_broken_one_is_told_and_left_alone(tmp_path: Path) -> None:
    site = a_site(tmp_path / "site")
    site.prepare("run", "--once")
    with serving(site) as up:
        good = site.config.read_text(encoding="utf-8")
        site.config.write_text(good.replace("[columns", "[colums"), encoding="utf-8")
        log = up.told_until("did you mean")
        assert up.get("/healthz")[0] == 200, "as before"
        site.config.write_text(good.replace('name = "Tides"', 'name = "Ebb and Flow"'), encoding="utf-8")
        assert up.process.stdout is not None
        assert f"{up.address}/outbox" in up.process.stdout.readline(), "where caught letters are"
        told = list(iter(up.process.stdout.readline, "stopping: what is on the wire is finished first\n"))
        assert f"{up.address}/desk/" in "".join(told), "how the first owner comes in"
        assert f" {up.address}/ " in up.process.stdout.readline(), "the server stays"
        wait_for(lambda: "Ebb and Flow" in up.get("/newsletters/tides/")[1], "the new name")
        up.stop()
    assert "config.toml was changed and cannot be used" in log
